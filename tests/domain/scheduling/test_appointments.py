"""Reading appointments: one with its history, pages of the list, a patient's own; and who sees whose names."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.domain.audit.service import noted
from hms_app.domain.scheduling.queries.appointments import get_appointment
from hms_app.domain.scheduling.queries.listing import (
    list_appointments,
    patient_appointments,
)
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.cancelling import cancel_appointment
from hms_app.domain.scheduling.service.moving import move_appointment
from hms_app.domain.scheduling.values.words import AppointmentStatus, ChangeKind
from hms_app.domain.workflows.read_overview import read_overview
from tests.factories.booking import MONDAY, Clinic, at, make_clinic, may, move_to

P = Permission
READER = may(P.SCHEDULING_APPOINTMENT_READ, P.PATIENTS_PATIENT_READ)


@pytest.fixture(autouse=True)
def saturday() -> Iterator[None]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=False):
        yield


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """Two doctors, one room each."""
    return make_clinic(session, practitioners=2, rooms=2)


def book(clinic: Clinic, when: str, **fields: object) -> int:
    fields.setdefault("patient_id", clinic.patient())
    return book_appointment(clinic.session, clinic.desk, booking=clinic.booking(when, **fields)).id


def test_an_appointment_tells_its_history_oldest_first(session: Session, clinic: Clinic) -> None:
    key = book(clinic, f"{MONDAY} 10:00", reason="cough")
    move_appointment(
        session, clinic.desk, appointment_id=key, move=move_to(f"{MONDAY} 11:00", reason="asked for it")
    )
    cancel_appointment(session, clinic.desk, appointment_id=key, reason="patient called")
    detail = get_appointment(session, READER, appointment_id=key)
    assert detail.appointment.reason == "cough"
    assert [(step.kind, step.to_status, step.reason) for step in detail.history] == [
        (ChangeKind.BOOKED, "booked", ""),
        (ChangeKind.MOVED, "booked", "asked for it"),
        (ChangeKind.STATUS, "cancelled", "patient called"),
    ]
    assert detail.history[1].from_starts_at == at(f"{MONDAY} 10:00")
    assert noted(session)[-1] == "patients.record.accessed"


def test_a_patient_whom_one_may_not_know_of_is_a_taken_time_and_no_more(
    session: Session, clinic: Clinic
) -> None:
    hidden = clinic.patient(is_restricted=True)
    key = book(clinic, f"{MONDAY} 10:00", patient_id=hidden, reason="secret")
    (row,) = list_appointments(session, READER).rows
    assert (row.patient_id, row.patient, row.mrn, row.reason) == (None, "", "", "")
    assert row.practitioner == "Dr Ada Okafor A"
    with pytest.raises(NotFound):
        get_appointment(session, READER, appointment_id=key)
    for read in (read_overview, patient_appointments):
        with pytest.raises(NotFound):
            read(session, READER, patient_id=hidden)
    with pytest.raises(NotFound):
        list_appointments(session, READER, patient_id=hidden)


def test_a_list_without_the_right_to_patients_shows_no_names(session: Session, clinic: Clinic) -> None:
    book(clinic, f"{MONDAY} 10:00")
    (row,) = list_appointments(session, may(P.SCHEDULING_APPOINTMENT_READ)).rows
    assert (row.patient_id, row.patient) == (None, "")


def test_each_filter_narrows_the_list(session: Session, clinic: Clinic) -> None:
    first = book(clinic, f"{MONDAY} 10:00", patient_id=clinic.patient_id)
    other = book(clinic, "2026-12-01 10:00", practitioner_id=clinic.practitioners[1], room_id=clinic.rooms[1])
    cancel_appointment(session, clinic.desk, appointment_id=other, reason="x")
    monday = dt.date.fromisoformat(MONDAY)
    for narrowed, found in (
        ({}, [first, other]),
        ({"sort": "latest"}, [other, first]),
        ({"status": AppointmentStatus.CANCELLED}, [other]),
        ({"first_day": monday, "last_day": monday}, [first]),
        ({"first_day": monday + dt.timedelta(days=1)}, [other]),
        ({"practitioner_id": clinic.practitioners[1]}, [other]),
        ({"room_id": clinic.rooms[0]}, [first]),
        ({"service_id": clinic.service_id}, [first, other]),
        ({"department_id": clinic.department_id + 1}, []),
        ({"patient_id": clinic.patient_id}, [first]),
        ({"text": "no such number"}, []),
    ):
        page = list_appointments(session, READER, **narrowed)
        assert [row.id for row in page.rows] == found, narrowed
    number = get_appointment(session, READER, appointment_id=first).appointment.number
    assert [row.id for row in list_appointments(session, READER, text=number).rows] == [first]


def test_pages_go_forth_and_back(session: Session, clinic: Clinic) -> None:
    session.execute(
        sa.text(
            "INSERT INTO appointment (number, patient_id, service_id, status, starts_at, ends_at, booked_at,"
            " source_system, source_key)"
            " SELECT 'x' || n, :patient, :service, 'cancelled', t, t + interval '1 hour', t, 'x', n::text"
            " FROM generate_series(1, 120) n, LATERAL (SELECT now() + n / 2 * interval '1 day' AS t) AS times"
        ),
        {"patient": clinic.patient_id, "service": clinic.service_id},
    )
    first = list_appointments(session, READER)
    second = list_appointments(session, READER, at=first.next_bookmark)
    back = list_appointments(session, READER, at=second.previous_bookmark)
    assert [row.id for row in back.rows] == [row.id for row in first.rows]
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}
    mine = patient_appointments(session, READER, patient_id=clinic.patient_id)
    assert mine.rows[0].starts_at > mine.rows[-1].starts_at
    assert patient_appointments(session, READER, patient_id=clinic.patient_id, at=mine.next_bookmark).rows


def test_who_may_not_see_appointments_reads_the_overview_without_the_next(
    session: Session, clinic: Clinic
) -> None:
    book(clinic, f"{MONDAY} 10:00", patient_id=clinic.patient_id)
    overview, found = read_overview(session, may(P.PATIENTS_PATIENT_READ), patient_id=clinic.patient_id)
    assert (overview.clinical.allergies, found) == (None, None)


def test_the_next_appointment_is_the_earliest_that_still_holds(session: Session, clinic: Clinic) -> None:
    assert read_overview(session, READER, patient_id=clinic.patient_id)[1] is None
    gone = book(clinic, f"{MONDAY} 09:00", patient_id=clinic.patient_id)
    later = book(clinic, "2026-12-03 09:00", patient_id=clinic.patient_id)
    cancel_appointment(session, clinic.desk, appointment_id=gone, reason="x")
    _, found = read_overview(session, READER, patient_id=clinic.patient_id)
    assert found is not None
    assert found.id == later


def test_whom_a_list_showed_is_kept_but_for_a_refresh(session: Session, clinic: Clinic) -> None:
    book(clinic, f"{MONDAY} 10:00", patient_id=clinic.patient_id)
    before = len(noted(session))
    list_appointments(session, READER)
    assert noted(session)[before:] == ["patients.list.seen"]
    refreshing = Actor(None, "x", READER.permissions, looks=False)
    list_appointments(session, refreshing)
    assert len(noted(session)) == before + 1


def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(
    session: Session, connection: sa.Connection, clinic: Clinic
) -> None:
    asked: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))

    def count() -> int:
        asked.clear()
        list_appointments(session, Actor(None, "x", READER.permissions, looks=False))
        return len(asked)

    book(clinic, f"{MONDAY} 10:00")
    one = count()
    for hour in (11, 12, 13):
        book(clinic, f"{MONDAY} {hour}:00")
    assert count() == one == 2
