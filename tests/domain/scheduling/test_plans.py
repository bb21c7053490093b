"""What is loaded of schedules and exceptions, and what can be booked by it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.errors import NotFound
from hms_app.domain.organization import queries as organization
from hms_app.domain.organization import service
from hms_app.domain.scheduling.queries.schedules import plans_of
from hms_app.domain.scheduling.rules.hours import Plan, openings
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.values.words import ResourceKind
from tests.factories.organization import SYSTEM, make_department, make_practitioner, make_room
from tests.factories.scheduling import make_resource, put_exception, put_schedule

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY, TUESDAY, SUNDAY = dt.date(2026, 11, 30), dt.date(2026, 12, 1), dt.date(2026, 12, 6)


def hours_of(plan: Plan, first: dt.date, last: dt.date) -> list[str]:
    """The openings from one day to another, as "30 08:00-12:00" in wall-clock time."""
    asked = Span(day_edges(first, BERLIN)[0], day_edges(last, BERLIN)[1])
    return [
        f"{span.start.astimezone(BERLIN):%d %H:%M}-{span.end.astimezone(BERLIN):%H:%M}"
        for span in (opening.span for opening in openings(plan, BERLIN, asked))
    ]


def hours_in(session: Session, resource_id: int, first: dt.date, last: dt.date) -> list[str]:
    return hours_of(plans_of(session, [resource_id], first, last)[resource_id], first, last)


@contextmanager
def counted(connection: sa.Connection) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(*call: object) -> None:
        sent.append(str(call[2]))

    sa.event.listen(connection, "before_cursor_execute", note)
    yield sent
    sa.event.remove(connection, "before_cursor_execute", note)


def test_a_plan_has_the_weekly_windows_of_the_schedules_that_hold(session: Session) -> None:
    ada = make_resource(session)
    put_schedule(session, ada, ["1 08:00-12:00", "1 13:00-17:00", "2 08:00-12:00"])
    put_schedule(session, ada, ["2 18:00-20:00"], valid_from=TUESDAY, valid_to=TUESDAY)
    put_schedule(session, ada, ["1 06:00-07:00"], valid_to=MONDAY - dt.timedelta(days=1))
    put_schedule(session, ada, ["1 05:00-06:00"], is_active=False)
    assert hours_in(session, ada, MONDAY, SUNDAY) == [
        "30 08:00-12:00",
        "30 13:00-17:00",
        "01 08:00-12:00",
        "01 18:00-20:00",
    ]


def test_a_window_over_midnight_is_there_on_the_morning_after_its_schedule_ended(session: Session) -> None:
    ada = make_resource(session)
    put_schedule(session, ada, ["1 20:00-04:00+"], valid_to=MONDAY)
    assert hours_in(session, ada, TUESDAY, TUESDAY) == ["01 00:00-04:00"]


def test_leave_closures_and_holidays_take_time_and_what_is_only_requested_takes_none(
    session: Session,
) -> None:
    ada = make_resource(session)
    put_schedule(session, ada, [f"{day} 08:00-12:00" for day in range(1, 8)])
    put_exception(session, "2026-11-30", resource_id=ada, cause="leave")
    put_exception(session, "2026-12-01", cause="public_holiday")
    put_exception(session, "2026-12-02", resource_id=ada, cause="leave", status="requested")
    put_exception(session, "2026-12-03", resource_id=ada, cause="leave", status="withdrawn")
    put_exception(session, "2026-12-04", start_time=dt.time(10), end_time=dt.time(11))
    assert hours_in(session, ada, MONDAY, SUNDAY) == [
        "02 08:00-12:00",
        "03 08:00-12:00",
        "04 08:00-10:00",
        "04 11:00-12:00",
        "05 08:00-12:00",
        "06 08:00-12:00",
    ]


def test_leave_of_one_practitioner_takes_no_time_of_another(session: Session) -> None:
    ada, ben = make_resource(session), make_resource(session, given_names="Ben")
    for resource_id in (ada, ben):
        put_schedule(session, resource_id, ["1 08:00-12:00"])
    put_exception(session, "2026-11-30", resource_id=ada, cause="leave")
    plans = plans_of(session, [ada, ben], MONDAY, MONDAY)
    assert (hours_of(plans[ada], MONDAY, MONDAY), hours_of(plans[ben], MONDAY, MONDAY)) == (
        [],
        ["30 08:00-12:00"],
    )


def test_the_closure_of_a_department_takes_just_the_hours_that_are_there(session: Session) -> None:
    eyes, ears = make_department(session), make_department(session, name="Ears", code="ENT")
    ada = make_resource(session, department_id=eyes.id)
    room = make_room(session, department_id=ears.id)
    put_schedule(session, ada, ["1 08:00-10:00"])
    put_schedule(session, ada, ["1 10:00-12:00"], room_id=room.id)
    put_schedule(session, ada, ["1 13:00-15:00"], department_id=ears.id)
    put_exception(session, "2026-11-30", department_id=ears.id, cause="closure")
    assert hours_in(session, ada, MONDAY, MONDAY) == ["30 08:00-10:00"]
    put_exception(session, "2026-11-30", department_id=eyes.id, cause="closure")
    assert hours_in(session, ada, MONDAY, MONDAY) == []


def test_hours_given_for_one_day_are_added_or_stand_instead(session: Session) -> None:
    ada = make_resource(session)
    put_schedule(session, ada, ["1 08:00-12:00", "2 08:00-12:00"])
    evening: dict[str, Any] = {"resource_id": ada, "start_time": dt.time(18), "end_time": dt.time(20)}
    put_exception(session, "2026-11-30", kind="extra", **evening)
    put_exception(session, "2026-12-01", kind="instead", **evening)
    assert hours_in(session, ada, MONDAY, TUESDAY) == ["30 08:00-12:00", "30 18:00-20:00", "01 18:00-20:00"]


def test_a_plan_knows_place_services_step_and_numbers_of_its_schedules(session: Session) -> None:
    department = make_department(session)
    room = make_room(session, department_id=department.id)
    ada = make_resource(session)
    key = put_schedule(
        session, ada, ["1 08:00-12:00"], room_id=room.id, mode="tokens", capacity=30, slot_minutes=20
    )
    (found,) = plans_of(session, [ada], MONDAY, MONDAY)[ada].schedules
    assert (found.schedule_id, found.room_id, found.department_id) == (key, room.id, department.id)
    assert (found.capacity, found.step, found.services) == (30, dt.timedelta(minutes=20), frozenset())


def test_who_no_longer_works_here_has_no_hours(session: Session) -> None:
    practitioner = make_practitioner(session)
    ada = resource_of(session, ResourceKind.PRACTITIONER, practitioner.id)
    put_schedule(session, ada, ["1 08:00-12:00"])
    service.close_practitioner(session, SYSTEM, practitioner_id=practitioner.id, version=practitioner.version)
    assert not organization.get_practitioner(session, SYSTEM, practitioner_id=practitioner.id).is_active
    assert plans_of(session, [ada], MONDAY, MONDAY) == {ada: Plan()}


def test_the_plans_of_many_take_as_many_statements_as_the_plan_of_one(
    session: Session, connection: sa.Connection
) -> None:
    keys = [make_resource(session, given_names=f"Doctor {number}") for number in range(12)]
    for key in keys:
        put_schedule(session, key, ["1 08:00-12:00"])
        put_exception(session, "2026-11-30", resource_id=key)
    with counted(connection) as sent:
        assert len(plans_of(session, keys, MONDAY, MONDAY)) == 12
    assert len(sent) == 5


def test_a_practitioner_is_one_resource_however_often_it_is_asked_for(session: Session) -> None:
    practitioner = make_practitioner(session)
    first = resource_of(session, ResourceKind.PRACTITIONER, practitioner.id)
    assert resource_of(session, ResourceKind.PRACTITIONER, practitioner.id) == first


@pytest.mark.parametrize("kind", ResourceKind)
def test_what_is_not_there_is_no_resource(session: Session, kind: ResourceKind) -> None:
    with pytest.raises(NotFound):
        resource_of(session, kind, 4711)
