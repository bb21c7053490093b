"""The calendar as it is read: who has a column, what stands in it, and how much that costs."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_condition_name
from hms_app.domain.clinical.tables import Condition
from hms_app.domain.organization.tables import Organization, Practitioner
from hms_app.domain.patients.tables import Patient
from hms_app.domain.scheduling.queries.calendar import get_calendar
from hms_app.domain.scheduling.queries.hours import get_schedule
from hms_app.domain.scheduling.queries.listing import export_appointments
from hms_app.domain.scheduling.queries.offerings import offering_choices
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.values.calendar import CalendarView, CalendarWish
from hms_app.domain.scheduling.values.words import ResourceKind
from tests.domain.scheduling.test_plans import counted
from tests.factories.booking import BERLIN, MONDAY, Clinic, make_clinic, may, put_equipment
from tests.factories.clinical import make_record
from tests.factories.scheduling import put_exception, put_schedule

P = Permission
READER = may(P.SCHEDULING_APPOINTMENT_READ, P.PATIENTS_PATIENT_READ, locale=BERLIN)
DAY = dt.date.fromisoformat(MONDAY)


@pytest.fixture(autouse=True)
def saturday() -> Iterator[None]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=False):
        yield


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """Three doctors, three rooms."""
    return make_clinic(session, practitioners=3, rooms=3)


def came_from_outside(session: Session, **fields: Any) -> int:
    """A practitioner whom a file brought, of an outside practice."""
    outside = Organization(name="Practice")
    session.add(outside)
    session.flush()
    made = Practitioner(family_name="Away", name_key="away", organization_id=outside.key, **fields)
    session.add(made)
    session.flush()
    return made.key


def read(session: Session, **asked: object) -> CalendarView:
    return get_calendar(session, READER, wish=CalendarWish(day=DAY, **asked))  # type: ignore[arg-type]


def test_a_day_has_a_column_for_each_with_hours_and_shows_what_is_booked(
    session: Session, clinic: Clinic
) -> None:
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    first, second, third = read(session).columns
    assert [f"{one.name}" for one in (first, second, third)] == [
        "Dr Ada Okafor A",
        "Dr Ada Okafor B",
        "Dr Ada Okafor C",
    ]
    assert [BERLIN.time(row.starts_at) for row in first.appointments] == ["10:00"]
    assert second.appointments == ()
    assert [(BERLIN.time(span.start), BERLIN.time(span.end)) for span in first.open] == [("08:00", "17:00")]


def test_who_works_elsewhere_has_no_column_and_who_came_from_there_to_a_department_has(
    session: Session, clinic: Clinic
) -> None:
    came_from_outside(session)
    ours = came_from_outside(session, department_id=clinic.department_id)
    known = {thing_id for thing_id, _ in read(session).things}
    assert known == {*clinic.practitioners, ours}


def test_a_week_of_one_has_seven_days_and_leave_is_closed(session: Session, clinic: Clinic) -> None:
    put_exception(session, "2026-12-02", resource_id=clinic.resources[1])
    week = read(session, is_week=True, thing_id=clinic.practitioners[1])
    assert [column.day.isoweekday() for column in week.columns] == [1, 2, 3, 4, 5, 6, 7]
    assert [len(column.closed) for column in week.columns] == [0, 0, 1, 0, 0, 0, 0]
    assert [bool(column.open) for column in week.columns] == [True, True, False, True, True, False, False]


def test_the_calendar_by_rooms_shows_who_is_in_them(session: Session, clinic: Clinic) -> None:
    booking = clinic.booking(f"{MONDAY} 10:00", room_id=clinic.rooms[0])
    book_appointment(session, clinic.desk, booking=booking)
    (column,) = read(session, by=ResourceKind.ROOM).columns
    assert (column.thing_id, len(column.appointments)) == (clinic.rooms[0], 1)


def test_the_calendar_wants_its_right(session: Session, clinic: Clinic) -> None:
    with pytest.raises(NotPermitted):
        get_calendar(session, may(P.SCHEDULING_SERVICE_READ), wish=CalendarWish(day=DAY))


def test_more_columns_and_more_bookings_cost_no_more_statements(
    connection: sa.Connection, session: Session, clinic: Clinic
) -> None:
    read(session)
    with counted(connection) as few:
        read(session)
    for number in range(8):
        one = clinic.practitioners[number % 3]
        booking = clinic.booking(
            f"{MONDAY} {9 + number // 3:02}:00", patient_id=clinic.patient(), practitioner_id=one
        )
        book_appointment(session, clinic.desk, booking=booking)
    with counted(connection) as many:
        read(session)
    assert len(many) - sum("audit" in statement for statement in many) == len(few) - sum(
        "audit" in statement for statement in few
    )


def test_a_download_of_appointments_wants_its_own_right_beside_the_lists(
    session: Session, clinic: Clinic
) -> None:
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    exporter = may(P.SCHEDULING_APPOINTMENT_READ, P.SCHEDULING_APPOINTMENT_EXPORT)
    assert len(export_appointments(session, exporter, asked={}).rows) == 1
    for right in (P.SCHEDULING_APPOINTMENT_READ, P.SCHEDULING_APPOINTMENT_EXPORT):
        with pytest.raises(NotPermitted):
            export_appointments(session, may(right), asked={})


def test_a_services_form_offers_who_works_here_the_rooms_and_the_equipment(
    session: Session, clinic: Clinic
) -> None:
    put_equipment(session, "Ultrasound")
    came_from_outside(session)
    gone = session.get_one(Practitioner, clinic.practitioners[2])
    gone.is_active = False
    session.flush()
    offered = offering_choices(session, may(P.SCHEDULING_SERVICE_EDIT, P.SCHEDULING_SERVICE_READ))
    assert [int(one["value"]) for one in offered.practitioners] == clinic.practitioners[:2]
    assert [int(one["value"]) for one in offered.rooms] == clinic.rooms
    assert [one["label"] for one in offered.equipment] == ["Ultrasound"]


def test_one_schedule_is_read_by_its_id_or_refused(session: Session, clinic: Clinic) -> None:
    schedule_id = put_schedule(session, clinic.resources[0], ["6 09:00-12:00"], name="Saturdays")
    reader = may(P.SCHEDULING_SCHEDULE_READ)
    assert get_schedule(session, reader, schedule_id=schedule_id).name == "Saturdays"
    with pytest.raises(NotFound):
        get_schedule(session, reader, schedule_id=schedule_id + 1)
    with pytest.raises(NotPermitted):
        get_schedule(session, may(P.SCHEDULING_SERVICE_READ), schedule_id=schedule_id)


def test_a_condition_is_called_as_records_call_it(session: Session, clinic: Clinic) -> None:
    reader = may(P.CLINICAL_CONDITION_READ)
    patient = session.get_one(Patient, clinic.patient_id)
    make_record(session, Condition, patient, code="38341003", display="Hypertension")
    assert get_condition_name(session, reader, code="38341003") == "Hypertension"
    with pytest.raises(NotFound):
        get_condition_name(session, reader, code="none")
