"""When resources can be booked, as the plans that rules make openings of."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.domain.organization.tables import Practitioner, Room
from hms_app.domain.scheduling.rules.hours import Exceptional, Hours, Plan, WeeklyPlan
from hms_app.domain.scheduling.tables import (
    AvailabilityException,
    Resource,
    Schedule,
    ScheduleService,
    ScheduleWindow,
)
from hms_app.domain.scheduling.values.words import ExceptionCause, ExceptionKind, ExceptionStatus

_DAY: Final = dt.timedelta(days=1)


class _Home(NamedTuple):
    """Where a resource belongs, and whether it is still in use."""

    department_id: int | None
    is_active: bool


def plans_of(
    session: Session, resource_ids: Collection[int], first_day: dt.date, last_day: dt.date
) -> dict[int, Plan]:
    """For each resource what says when it can be booked from one day to another, in five statements however many.

    Only granted exceptions count. A resource that is closed has an empty plan, and one that is not known none at all.
    """
    homes = _homes(session, resource_ids)
    open_ids = [resource_id for resource_id, home in homes.items() if home.is_active]
    schedules = _schedules(session, open_ids, homes, first_day, last_day)
    exceptions = _exceptions(session, open_ids, homes, first_day, last_day)
    return {
        resource_id: Plan(tuple(schedules[resource_id]), (*exceptions[None], *exceptions[resource_id]))
        if home.is_active
        else Plan()
        for resource_id, home in homes.items()
    }


def _homes(session: Session, resource_ids: Collection[int]) -> dict[int, _Home]:
    home = sa.func.coalesce(
        col(Resource.department_id), col(Practitioner.department_id), col(Room.department_id)
    )
    is_active = (
        col(Resource.is_active)
        & sa.func.coalesce(col(Practitioner.is_active), True)
        & sa.func.coalesce(col(Room.is_active), True)
    )
    found = session.execute(
        sa.select(col(Resource.id), home, is_active)
        .outerjoin(Practitioner, col(Practitioner.id) == col(Resource.practitioner_id))
        .outerjoin(Room, col(Room.id) == col(Resource.room_id))
        .where(col(Resource.id).in_(resource_ids))
    )
    return {resource_id: _Home(department_id, active) for resource_id, department_id, active in found}


def _schedules(
    session: Session,
    resource_ids: Sequence[int],
    homes: Mapping[int, _Home],
    first_day: dt.date,
    last_day: dt.date,
) -> dict[int, list[WeeklyPlan]]:
    """The schedules that hold on one of the days, or on the day before: its windows may end after midnight."""
    found = session.execute(
        sa.select(Schedule, col(Room.department_id))
        .outerjoin(Room, col(Room.id) == col(Schedule.room_id))
        .where(
            col(Schedule.resource_id).in_(resource_ids),
            col(Schedule.is_active),
            col(Schedule.valid_from) <= last_day,
            sa.or_(col(Schedule.valid_to).is_(None), col(Schedule.valid_to) >= first_day - _DAY),
        )
        .order_by(col(Schedule.id))
    ).all()
    keys = [schedule.key for schedule, _ in found]
    windows, services = _windows(session, keys), _services(session, keys)
    plans: dict[int, list[WeeklyPlan]] = defaultdict(list)
    for schedule, rooms_department in found:
        home = homes[schedule.resource_id].department_id
        department_id = schedule.department_id or rooms_department or home
        plans[schedule.resource_id].append(
            _weekly_plan(schedule, department_id, windows[schedule.key], services[schedule.key])
        )
    return plans


def _windows(session: Session, schedule_ids: Sequence[int]) -> dict[int, list[ScheduleWindow]]:
    """The weekly windows of each schedule, in the order of the week."""
    found = session.exec(
        select(ScheduleWindow)
        .where(col(ScheduleWindow.schedule_id).in_(schedule_ids))
        .order_by(col(ScheduleWindow.weekday), col(ScheduleWindow.start_time), col(ScheduleWindow.id))
    )
    windows: dict[int, list[ScheduleWindow]] = defaultdict(list)
    for window in found:
        windows[window.schedule_id].append(window)
    return windows


def _services(session: Session, schedule_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """The services that each schedule is for; none where it is for all."""
    found = session.exec(
        select(ScheduleService.schedule_id, ScheduleService.service_id).where(
            col(ScheduleService.schedule_id).in_(schedule_ids)
        )
    )
    services: dict[int, frozenset[int]] = defaultdict(frozenset)
    for schedule_id, service_id in found:
        services[schedule_id] |= {service_id}
    return services


def _weekly_plan(
    schedule: Schedule,
    department_id: int | None,
    windows: Sequence[ScheduleWindow],
    services: frozenset[int],
) -> WeeklyPlan:
    return WeeklyPlan(
        schedule.key,
        schedule.valid_from,
        schedule.valid_to,
        dt.timedelta(minutes=schedule.slot_minutes),
        tuple(
            (window.weekday, Hours(window.start_time, window.end_time, window.is_overnight))
            for window in windows
        ),
        room_id=schedule.room_id,
        department_id=department_id,
        services=services,
        capacity=schedule.capacity,
    )


def _exceptions(
    session: Session,
    resource_ids: Sequence[int],
    homes: Mapping[int, _Home],
    first_day: dt.date,
    last_day: dt.date,
) -> dict[int | None, list[Exceptional]]:
    """The granted exceptions of each resource, and under None those of the house and of its departments."""
    found = session.execute(
        sa.select(AvailabilityException, col(Room.department_id))
        .outerjoin(Room, col(Room.id) == col(AvailabilityException.room_id))
        .where(
            col(AvailabilityException.status) == ExceptionStatus.GRANTED.value,
            col(AvailabilityException.starts_on) <= last_day,
            col(AvailabilityException.ends_on) >= first_day - _DAY,
            sa.or_(
                col(AvailabilityException.resource_id).in_(resource_ids),
                col(AvailabilityException.resource_id).is_(None),
            ),
        )
        .order_by(col(AvailabilityException.id))
    )
    exceptions: dict[int | None, list[Exceptional]] = defaultdict(list)
    for row, rooms_department in found:
        gives_hours = row.kind != ExceptionKind.CLOSED.value
        place = (rooms_department or homes[row.resource_id].department_id) if gives_hours else None
        exceptions[row.resource_id].append(exceptional_of(row, place))
    return exceptions


def exceptional_of(row: AvailabilityException, place: int | None = None) -> Exceptional:
    """An exception as the rules take it; `place` is the department in which it gives hours."""
    return Exceptional(
        ExceptionKind(row.kind),
        row.starts_on,
        row.ends_on,
        row.start_time,
        row.end_time,
        row.is_overnight,
        cause=ExceptionCause(row.cause),
        step=dt.timedelta(minutes=row.slot_minutes),
        room_id=row.room_id,
        department_id=row.department_id or place,
    )
