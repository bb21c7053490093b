"""A record that somebody may not know of stays unknown to them, whatever id they send, and wherever."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final, get_type_hints

import pytest
import sqlalchemy as sa
from reflex.state import State
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app import navigation
from hms_app.api import routing
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.permissions import PUBLIC, SIGNED_IN, Permission
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from tests.event_path import Browser, browser, fitting_payload
from tests.security.house import SECRET, STAFF, House
from tests.security.people import signed_in
from tests.security.test_handler_arguments import request_fields
from tests.whole_application import HOST, SAME_ORIGIN, client_of

PERMISSIONS: Final = {role.code: role.permissions for role in DEFAULT_ROLES}
CURIOUS: Final = tuple(code for code in STAFF if Permission.PATIENTS_RESTRICTED_READ not in PERMISSIONS[code])
PART_OF_IT: Final = "zeplin"
"""Finds the restricted record for whoever may know of it; not the whole name, for what is typed comes back."""
VOCABULARY: Final = {"patient_list_state.find_conditions"}
"""Offers the terms that records of this hospital use, without saying whose."""
ON_LOAD: Final = "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal"
OF_THE_FRAME: Final = ("session_state", "shell_state", "door_state", "is_hydrated", "router")
"""What a refused page may send: who is signed in until when, and their own menu."""


def _handlers() -> dict[str, Any]:
    return {
        name: registered.handler.fn
        for name, registered in RegistrationContext.get().event_handlers.items()
        if hasattr(registered.handler.fn, GUARD_ATTRIBUTE)
    }


@pytest.fixture
def curious(session: Session, house: House) -> str:
    """A session with every permission of the staff but the one to know of restricted records."""
    return signed_in(session, role="doctor", also=CURIOUS, is_fresh=True)


@pytest.fixture
def its_rows(session: Session, house: House) -> Callable[[], dict[str, str]]:
    """Every row that belongs to the restricted record, as it is now."""
    tables = session.execute(
        sa.text(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND column_name = 'patient_id' AND table_name NOT IN ('audit_entry', 'app_user')"
        )
    ).scalars()
    names = [*tables]

    def read() -> dict[str, str]:
        session.rollback()
        found: dict[str, str] = {}
        for table, key in (*((name, "patient_id") for name in names), ("patient", "id")):
            rows = session.execute(
                sa.text(f'SELECT to_jsonb(t) FROM "{table}" t WHERE {key} = :id'), {"id": house.restricted_id}
            )
            found |= {f"{table} {row.get('id', row)}": str(row) for row in rows.scalars()}
        return found

    return read


def _ids(rows: dict[str, str], house: House) -> list[str]:
    """The ids of those rows, and the record's own."""
    ids = {name.split()[1] for name in rows if name.split()[1].isdecimal()}
    return [str(house.restricted_id), *sorted(ids - {str(house.restricted_id)})]


def _payloads(function: Any, ids: list[str]) -> Iterator[dict[str, Any]]:
    hints = get_type_hints(function)
    fitting = fitting_payload(function)
    for text in (PART_OF_IT, *ids):
        form = {**dict.fromkeys(request_fields(), text), "reason": "I want to", "version": "1"}
        yield {name: text if hints[name] is str else form for name in fitting}
        if not fitting:
            return


def _addresses(house: House, patient_id: int) -> list[str]:
    screens = [
        screen.address(patient_id=patient_id)
        for screen in navigation.SCREENS
        if "[patient_id]" in screen.route
    ]
    return [*screens, "/"]


async def _sweep(token: str, house: House, ids: list[str], *, said: Callable[[str], bool]) -> list[str]:
    """Send every handler every id on the pages of the restricted record; the names of those that `said` something."""
    telling = []
    async with browser() as client:
        for name, function in _handlers().items():
            load = f"{name.rpartition('.')[0]}.load"
            address = f"/patients/{house.restricted_id}"
            for payload in _payloads(function, ids):
                if load in _handlers():
                    await client.send(load, session=token, tab="t", address=address)
                    sent = client.sent_text()
                    await client.send(name, payload, session=token, tab="t", address=address)
                    sent += client.sent_text()
                else:
                    await client.send(name, payload, session=token, tab="t", address=address)
                    sent = client.sent_text()
                if said(sent) and name.split("____")[-1] not in VOCABULARY:
                    telling.append(f"{name.split('____')[-1]} {str(payload)[:60]}")
    return telling


