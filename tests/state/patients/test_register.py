"""The registration screen on the real event path, without a browser."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from hms_app.config import get_settings
from hms_app.domain.files.values import PictureUse
from hms_app.domain.patients.tables import Patient
from hms_app.domain.security import service as security
from hms_app.state.patients.register import typed_so_far
from tests.event_path import Browser, browser
from tests.factories.files import chosen
from tests.factories.patients import make_patient
from tests.state.conftest import handler as full_name
from tests.state.conftest import sent

ADDRESS = "/patients/register"
STATE = "register_state"
TYPED = {"family_name": "Zquist", "given_names": "Anna", "birth": "3 Feb 1980", "sex_at_birth": "female"}


@pytest.fixture(autouse=True)
def files_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data directory of the test's own."""
    monkeypatch.setenv("HMS_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def _visit(token: str, *steps: tuple[str, dict[str, Any] | None]) -> dict[str, Any]:
    """Send the steps in one tab; what the state sent altogether."""

    async def walk() -> dict[str, Any]:
        async with browser() as client:
            seen = await _step(client, token, "load", None)
            opened = seen["command_key"]
            for handler, form in steps:
                seen |= await _step(client, token, handler, form and {"key": opened, **form})
                opened = seen["command_key"] if handler == "start_over" else opened
            assert client.failures == []
            return seen

    return asyncio.run(walk())


async def _step(client: Browser, token: str, handler: str, form: dict[str, Any] | None) -> dict[str, Any]:
    payload = {"form": form} if form is not None else {}
    await client.send(full_name(f"{STATE}.{handler}"), payload, session=token, tab="one-tab", address=ADDRESS)
    return sent(client, STATE)


def _known(session: Session) -> list[Patient]:
    return list(session.exec(select(Patient).where(Patient.family_name == "Zquist")))


def test_a_patient_is_registered_and_their_papers_are_offered(
    session: Session,
    as_role: Callable[..., str],
) -> None:
    shown = _visit(as_role("receptionist"), ("submit", TYPED))
    (patient,) = _known(session)
    assert shown["done"]["name"] == "Anna Zquist"
    assert shown["done"]["mrn"] == patient.mrn
    assert shown["done"]["card"] == f"/papers/patients/{patient.id}/card.pdf"


def test_a_form_sent_twice_registers_once_and_a_new_form_once_more(
    session: Session,
    as_role: Callable[..., str],
) -> None:
    _visit(
        as_role("receptionist"),
        ("submit", TYPED),
        ("submit", TYPED),
        ("start_over", None),
        ("submit", TYPED | {"duplicate_reason": "twin sister"}),
    )
    assert len(_known(session)) == 2


def test_every_refusal_stands_at_its_field_and_nobody_is_registered(
    session: Session,
    as_role: Callable[..., str],
) -> None:
    shown = _visit(
        as_role("receptionist"),
        ("submit", TYPED | {"birth": "someday", "phones_2_number": "12", "photo": "unreadable"}),
    )
    assert set(shown["problems"]) == {"birth", "phones_2_number"}
    assert shown["is_saving"] is False
    shown = _visit(as_role("receptionist"), ("submit", TYPED | {"photo": "unreadable"}))
    assert set(shown["problems"]) == {"photo"}
    assert _known(session) == []


def test_typing_shows_who_looks_alike_with_the_reasons(
    session: Session,
    as_role: Callable[..., str],
) -> None:
    patient = make_patient(session, family_name="Zquist", given_names="Anna")
    shown = _visit(as_role("receptionist"), ("look", TYPED | {"email": "half@", "identifiers_1_value": "1"}))
    (likely,) = shown["likely"]
    assert (likely["href"], likely["mrn"]) == (f"/patients/{patient.id}", patient.mrn)
    assert "Same date of birth" in likely["reasons"]
    assert shown["wants_reason"] is True
    assert "1980" in shown["birth_words"]


def test_typing_on_keeps_the_refusals_until_the_form_is_sent_again(
    session: Session,
    as_role: Callable[..., str],
) -> None:
    shown = _visit(as_role("receptionist"), ("submit", TYPED | {"birth": ""}), ("look", TYPED))
    assert set(shown["problems"]) == {"birth"}


def test_the_server_asks_for_a_reason_although_the_form_never_looked(
    session: Session,
    as_role: Callable[..., str],
) -> None:
    make_patient(session, family_name="Zquist", given_names="Anna")
    shown = _visit(as_role("receptionist"), ("submit", TYPED))
    assert set(shown["problems"]) == {"duplicate_reason"}
    assert len(shown["likely"]) == 1
    assert len(_known(session)) == 1


def test_a_restricted_patient_does_not_appear_while_typing(
    session: Session,
    as_role: Callable[..., str],
) -> None:
    make_patient(session, family_name="Zquist", given_names="Anna", is_restricted=True)
    assert _visit(as_role("receptionist"), ("look", TYPED)).get("likely", []) == []


def test_a_photo_comes_with_the_form(session: Session, as_role: Callable[..., str]) -> None:
    token = as_role("receptionist")
    actor = security.resolve_actor(session, session_token=token, ip_address=ADDRESS)
    photo = chosen(actor, PictureUse.PHOTO)
    assert set(_visit(as_role("receptionist"), ("submit", TYPED | {"photo": photo}))["problems"]) == {"photo"}
    _visit(token, ("submit", TYPED | {"photo": photo}))
    assert _known(session)[0].photo_file


@pytest.mark.parametrize("role", ["doctor", "cashier", "administrator"])
def test_who_may_not_register_is_not_listened_to(
    session: Session,
    as_role: Callable[..., str],
    role: str,
) -> None:
    token = as_role(role)

    async def forge() -> str:
        async with browser() as client:
            form = {"form": TYPED | {"key": "0" * 20}}
            await client.send(
                full_name(f"{STATE}.submit"), form, session=token, tab="one-tab", address=ADDRESS
            )
            return client.sent_text()

    assert "Zquist" not in asyncio.run(forge())
    assert _known(session) == []


@pytest.mark.parametrize(
    "form",
    [
        {"family_name": "Zquist", "email": "half@", "country": "??", "identifiers_1_value": "12"},
        {"family_name": "Zquist", "sex_at_birth": "nonsense", "birth": "x" * 300},
        {"family_name": "Zquist", "phones_1_number": "1" * 200, "phones_2_number": 7},
    ],
)
def test_what_is_half_typed_is_left_out(form: dict[str, Any]) -> None:
    request = typed_so_far(form)
    assert request.family_name == "Zquist"
    assert (request.email, request.identifiers, request.phones) == ("", {}, {})
