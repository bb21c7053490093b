"""Visits: listed with what happened in them, opened one by one."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_visit, list_visits
from hms_app.domain.clinical.tables import Condition, Encounter, Observation, Procedure
from hms_app.domain.clinical.values import TimelineKind, VisitRow
from hms_app.domain.patients.tables import Patient
from hms_app.state.clinical.visit_rows import visit_item
from tests.factories.clinical import NOON, make_record
from tests.factories.patients import make_patient


@pytest.fixture
def patient(session: Session) -> Patient:
    return make_patient(session)


def walked(session: Session, actor: Actor, patient: Patient) -> list[VisitRow]:
    seen, bookmark = [], None
    while True:
        page = list_visits(session, actor, patient_id=patient.key, at=bookmark)
        seen += page.rows
        bookmark = page.next_bookmark
        if bookmark is None:
            return seen


def test_a_visit_says_what_happened_in_it(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    visit = make_record(
        session,
        Encounter,
        patient,
        display="Check up (procedure)",
        encounter_class="wellness",
        reason_display="Cough (finding)",
        ended_at=NOON + dt.timedelta(minutes=30),
    )
    within = {"encounter_id": visit.key}
    make_record(session, Condition, patient, **within)
    make_record(session, Condition, patient, status="entered_in_error", **within)
    for number in range(3):
        make_record(session, Observation, patient, code=str(number), **within)
    make_record(session, Procedure, patient)
    (row,) = walked(session, everyone_allowed, patient)
    assert (row.title, row.reason) == ("Check up", "Cough")
    assert row.counts == {TimelineKind.CONDITION: 1, TimelineKind.OBSERVATION: 3}
    shown = visit_item(row, everyone_allowed.locale)
    assert (shown["kind"], shown["counts"]) == ("Wellness visit", "1 condition · 3 results")
    assert shown["when"] == "6 May 2024, 12:00 to 12:30"
    opened = get_visit(session, everyone_allowed, visit_id=visit.key)
    assert sorted(entry.kind for entry in opened.entries) == ["condition"] * 2 + ["observation"] * 3


def test_what_one_may_not_see_is_neither_counted_nor_shown(
    session: Session, actor_with: object, patient: Patient
) -> None:
    visit = make_record(session, Encounter, patient)
    make_record(session, Condition, patient, encounter_id=visit.key)
    make_record(session, Procedure, patient, encounter_id=visit.key)
    actor = actor_with(  # type: ignore[operator]
        Permission.PATIENTS_PATIENT_READ,
        Permission.CLINICAL_ENCOUNTER_READ,
        Permission.CLINICAL_PROCEDURE_READ,
    )
    assert list_visits(session, actor, patient_id=patient.key).rows[0].counts == {TimelineKind.PROCEDURE: 1}
    assert [entry.kind for entry in get_visit(session, actor, visit_id=visit.key).entries] == ["procedure"]
    blind = actor_with(Permission.PATIENTS_PATIENT_READ)  # type: ignore[operator]
    with pytest.raises(NotPermitted):
        list_visits(session, blind, patient_id=patient.key)
    with pytest.raises(NotPermitted):
        get_visit(session, blind, visit_id=visit.key)


def test_a_visit_of_a_record_one_may_not_see_does_not_exist(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    visit = make_record(session, Encounter, patient)
    patient.is_restricted = True
    session.flush()
    rights = everyone_allowed.permissions - {Permission.PATIENTS_RESTRICTED_READ}
    other = Actor(1, "A", rights, session_id=1)
    with pytest.raises(NotFound, match="no such visit"):
        get_visit(session, other, visit_id=visit.key)
    with pytest.raises(NotFound):
        list_visits(session, other, patient_id=patient.key)
    with pytest.raises(NotFound):
        get_visit(session, everyone_allowed, visit_id=0)


def test_pages_of_visits_give_each_once_in_two_statements(
    session: Session, everyone_allowed: Actor, patient: Patient, connection: sa.Connection
) -> None:
    for number in range(120):
        make_record(session, Encounter, patient, occurred_at=NOON - dt.timedelta(days=number // 4))
    make_record(session, Encounter, make_patient(session))
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
    seen = walked(session, everyone_allowed, patient)
    assert len(seen) == 120 == len({row.id for row in seen})
    assert len(statements) == 3 * 2
    with pytest.raises(DomainError):
        list_visits(session, everyone_allowed, patient_id=patient.key, at="forged")


def test_a_visit_takes_three_statements_however_much_happened(
    session: Session, everyone_allowed: Actor, patient: Patient, connection: sa.Connection
) -> None:
    visit = make_record(session, Encounter, patient)
    for number in range(40):
        make_record(session, Observation, patient, code=str(number), encounter_id=visit.key)
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert len(get_visit(session, everyone_allowed, visit_id=visit.key).entries) == 40
    assert len(statements) == 3