def test_no_handler_tells_of_a_restricted_record_or_changes_it(
    house: House, curious: str, its_rows: Callable[[], dict[str, str]]
) -> None:
    before = its_rows()
    assert len(before) > 15
    ids = _ids(before, house)
    assert asyncio.run(_sweep(curious, house, ids, said=lambda sent: SECRET in sent)) == []
    assert its_rows() == before


def test_the_same_handlers_tell_those_who_may_know(house: House) -> None:
    telling = asyncio.run(
        _sweep(house.everything, house, [str(house.restricted_id)], said=lambda sent: SECRET in sent)
    )
    names = {line.split()[0] for line in telling}
    assert {
        "patient_record_state.load",
        "timeline_state.load",
        "vital_signs_state.load",
        "documents_state.load",
        "patient_list_state.search",
        "shell_state.find_patients",
    } <= names


def test_a_patient_is_told_of_no_other_record(
    session: Session, house: House, its_rows: Callable[[], Any]
) -> None:
    token = signed_in(session, role="patient", patient_id=house.patient_id, is_fresh=True)
    before = its_rows()
    told = asyncio.run(_sweep(token, house, _ids(before, house), said=lambda sent: SECRET in sent))
    assert told == []
    assert its_rows() == before


def _record_routes() -> list[routing.DeclaredRoute]:
    return [one for one in routing.ROUTES if "{" in one.path and one.guard != PUBLIC]


def test_no_route_tells_of_a_restricted_record(
    session: Session, application: Any, house: House, curious: str, its_rows: Callable[[], dict[str, str]]
) -> None:
    own = signed_in(session, role="patient", patient_id=house.patient_id, is_fresh=True)
    client = client_of(application)
    before = its_rows()
    assert any("patient_id" in one.path for one in _record_routes())
    for token, one, key in product((curious, own), _record_routes(), _ids(before, house)):
        if "job_id" in one.path:
            continue  # Not about a patient.
        client.cookies.set(SESSION_COOKIE, token, domain=HOST)
        address = one.path.replace("{patient_id}", str(house.restricted_id)).replace("{document_id}", key)
        answer = client.request(one.methods[0], address, headers=SAME_ORIGIN)
        assert answer.status_code in {403, 404}, address
        assert SECRET not in answer.text
    assert its_rows() == before


def test_a_document_is_not_added_to_a_record_one_may_not_know_of(
    application: Any, house: House, curious: str, its_rows: Callable[[], dict[str, str]]
) -> None:
    before = its_rows()
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, curious, domain=HOST)
    form = {
        "patient_id": str(house.restricted_id),
        "title": "Letter",
        "kind": "letter",
        "authored_on": "2026-01-01",
    }
    files = {"file": ("letter.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")}
    answer = client.post("/files/documents", data=form, files=files, headers=SAME_ORIGIN)
    assert answer.status_code in {400, 404}
    assert SECRET not in answer.text
    assert its_rows() == before


def _defaults() -> dict[str, Any]:
    return State(_reflex_internal_init=True).dict()  # type: ignore[call-arg]


def _told(client: Browser, defaults: dict[str, Any]) -> list[str]:
    """The variables that were sent with another value than the public default, beside those of the frame."""
    return [
        f"{state.split('____')[-1]}.{name}"
        for update in client.updates
        for state, variables in update.delta.items()
        for name, value in variables.items()
        if defaults.get(state, {}).get(name) != value
        and not any(word in f"{state}.{name}" for word in OF_THE_FRAME)
    ]


@pytest.mark.usefixtures("application")
@pytest.mark.parametrize("role", PERMISSIONS)
def test_a_refused_page_sends_nothing_but_defaults(
    session: Session, house: House, victim: str, role: str
) -> None:
    refused = [
        screen
        for screen in navigation.SCREENS
        if screen.guard not in (PUBLIC, SIGNED_IN) and screen.guard not in PERMISSIONS[role]
    ]
    assert refused
    defaults = _defaults()

    async def visit() -> list[str]:
        wrong = []
        async with browser(loads_pages=True) as client:
            for screen in refused:
                address = screen.address(patient_id=house.patient_id, user_id=victim)
                token = signed_in(session, role=role)
                await client.send(ON_LOAD, session=token, tab=screen.route, address=address)
                told, events = _told(client, defaults), str([update.events for update in client.updates])
                if told or "/not-permitted" not in events or client.failures:
                    wrong.append(f"{screen.route}: {told} {events[:200]} {client.failures}")
        return wrong

    assert asyncio.run(visit()) == []
