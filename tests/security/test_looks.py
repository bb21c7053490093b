"""Whoever was told of a patient, by whatever road, stands in "who looked" at that patient."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session
from starlette.testclient import TestClient

from hms_app.api import routing
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.permissions import PUBLIC
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.state.live import SCREENS
from tests.event_path import browser, fitting_payload
from tests.security.house import SECRET, STAFF, House
from tests.security.people import signed_in
from tests.whole_application import HOST, SAME_ORIGIN, client_of

PART_OF_IT: Final = "zeplin"
LOOKED: Final = sa.text("""
SELECT (SELECT count(*) FROM audit_entry WHERE patient_id = :id AND id > :since)
    + (SELECT count(*) FROM audit_shown s JOIN audit_entry e ON e.id = s.entry_id
        WHERE s.patient_id = :id AND e.occurred_at > now() - interval '3 seconds')
    + (SELECT count(*) FROM typed_search WHERE :id = ANY(shown) AND asked_at > now() - interval '3 seconds')
""")
VOCABULARY: Final = {"find_conditions", "find_terms", "find_term", "find_reactions"}
"""Offer the terms that records of this hospital use, without saying whose."""

READING: Final = ("load", "search", "find", "look", "show", "open", "next", "previous")

Since = Callable[[], int]
Looked = Callable[[int], bool]


@pytest.fixture
def everything(session: Session, house: House) -> str:
    """A session with every permission of the staff, which a sweep may end."""
    return signed_in(session, role="administrator", also=STAFF, is_fresh=True)


@pytest.fixture
def since(session: Session) -> Since:
    """The last entry of the trail now."""

    def read() -> int:
        session.rollback()
        return int(session.execute(sa.text("SELECT last_id FROM audit_chain_head")).scalar_one())

    return read


@pytest.fixture
def looked(session: Session, house: House) -> Looked:
    """Whether the restricted record's own entries, or lists of these seconds, say that somebody looked at it."""

    def read(since: int) -> bool:
        session.rollback()
        return bool(session.execute(LOOKED, {"id": house.restricted_id, "since": since}).scalar_one())

    return read


_REFRESHES: Final = frozenset(screen.handler for screen in SCREENS.values())


def _handlers() -> dict[str, Any]:
    """Every handler, those that only read first: later ones may change the record.

    A screen's refresh is no look: who it is shown to has the record open, and looked when they opened it.
    """
    found = {
        name: registered.handler.fn
        for name, registered in RegistrationContext.get().event_handlers.items()
        if hasattr(registered.handler.fn, GUARD_ATTRIBUTE) and name not in _REFRESHES
    }
    return dict(sorted(found.items(), key=lambda one: not one[0].rpartition(".")[2].startswith(READING)))


def _payloads(function: Any, house: House) -> Iterator[dict[str, Any]]:
    fitting = fitting_payload(function)
    for text in (PART_OF_IT, str(house.restricted_id)):
        form = {"text": text, "reason": "I want to"}
        yield {name: text if value == "" else form for name, value in fitting.items()}
        if not fitting:
            return


def test_whatever_handler_tells_of_a_patient_leaves_a_look_at_them(
    house: House, everything: str, since: Since, looked: Looked
) -> None:
    address = f"/patients/{house.restricted_id}"

    async def sweep() -> tuple[list[str], set[str]]:
        silent, telling = [], set()
        async with browser() as client:
            for name, function in _handlers().items():
                load = f"{name.rpartition('.')[0]}.load"
                for payload in _payloads(function, house):
                    if load in _handlers() and name != load:
                        await client.send(load, session=everything, tab=name, address=address)
                    before = since()
                    await client.send(name, payload, session=everything, tab=name, address=address)
                    if SECRET in client.sent_text() and name.rpartition(".")[2] not in VOCABULARY:
                        short = name.split("____")[-1]
                        telling.add(short)
                        if not looked(before):
                            silent.append(short)
        return silent, telling

    silent, telling = asyncio.run(sweep())
    assert {
        "patient_record_state.load",
        "patient_list_state.search",
        "shell_state.find_patients",
        "home_state.search",
    } <= telling
    assert silent == []


def _client(application: Any, token: str) -> TestClient:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, token, domain=HOST)
    return client


def test_whatever_route_tells_of_a_patient_leaves_a_look_at_them(
    application: Any, house: House, everything: str, since: Since, looked: Looked, session: Session
) -> None:
    document = session.execute(
        sa.text("SELECT id FROM document_reference WHERE patient_id = :id"), {"id": house.restricted_id}
    ).scalar_one()
    client = _client(application, everything)
    silent, telling = [], []
    for one in routing.ROUTES:
        if one.guard == PUBLIC or one.path.startswith("/auth/"):
            continue
        address = one.path.replace("{patient_id}", str(house.restricted_id))
        before = since()
        form = {"kind": "csv", "text": PART_OF_IT}
        address = address.replace("{document_id}", str(document)).replace("{job_id}", "1")
        answer = client.request(
            one.methods[0], address, headers=SAME_ORIGIN, data=form if "POST" in one.methods else None
        )
        is_paper = answer.headers.get("content-type", "").startswith(("application/pdf", "image/"))
        if answer.status_code == 200 and (is_paper or SECRET in answer.text):
            telling.append(one.path)
            if not looked(before):
                silent.append(one.path)
    assert len(telling) >= 5, telling
    assert silent == []
