"""SQL and rubbish in what lists are asked: each is ignored, finds nothing, or is refused with one sentence."""

import asyncio
import base64
import csv
import io
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import pytest
import reflex as rx
from reflex.state import BaseState
from reflex_base.registry import RegistrationContext
from starlette.testclient import TestClient

from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.paging import bookmark
from hms_app.state.patients.patient_list import PATIENTS
from tests.event_path import browser
from tests.security.house import House
from tests.whole_application import SAME_ORIGIN, client_of


@dataclass(frozen=True)
class Listed:
    """A list's address and everything that may stand in its query."""

    address: str
    parameters: tuple[str, ...]
    mark: str = "id"
    """What tells its rows apart, from one reading to the next."""
    narrowed: tuple[str, str] | None = None
    """One of its filters and a value of it, for a list of the engine that has some."""


LISTS: Final = {
    "patient_list_state": Listed("/patients", (*PATIENTS.understood({}), "at"), narrowed=("sex", "female")),
    "timeline_state": Listed("/patients/{patient_id}/timeline", ("kinds",)),
    "documents_state": Listed(
        "/patients/{patient_id}/documents", ("kind", "open"), narrowed=("kind", "letter")
    ),
    "visits_state": Listed("/patients/{patient_id}/visits", ("open",)),
    "changes_state": Listed("/patients/{patient_id}/changes", ("person", "kind", "from", "to", "at")),
    "access_log_state": Listed(
        "/patients/{patient_id}/access", ("person", "kind", "from", "to", "at"), mark="person"
    ),
    "departments_state": Listed(
        "/hospital/departments", ("q", "closed", "only", "at"), narrowed=("closed", "yes")
    ),
    "rooms_state": Listed("/hospital/rooms", ("q", "closed", "only", "at"), narrowed=("closed", "yes")),
    "practitioners_state": Listed(
        "/hospital/practitioners", ("q", "closed", "only", "at"), narrowed=("only", "here")
    ),
    "operations_state": Listed("/administration/operations", ("status", "at"), narrowed=("status", "done")),
    "payers_state": Listed("/hospital/payers", ("q", "closed", "only", "at"), narrowed=("closed", "yes")),
    "catalogue_state": Listed(
        "/hospital/catalogue", ("q", "closed", "category", "sort", "at"), narrowed=("category", "service")
    ),
    "services_state": Listed(
        "/appointments/services", ("q", "closed", "only", "at"), narrowed=("closed", "yes")
    ),
    "equipment_state": Listed("/appointments/equipment", ("q", "closed", "at"), narrowed=("closed", "yes")),
    "queues_state": Listed("/queues", ("q", "kind", "closed", "at"), narrowed=("kind", "practitioner")),
    "appointments_state": Listed(
        "/appointments",
        ("from", "to", "status", "practitioner", "service", "department", "sort", "at"),
        narrowed=("status", "booked"),
    ),
    "patient_appointments_state": Listed("/patients/{patient_id}/appointments", ("at",)),
    "users_state": Listed("/administration/users", ("q", "status", "at"), narrowed=("status", "active")),
    "audit_trail_state": Listed(
        "/administration/audit",
        ("user", "action", "patient", "from", "to", "at"),
        narrowed=("action", "security."),
    ),
    "duplicates_state": Listed("/patients/duplicates", ("band", "status", "at")),
    "imports_state": Listed("/administration/imports", ("at",)),
}
"""Every screen whose state has `rows` read by the address; a new one is added here with its parameters."""
WITHOUT_PARAMETERS: Final = {"my_record_state"}
"""Lists that the address says nothing about."""
PAYLOADS: Final = (
    "'",
    "' OR '1'='1",
    "') OR 1=1 --",
    "1 OR 1=1",
    "name; DROP TABLE patient; --",
    "x' UNION SELECT password_hash FROM app_user --",
    "1); SELECT pg_sleep(9) --",
    "password_hash",
    "-name desc, (SELECT 1/0)",
    "%",
    "_%_",
    "\\",
    "%(patient_id)s %s %%",
    "{0} :name $1",
    '{"$ne": null}',
    "a\0b",
    "a%00b",
    "\ud800",
    "\u202e\u0000\ufeff",
    "\U0001d54f ǅ ﷽ 👩‍⚕️",
    "a" * 100_000,
    "ab " * 20_000,
    "1,2,3," * 500,
    "-1",
    "9" * 40,
    "1e309",
    "0001-01-01",
    "9999-12-31",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    base64.urlsafe_b64encode(b'[false,"name","a",1]').decode(),
    base64.urlsafe_b64encode(b"[" * 20_000).decode(),
)
UNQUOTED: Final = ("a\0b", "\ud800", "'", "%", "[]=1&x", "\x1b[2J")
"""No browser sends these so; a program may."""
EXPORTED: Final = ("user", "action", "patient", "subject_type", "subject", "from", "to")
CASES: Final = [(state, name) for state, listed in LISTS.items() for name in listed.parameters]


