"""The calendar: a day with a column for each practitioner or room, or a week of one of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.organization.queries import find_user_practitioner
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Practitioner, Room
from hms_app.domain.scheduling.queries.appointments import appointment_row, appointments_statement
from hms_app.domain.scheduling.queries.schedules import plans_of
from hms_app.domain.scheduling.rules.hours import Plan, openings
from hms_app.domain.scheduling.rules.spans import Span, joined
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.tables import Appointment, Resource, ServiceResource
from hms_app.domain.scheduling.values.calendar import (
    MOST_COLUMNS,
    WEEK_DAYS,
    CalendarColumn,
    CalendarView,
    CalendarWish,
    Closing,
)
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import ExceptionKind, ResourceKind

_DAY: Final = dt.timedelta(days=1)
LONGEST: Final = dt.timedelta(days=2)
"""No appointment takes longer: the index on when they start is enough to find those of a day."""


@dataclass(frozen=True)
class _Thing:
    """A practitioner or room, and the resource it is reserved by, if it ever was."""

    thing_id: int
    resource_id: int | None
    name: str
    plain_name: str


@use_case(Permission.SCHEDULING_APPOINTMENT_READ)
def get_calendar(session: Session, actor: Actor, *, wish: CalendarWish) -> CalendarView:
    """The columns of a day or week, in a number of statements that does not grow with them.

    A day leaves out whoever has neither hours nor appointments on it, unless one is asked for by name.
    """
    zone = actor.locale.zone
    known = _things(session, wish)
    if wish.is_week and known:
        wish = replace(wish, thing_id=_chosen(session, actor, wish, known))
    things = [one for one in known if wish.thing_id in (None, one.thing_id)]
    days = _days(wish)
    plans = plans_of(session, [one.resource_id for one in things if one.resource_id], days[0], days[-1])
    span = Span(day_edges(days[0], zone)[0], day_edges(days[-1], zone)[1])
    booked = _booked(session, actor, wish.by, [one.thing_id for one in things], span)
    columns = [
        _column(one, day, plans.get(one.resource_id or 0, Plan()), booked[one.thing_id], zone)
        for one in things
        for day in days
    ]
    shown = columns if wish.thing_id else [one for one in columns if one.open or one.appointments]
    return CalendarView(
        wish,
        tuple((one.thing_id, one.name) for one in known),
        days,
        tuple(shown[:MOST_COLUMNS]),
        max(0, len(shown) - MOST_COLUMNS),
        clock.now(),
    )


def _days(wish: CalendarWish) -> tuple[dt.date, ...]:
    if not wish.is_week:
        return (wish.day,)
    monday = wish.day - _DAY * wish.day.weekday()
    return tuple(monday + _DAY * number for number in range(WEEK_DAYS))


def _chosen(session: Session, actor: Actor, wish: CalendarWish, known: Sequence[_Thing]) -> int:
    """Whose week it is: the one asked for, the reader's own, or the first."""
    wanted = wish.thing_id
    if wanted is None and wish.by is ResourceKind.PRACTITIONER and actor.user_id:
        wanted = find_user_practitioner(session, user_id=actor.user_id)
    return next((one.thing_id for one in known if one.thing_id == wanted), known[0].thing_id)


def _things(session: Session, wish: CalendarWish) -> list[_Thing]:
    is_room = wish.by is ResourceKind.ROOM
    table: Any = Room if is_room else Practitioner
    resource: Any = Resource.room_id if is_room else Resource.practitioner_id
    names: Any = (
        (sa.literal(""), sa.literal(""), Room.name)
        if is_room
        else (Practitioner.prefix, Practitioner.given_names, Practitioner.family_name)
    )
    statement = (
        sa.select(table.id, col(Resource.id), *names)
        .select_from(table)
        .outerjoin(Resource, resource == table.id)
        .where(*_narrowed(wish, table))
        .order_by(table.name_key, table.id)
    )
    return [
        _Thing(thing_id, resource_id, display_name(prefix, given, family), display_name("", given, family))
        for thing_id, resource_id, prefix, given, family in session.execute(statement)
    ]


def _narrowed(wish: CalendarWish, table: Any) -> list[Any]:
    conditions: list[Any] = [table.is_active]
    if table is Practitioner:
        outside = col(Practitioner.organization_id).is_not(None) & col(Practitioner.department_id).is_(None)
        conditions.append(~outside)
    if wish.department_id is not None:
        conditions.append(table.department_id == wish.department_id)
    if wish.service_id is not None:
        offers = sa.select(col(ServiceResource.resource_id)).where(
            col(ServiceResource.service_id) == wish.service_id
        )
        conditions.append(col(Resource.id).in_(offers))
    return conditions


def _booked(
    session: Session, actor: Actor, by: ResourceKind, thing_ids: Collection[int], span: Span
) -> dict[int, list[AppointmentRow]]:
    """The appointments that touch a span, by whom or where; each patient among them was looked at."""
    is_room = by is ResourceKind.ROOM
    whose = col(Appointment.room_id) if is_room else col(Appointment.practitioner_id)
    found = session.execute(
        appointments_statement()
        .where(whose.in_(thing_ids), col(Appointment.starts_at) < span.end)
        .where(col(Appointment.ends_at) > span.start, col(Appointment.starts_at) > span.start - LONGEST)
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )
    booked: dict[int, list[AppointmentRow]] = defaultdict(list)
    for row in (appointment_row(actor, one) for one in found):
        booked[(row.room_id if is_room else row.practitioner_id) or 0].append(row)
    shown = {row.patient_id for rows in booked.values() for row in rows if row.patient_id}
    audit.record_list(session, actor, place="calendar", shown=shown)
    return booked


def _column(
    one: _Thing, day: dt.date, plan: Plan, booked: Sequence[AppointmentRow], zone: ZoneInfo
) -> CalendarColumn:
    whole = Span(*day_edges(day, zone))
    opened = joined(opening.span for opening in openings(plan, zone, whole))
    closed = [
        Closing(part, item.cause)
        for item in plan.exceptions
        if item.kind == ExceptionKind.CLOSED and (part := item.closed(zone).within(whole))
    ]
    todays = [row for row in booked if whole.overlaps(Span(row.starts_at, row.ends_at))]
    return CalendarColumn(
        one.thing_id, one.name, one.plain_name, day, tuple(opened), tuple(closed), tuple(todays)
    )
