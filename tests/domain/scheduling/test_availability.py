"""Free times: what is offered can be booked and what can be booked is offered; the next one; the cost of asking."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core.locale import HospitalLocale
from hms_app.domain.scheduling.queries.availability import list_free_times, next_free
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.values.booking import SlotWish
from hms_app.domain.scheduling.values.words import ResourceKind
from tests.factories.booking import DESK, MONDAY, Clinic, at, make_clinic, put_equipment, put_service
from tests.factories.scheduling import put_exception, put_schedule

DAY = dt.date.fromisoformat(MONDAY)


@pytest.fixture(autouse=True)
def saturday() -> Iterator[time_machine.Traveller]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=False) as clock:
        yield clock


def times(clinic: Clinic, day: dt.date = DAY, last: dt.date | None = None, **wish: Any) -> list[list[str]]:
    """The free starts of each column, on the hospital's clocks."""
    fields: dict[str, Any] = {"service_id": clinic.service_id, **wish}
    found = list_free_times(
        clinic.session,
        clinic.desk,
        wish=SlotWish(**fields),
        first=day,
        last=last or day,
    )
    return [[clinic.locale.time(slot.starts_at) for slot in one.slots] for one in found]


def test_several_stand_side_by_side_each_without_what_is_booked(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2, windows=("1 08:00-10:00",), schedule={"slot_minutes": 30})
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 08:30"))
    assert times(clinic) == [["08:00", "09:00", "09:30"], ["08:00", "08:30", "09:00", "09:30"]]
    assert times(clinic, practitioner_ids=(clinic.practitioners[1],)) == [
        ["08:00", "08:30", "09:00", "09:30"]
    ]
    assert times(clinic, patient_id=clinic.patient_id)[1] == ["08:00", "09:00", "09:30"]


def test_preparation_and_cleanup_keep_bookings_apart(session: Session) -> None:
    clinic = make_clinic(
        session, windows=("1 08:00-10:00",), duration_minutes=15, preparation_minutes=15, cleanup_minutes=15
    )
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 09:00"))
    assert times(clinic) == [["08:00", "08:15", "09:45"]]


def test_only_what_is_not_over_is_free(session: Session, saturday: time_machine.Traveller) -> None:
    clinic = make_clinic(session, windows=("1 08:00-10:00",), schedule={"slot_minutes": 30})
    saturday.move_to(at(f"{MONDAY} 09:00"))
    assert times(clinic) == [["09:00", "09:30"]]


def test_doctor_and_room_are_there_at_the_same_time(session: Session) -> None:
    new_york = HospitalLocale("America/New_York", "USD", "en", "US")
    clinic = make_clinic(
        session,
        rooms=1,
        windows=("1 09:00-17:00", "2 09:00-17:00"),
        locale=new_york,
        duration_minutes=60,
        schedule={"slot_minutes": 60},
        ahead_days=400,
    )
    room = resource_of(session, ResourceKind.ROOM, clinic.rooms[0])
    put_schedule(session, room, ("2 13:00-18:00", "3 13:00-18:00"))
    monday = dt.date(2027, 3, 15)
    assert times(clinic, monday, monday + dt.timedelta(days=6)) == [["13:00", "14:00", "15:00", "16:00"]]


def test_no_shared_day_leaves_nothing(session: Session) -> None:
    clinic = make_clinic(session, rooms=1, windows=("1 09:00-17:00",))
    put_schedule(session, resource_of(session, ResourceKind.ROOM, clinic.rooms[0]), ("2 09:00-17:00",))
    assert times(clinic, DAY, DAY + dt.timedelta(days=6)) == [[]]
    assert next_free(session, clinic.desk, wish=SlotWish(clinic.service_id)) is None


def test_the_rooms_of_schedules_are_taken_with_their_doctors(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2, rooms=1, windows=())
    for resource in clinic.resources:
        put_schedule(session, resource, ("1 08:00-09:00",), room_id=clinic.rooms[0], slot_minutes=30)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 08:00"))
    assert times(clinic) == [["08:30"], ["08:30"]]


