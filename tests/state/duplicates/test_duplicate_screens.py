"""The worklist, the comparison and the way from a merged record, on the real event path."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session, select

from hms_app.domain.duplicates.tables import DuplicateScan, PatientDuplicate
from hms_app.domain.duplicates.values import SCAN
from hms_app.domain.jobs.tables import Job
from hms_app.domain.patients.tables import Patient
from tests.event_path import Browser, browser
from tests.factories.patients import make_patient
from tests.factories.security import make_user, signed_in

TAB = "one-tab"
LIST, PAIR, MERGED = "duplicates_state", "duplicate_pair_state", "merged_record_state"


def _handler(ending: str) -> str:
    return next(name for name in RegistrationContext.get().event_handlers if name.endswith(ending))


async def _do(
    client: Browser, token: str, state: str, event: str, address: str, **payload: Any
) -> dict[str, Any]:
    await client.send(_handler(f"{state}.{event}"), payload, session=token, tab=TAB, address=address)
    assert client.failures == []
    return client.sent(state)


def _visit(
    token: str, address: str, *steps: tuple[str, str, dict[str, Any]]
) -> tuple[list[dict[str, Any]], str]:
    """What each step (state, event, payload) sent, and everything the last one sent as text."""

    async def visit() -> tuple[list[dict[str, Any]], str]:
        async with browser() as client:
            shown = [
                await _do(client, token, state, event, address, **payload) for state, event, payload in steps
            ]
            return shown, client.sent_text()

    return asyncio.run(visit())


@pytest.fixture
def as_role(connection: sa.Connection, session: Session) -> Callable[[str], str]:
    def sign_in(role: str) -> str:
        token = signed_in(session, make_user(session, role))
        session.commit()
        return token

    return sign_in


@pytest.fixture
def pair(session: Session) -> tuple[Patient, Patient]:
    first = make_patient(session, given_names="Jon", family_name="Zzkeller")
    second = make_patient(session, given_names="John", family_name="Zzkeller", birth_place="Salem")
    session.add(
        PatientDuplicate(
            first_id=first.key,
            second_id=second.key,
            weight=Decimal(28),
            reasons=["same date of birth"],
            doubts=["other city"],
            found_at=first.created_at,
        )
    )
    session.flush()
    return first, second


def _address(pair: tuple[Patient, Patient]) -> str:
    return f"/patients/duplicates/{pair[0].id}/{pair[1].id}"


def test_the_worklist_shows_pairs_with_their_reasons(
    pair: tuple[Patient, Patient], as_role: Callable[[str], str]
) -> None:
    [shown], _ = _visit(as_role("receptionist"), "/patients/duplicates?band=likely", (LIST, "load", {}))
    [row] = shown["rows"]
    assert (row["first"], row["second"]) == ("Jon Zzkeller", "John Zzkeller")
    assert (row["reasons"], row["doubts"], row["href"]) == (
        "Same date of birth",
        "other city",
        _address(pair),
    )
    assert shown["count"] == "1 pair"


def test_filters_stand_in_the_address(pair: tuple[Patient, Patient], as_role: Callable[[str], str]) -> None:
    token = as_role("receptionist")
    _, sent = _visit(token, "/patients/duplicates", (LIST, "filter_status", {"value": "not_duplicate"}))
    assert "/patients/duplicates?status=not_duplicate" in sent
    _, sent = _visit(token, "/patients/duplicates", (LIST, "filter_band", {"value": "'; DROP"}))
    assert "DROP" not in sent


def test_a_scan_is_started_once_and_told(session: Session, as_role: Callable[[str], str]) -> None:
    token = as_role("receptionist")
    address = "/patients/elsewhere"  # The watch ends when somebody is on another page.
    for _ in range(2):
        [shown], _ = _visit(token, address, (LIST, "start", {}))
    assert shown["is_scanning"]
    assert "Scanning the register" in shown["scan"]["sentence"]
    assert session.exec(sa.select(sa.func.count()).select_from(DuplicateScan)).scalar_one() == 1  # type: ignore[call-overload]
    asked = session.exec(select(Job.status).where(Job.kind == SCAN.name)).all()
    assert asked == ["queued"]


def test_two_records_are_compared_and_marked_where_they_differ(
    pair: tuple[Patient, Patient], as_role: Callable[[str], str]
) -> None:
    [shown], _ = _visit(as_role("receptionist"), _address(pair), (PAIR, "load", {}))
    fields = {field["id"]: field for field in shown["fields"]}
    assert fields["given_names"]["is_different"] and not fields["family_name"]["is_different"]
    assert fields["birth_place"]["kept"] == "second"
    assert shown["pair"]["obstacles"] == []


def test_merging_wants_the_password_then_leads_to_the_survivor(
    session: Session, pair: tuple[Patient, Patient], as_role: Callable[[str], str]
) -> None:
    token = as_role("receptionist")
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (PAIR, "load", {}),
        (PAIR, "choose_survivor", {"side": "second"}),
        (PAIR, "keep", {"field": "given_names", "side": "first"}),
        (PAIR, "ask", {"dialog": "merge"}),
        (PAIR, "confirm_merge", {"form": {"reason": "Same passport"}}),
    )
    shown, sent = _visit(token, _address(pair), *steps)
    if "Confirm your password" in sent:
        assert shown[-1]["problem"] == "Confirm your password to do this."
        session.connection().execute(
            sa.text("UPDATE user_session SET reauthenticated_at = now() + interval '1 minute'")
        )
        session.commit()
        shown, sent = _visit(token, _address(pair), *steps)
    assert f"/patients/{pair[1].id}?merged={pair[0].id}" in sent
    for patient in pair:
        session.refresh(patient)
    assert (pair[0].merged_into_id, pair[1].given_names) == (pair[1].id, "Jon")
    [_, undone], sent = _visit(
        token, _address(pair), (PAIR, "load", {}), (PAIR, "confirm_undo", {"form": {"reason": ""}})
    )
    assert "The merge is undone" in sent
    assert undone["merge"]["id"] == ""
    for patient in pair:
        session.refresh(patient)
    assert (pair[0].merged_into_id, pair[1].given_names) == (None, "John")


def test_two_people_are_remembered_and_taken_back(
    session: Session, pair: tuple[Patient, Patient], as_role: Callable[[str], str]
) -> None:
    token = as_role("receptionist")
    shown, _ = _visit(
        token, _address(pair), (PAIR, "load", {}), (PAIR, "dismiss", {"form": {"reason": "Cousins"}}),
        (PAIR, "reopen", {}),
    )  # fmt: skip
    assert shown[1]["pair"]["is_dismissed"]
    assert shown[1]["pair"]["decided"].endswith(": Cousins")
    assert not shown[2]["pair"]["is_dismissed"]


def test_the_address_of_a_merged_record_leads_to_the_survivor_with_a_line(
    session: Session, pair: tuple[Patient, Patient], as_role: Callable[[str], str]
) -> None:
    session.connection().exec_driver_sql(
        "UPDATE patient SET status = 'merged', merged_into_id = %(to)s WHERE id = %(id)s",
        {"to": pair[1].id, "id": pair[0].id},
    )
    token = as_role("nurse")
    route = "/patients/[patient_id]/timeline"
    _, sent = _visit(token, f"/patients/{pair[0].id}/timeline", (MERGED, "follow", {"route": route}))
    assert f"/patients/{pair[1].id}/timeline?merged={pair[0].id}" in sent
    here = f"/patients/{pair[1].id}/timeline?merged={pair[0].id}"
    [shown], _ = _visit(token, here, (MERGED, "follow", {"route": route}))
    assert shown["note"].startswith(f"You asked for Jon Zzkeller, {pair[0].mrn}.")
    forged = f"/patients/{pair[0].id}?merged={pair[1].id}"
    _, sent = _visit(token, forged, (MERGED, "follow", {"route": "https://elsewhere.example/[patient_id]"}))
    assert "elsewhere" not in sent


@pytest.mark.parametrize("role", ["doctor", "cashier", "administrator", "patient"])
def test_who_may_not_merge_sees_nothing(
    pair: tuple[Patient, Patient], as_role: Callable[[str], str], role: str
) -> None:
    token = as_role(role)
    for state, address in ((LIST, "/patients/duplicates"), (PAIR, _address(pair))):
        [shown], sent = _visit(token, address, (state, "load", {}))
        assert shown == {}
        assert "Zzkeller" not in sent


@pytest.mark.parametrize(
    "address", ["/patients/duplicates/x/1", "/patients/duplicates/1", "/patients/duplicates/0/0"]
)
def test_an_address_of_nobody_is_told(as_role: Callable[[str], str], address: str) -> None:
    [shown], _ = _visit(as_role("receptionist"), address, (PAIR, "load", {}))
    assert shown["missing"]