def test_every_list_is_attacked_here() -> None:
    with_rows = {kind.get_name().split("____")[-1] for kind in _states(rx.State) if _is_list(kind)}
    assert with_rows == LISTS.keys() | WITHOUT_PARAMETERS


@pytest.mark.parametrize(("state", "parameter"), CASES, ids=[f"{state}-{name}" for state, name in CASES])
def test_no_parameter_of_a_list_is_sql_or_a_failure(house: House, state: str, parameter: str) -> None:
    address, mark = LISTS[state].address.format(patient_id=house.patient_id), LISTS[state].mark
    # Reading a record is itself on the list of who looked at it.
    everybody = {"The administrator"} if mark == "person" else set()

    async def attack() -> list[str]:
        wrong = []
        async with browser() as client:
            plain = await _loaded(client, house, state, address)
            whole = await _loaded(client, house, state, f"{address}?closed=yes")
            assert "rows" in plain, client.sent_text()
            known = {row[mark] for row in (whole if parameter == "closed" else plain)["rows"]} | everybody
            assert known
            for payload in (*map(_quoted, PAYLOADS), *UNQUOTED, *_strange_bookmarks()):
                shown = await _loaded(client, house, state, f"{address}?{parameter}={payload}")
                said = {shown.get("problem", ""), shown.get("list_problem", "")} - {""}
                rows = {row[mark] for row in shown.get("rows", ())}
                if client.failures or any("reference" in sentence for sentence in said):
                    wrong.append(f"failed: {payload[:40]!r} {said} {client.failures}")
                # A search may bring what lies on a later page, but never as much as no search at all.
                is_more = not rows <= known and (parameter != "q" or len(rows) >= len(known))
                if is_more or shown.get("is_loading", False):
                    wrong.append(f"more rows, or none to come: {payload[:40]!r}")
                client.failures.clear()
        return wrong

    assert asyncio.run(attack()) == []


@pytest.mark.parametrize("parameter", EXPORTED)
def test_no_parameter_of_the_trails_download_is_sql_or_a_failure(
    application: Any, house: House, parameter: str
) -> None:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, house.everything)
    known = _ids(client, "")
    newest = max(map(int, known))
    for payload in PAYLOADS:
        if len(payload) > 10_000:
            continue  # Longer than any address that a server takes.
        answer = client.get(f"/exports/audit.csv?{parameter}={_quoted(payload)}")
        if answer.status_code == 200:
            # Each download and what it showed are in the trail, so that it has grown meanwhile.
            assert {row["id"] for row in _csv(answer.text) if int(row["id"]) <= newest} <= known
        else:
            assert (answer.status_code, "damaged" in answer.text) == (400, True), payload


@pytest.mark.parametrize("parameter", [*PATIENTS.understood({}), "kind"])
def test_no_field_of_the_patient_lists_download_is_sql_or_a_failure(
    application: Any, house: House, parameter: str
) -> None:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, house.everything)

    def download(fields: dict[str, str]) -> Any:
        return client.post("/exports/lists/patients", data={"kind": "csv", **fields}, headers=SAME_ORIGIN)

    known = len(_csv(download({}).text))
    assert known
    for payload in PAYLOADS:
        if len(payload) > 10_000:
            continue  # Longer than any form that is read.
        answer = download({parameter: payload.encode(errors="surrogatepass").decode(errors="replace")})
        assert answer.status_code in {200, 400}, payload
        assert answer.status_code == 400 or len(_csv(answer.text)) <= known, payload


def _quoted(payload: str) -> str:
    return quote(payload, errors="surrogatepass")


def _strange_bookmarks() -> list[str]:
    """Places that lists of other kinds would make."""
    return [bookmark("name", "a", 1), bookmark("a", 1), bookmark(1), bookmark("a", 1, 1), bookmark()]


async def _loaded(client: Any, house: House, state: str, address: str) -> dict[str, Any]:
    name = next(n for n in RegistrationContext.get().event_handlers if n.endswith(f"____{state}.load"))
    await client.send(name, session=house.everything, address=address)
    shown: dict[str, Any] = client.sent(state)
    return shown


def _ids(client: TestClient, query: str) -> set[str]:
    return {row["id"] for row in _csv(client.get(f"/exports/audit.csv{query}").text)}


def _csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _states(kind: type[BaseState]) -> list[type[BaseState]]:
    return [one for child in kind.get_substates() for one in (child, *_states(child))]


def _is_list(kind: type[BaseState]) -> bool:
    return "load" in kind.event_handlers and "rows" in kind.base_vars