def test_equipment_is_free_too(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2, windows=("1 08:00-09:00",), schedule={"slot_minutes": 30})
    device = put_equipment(session, "Ultrasound")
    scan = put_service(session, [*clinic.resources, device], name="Scan", needs_equipment=True)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 08:00", service_id=scan))
    assert times(clinic, service_id=scan) == [["08:30"], ["08:30"]]


def test_the_next_free_time_lies_behind_full_weeks_and_leave(session: Session) -> None:
    clinic = make_clinic(
        session, windows=("1 08:00-09:00",), duration_minutes=60, schedule={"slot_minutes": 60}
    )
    put_exception(session, MONDAY, "2027-01-31", resource_id=clinic.resources[0], cause="leave")
    found = next_free(session, clinic.desk, wish=SlotWish(clinic.service_id))
    assert found is not None
    assert (found.starts_at, found.practitioner) == (at("2027-02-01 08:00"), "Dr Ada Okafor A")


def test_the_next_free_of_a_specialty_is_the_earliest_of_its_practitioners(session: Session) -> None:
    clinic = make_clinic(session, practitioners=3, windows=("1 08:00-09:00",))
    session.execute(
        sa.text("UPDATE practitioner SET specialty = 'Skin' WHERE id <> :id"), {"id": clinic.practitioners[0]}
    )
    put_exception(session, MONDAY, resource_id=clinic.resources[1], cause="leave")
    for wish in (
        SlotWish(clinic.service_id, specialty="Skin"),
        SlotWish(specialty="Skin", duration_minutes=30),
    ):
        found = next_free(session, clinic.desk, wish=wish)
        assert found is not None
        assert (found.practitioner_id, found.starts_at) == (clinic.practitioners[2], at(f"{MONDAY} 08:00"))


def test_a_session_is_offered_while_it_has_numbers(session: Session) -> None:
    clinic = make_clinic(session, windows=("1 08:00-12:00",), schedule={"mode": "tokens", "capacity": 2})
    for left in (2, 1):
        found = next_free(session, clinic.desk, wish=SlotWish(clinic.service_id))
        assert found is not None
        assert (found.starts_at, found.numbers_left) == (at(f"{MONDAY} 08:00"), left)
        book_appointment(
            session, clinic.desk, booking=clinic.booking(f"{MONDAY} 08:00", patient_id=clinic.patient())
        )
    found = next_free(session, clinic.desk, wish=SlotWish(clinic.service_id))
    assert found is not None
    assert found.starts_at == at("2026-12-07 08:00")


@pytest.mark.parametrize(("day", "starts"), [("2027-03-28", 10), ("2027-10-31", 14), ("2027-04-04", 12)])
def test_days_on_which_the_clocks_change_have_as_many_times_as_real_hours(
    session: Session, day: str, starts: int
) -> None:
    clinic = make_clinic(session, windows=("7 00:30-06:30",), ahead_days=400, schedule={"slot_minutes": 30})
    assert [len(column) for column in times(clinic, dt.date.fromisoformat(day))] == [starts]


def test_every_time_that_is_offered_can_be_booked_and_no_other(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2, rooms=1, windows=("1 08:00-10:00",), cleanup_minutes=10)
    offered = times(clinic, practitioner_ids=(clinic.practitioners[0],))[0]
    quarters = [f"{8 + n // 4:02}:{n % 4 * 15:02}" for n in range(8)]
    for start in quarters:
        booking = clinic.booking(f"{MONDAY} {start}", patient_id=clinic.patient())
        with session.begin_nested() as undone:
            try:
                book_appointment(session, DESK, booking=booking)
                assert start in offered
            except Exception as refused:
                assert start not in offered, refused
            undone.rollback()
        session.expire_all()


def test_asking_costs_as_many_statements_for_twenty_as_for_two(
    session: Session, connection: sa.Connection
) -> None:
    clinic = make_clinic(session, practitioners=20, rooms=3, windows=("1 08:00-12:00",))
    asked: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))

    def count(**wish: Any) -> int:
        session.expire_all()
        asked.clear()
        times(clinic, DAY, DAY + dt.timedelta(days=20), **wish)
        return len(asked)

    assert count(practitioner_ids=tuple(clinic.practitioners[:2])) == count() <= 14
