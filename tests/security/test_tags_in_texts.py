"""A tag of Reflex's own in what people type or import: it is shown as text, and nothing waits for its end."""

import asyncio
import json
from typing import Any

import pytest
import reflex as rx
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.domain.clinical.tables import DocumentReference
from tests.event_path import Browser, TagParsed, browser
from tests.factories.clinical import make_record
from tests.factories.patients import make_patient
from tests.hostile import TAG, TAGS
from tests.security.house import House

Steps = tuple[tuple[str, dict[str, Any]], ...]
"""Events by their handlers, with what they carry."""


def handler(ending: str) -> str:
    """The full name of the one handler that ends so."""
    (name,) = (name for name in RegistrationContext.get().event_handlers if name.endswith(ending))
    return name


def said(client: Browser) -> str:
    """The scripts of every message that was sent, as they stand in the answers."""
    events = [event for update in client.updates for event in update.events]
    return " ".join(str(event.payload.get("function", "")) for event in events)


def after(house: House, address: str, *steps: tuple[str, dict[str, Any]]) -> str:
    """What is said after the last of these events on a page."""

    async def visit() -> str:
        async with browser() as client:
            for name, payload in steps:
                await client.send(
                    handler(name), payload, session=house.everything, tab="one", address=address
                )
                assert client.failures == []
            return said(client)

    return asyncio.run(visit())


def test_the_tests_would_see_a_text_that_reflex_searches() -> None:
    async def visit() -> None:
        async with browser():
            Event.from_event_type([rx.toast.success(f"{TAG} was saved.")])

    with pytest.raises(TagParsed):
        asyncio.run(visit())


@pytest.mark.parametrize("tag", TAGS)
def test_an_entry_of_the_organization_may_have_a_tag_as_its_name(house: House, tag: str) -> None:
    name = " ".join(f"{tag} {house.mark} {TAGS.index(tag)}".split())
    form = {"name": name, "code": f"T{TAGS.index(tag)}{house.mark[:5]}"}
    steps: Steps = ("departments_state.add", {}), ("departments_state.save", {"form": form})
    assert json.dumps(f"{name} was added.") in after(house, "/hospital/departments", *steps)


def test_a_role_may_have_a_tag_as_its_name(house: House) -> None:
    steps: Steps = (
        ("roles_state.open_new", {}),
        ("roles_state.make", {"form": {"name": TAG, "description": TAG}}),
    )
    assert f"{TAG} is a role now." in after(house, "/administration/roles", *steps)


def test_a_patient_may_have_a_tag_as_family_name(house: House, session: Session) -> None:
    patient = make_patient(session)
    session.commit()
    names = ("family_name", "given_names", "birth", "sex_at_birth", "gender", "marital_status")
    form = dict(zip(names, (TAG, "Ana", "1980", "female", "unknown", "unknown"), strict=True))
    steps: Steps = ("edit_patient_state.load", {}), ("edit_patient_state.save", {"form": form})
    assert TAG in after(house, f"/patients/{patient.id}/edit", *steps)


def test_a_document_may_have_a_tag_as_its_title(house: House, session: Session) -> None:
    patient = make_patient(session)
    made = make_record(session, DocumentReference, patient, display=TAG)
    session.commit()
    steps: Steps = (
        ("documents_state.load", {}),
        ("documents_state.ask_retract", {"document_id": str(made.id)}),
        ("documents_state.retract", {"form": {"reason": "A test"}}),
    )
    assert f"{TAG} is marked as entered in error." in after(
        house, f"/patients/{patient.id}/documents", *steps
    )


def test_a_list_is_searched_for_a_tag_at_an_address_that_is_one(house: House) -> None:
    async def visit() -> list[str]:
        async with browser() as client:
            await client.send(
                handler("departments_state.search"),
                {"text": TAG},
                session=house.everything,
                address=f"/{TAG}?q={TAG}",
            )
            assert client.failures == []
            events = [event for update in client.updates for event in update.events]
            return [str(event.payload["javascript_code"]) for event in events if event.name == "_call_script"]

    (script,) = asyncio.run(visit())
    assert '"/%3Creflex.Var%3Ex' in script
    assert "q=%3Creflex.Var%3E" in script
    assert TAG not in script
