"""Whose time it is, their schedules, and the days on which these do not hold, as the screen of schedules shows them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.organization.tables import Department, Practitioner, Room
from hms_app.domain.organization.values import Choice
from hms_app.domain.records.rules import text_of
from hms_app.domain.records.values import RowForm
from hms_app.domain.scheduling.queries.offerings import name_of, practitioner_choices, room_choices
from hms_app.domain.scheduling.queries.schedules import plans_of
from hms_app.domain.scheduling.queries.services import form_text
from hms_app.domain.scheduling.rules.hours import Opening, Plan, openings
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.rules.week import meetings, write_week
from hms_app.domain.scheduling.tables import (
    AvailabilityException,
    HealthcareService,
    Resource,
    Schedule,
    ScheduleService,
    ScheduleWindow,
)
from hms_app.domain.scheduling.values.schedules import (
    SCHEDULE_FORM,
    ExceptionRow,
    ScheduleRow,
    Whose,
    Window,
)
from hms_app.domain.scheduling.values.words import (
    ExceptionCause,
    ExceptionKind,
    ExceptionStatus,
    ResourceKind,
    ScheduleMode,
)

_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class OwnersTime:
    """Somebody's time: their name, their schedules, what is exceptional from a day on, and the hours of one week."""

    name: str
    is_active: bool
    schedules: tuple[ScheduleRow, ...]
    exceptions: tuple[ExceptionRow, ...]
    openings: tuple[Opening, ...]


@dataclass(frozen=True)
class OwnerChoices:
    """Whose time there is to look at."""

    practitioners: list[Choice]
    rooms: list[Choice]


@use_case(Permission.SCHEDULING_SCHEDULE_READ)
def list_owners(session: Session, actor: Actor) -> OwnerChoices:
    """The practitioners who work here, and the open rooms."""
    return OwnerChoices(practitioner_choices(session), room_choices(session))


@use_case(Permission.SCHEDULING_SCHEDULE_READ)
def get_time(session: Session, actor: Actor, *, whose: Whose, monday: dt.date) -> OwnersTime:
    """Somebody's schedules, their exceptions from that week on, and when they can be booked in it; raises NotFound."""
    name, is_active, department_id = _owner(session, whose)
    resource_id = find_resource(session, whose)
    last = monday + _WEEK - dt.timedelta(days=1)
    plan = plans_of(session, [resource_id], monday, last)[resource_id] if resource_id else Plan()
    zone = actor.locale.zone
    asked = Span(day_edges(monday, zone)[0], day_edges(last, zone)[1])
    return OwnersTime(
        name,
        is_active,
        schedules=tuple(schedules_of(session, resource_id)) if resource_id else (),
        exceptions=tuple(_exceptions(session, resource_id, department_id, monday)),
        openings=tuple(openings(plan, zone, asked)),
    )


def find_resource(session: Session, whose: Whose) -> int | None:
    """The resource that somebody or something is; None before it is first needed."""
    column = {
        ResourceKind.PRACTITIONER: col(Resource.practitioner_id),
        ResourceKind.ROOM: col(Resource.room_id),
        ResourceKind.EQUIPMENT: col(Resource.id),
    }[whose.kind]
    return session.exec(
        select(Resource.id).where(column == whose.thing_id, Resource.kind == whose.kind.value)
    ).first()


def schedules_of(session: Session, resource_id: int) -> list[ScheduleRow]:
    """The schedules of a resource that are in use, the latest first, with what of them falls together."""
    rows = _schedules(session, col(Schedule.resource_id) == resource_id, col(Schedule.is_active))
    return [replace(row, meets=_meetings(row, rows)) for row in rows]


def schedule_row(session: Session, schedule_id: int) -> ScheduleRow:
    """One schedule, for use cases that have asked who may; raises NotFound."""
    rows = _schedules(session, col(Schedule.id) == schedule_id)
    if not rows:
        raise NotFound("schedule")
    return rows[0]


@use_case(Permission.SCHEDULING_SCHEDULE_READ)
def get_schedule(session: Session, actor: Actor, *, schedule_id: int) -> ScheduleRow:
    """One schedule; raises NotFound."""
    return schedule_row(session, schedule_id)


def schedule_form(session: Session, _actor: Actor, schedule_id: int) -> RowForm:
    """One schedule as its form shows it."""
    return form_of_schedule(schedule_row(session, schedule_id))


def form_of_schedule(row: ScheduleRow) -> RowForm:
    """A schedule as its form shows it, with what its ids read as."""
    plain = {
        name: form_text(getattr(row, name)) for name in SCHEDULE_FORM if name not in ("hours", "services")
    }
    return RowForm(
        {
            **plain,
            "hours": write_week(row.windows),
            "services": ",".join(one["value"] for one in row.services),
            text_of("services"): ", ".join(one["label"] for one in row.services),
            text_of("room_id"): row.room,
        },
        is_ended=not row.is_active,
    )


def exception_row(session: Session, exception_id: int) -> ExceptionRow:
    """One exception, for use cases that have asked who may; raises NotFound."""
    found = session.execute(
        _exception_statement().where(col(AvailabilityException.id) == exception_id)
    ).first()
    if found is None:
        raise NotFound("exception")
    return _exception(*found)


def _owner(session: Session, whose: Whose) -> tuple[str, bool, int | None]:
    """What they are called, whether they are still in use, and their department."""
    if whose.kind is ResourceKind.PRACTITIONER:
        practitioner = session.get(Practitioner, whose.thing_id)
        if practitioner is not None:
            return name_of(practitioner), practitioner.is_active, practitioner.department_id
    elif whose.kind is ResourceKind.ROOM:
        room = session.get(Room, whose.thing_id)
        if room is not None:
            return room.name, room.is_active, room.department_id
    raise NotFound(whose.kind.value)


def _meetings(row: ScheduleRow, others: Sequence[ScheduleRow]) -> tuple[Window, ...]:
    """The windows of a schedule that share time with those of another, while both hold."""
    same = [
        window for other in others if other.id != row.id and row.holds_with(other) for window in other.windows
    ]
    return tuple(meetings(row.windows, same))


def _schedules(session: Session, *conditions: Any) -> list[ScheduleRow]:
    found = session.execute(
        sa.select(Schedule, col(Room.name))
        .outerjoin(Room, col(Room.id) == col(Schedule.room_id))
        .where(*conditions)
        .order_by(col(Schedule.valid_from).desc(), col(Schedule.id).desc())
    ).all()
    keys = [schedule.key for schedule, _ in found]
    windows, services = _windows(session, keys), _services(session, keys)
    return [
        ScheduleRow(
            id=schedule.key,
            version=schedule.version,
            is_active=schedule.is_active,
            resource_id=schedule.resource_id,
            name=schedule.name,
            mode=ScheduleMode(schedule.mode),
            slot_minutes=schedule.slot_minutes,
            capacity=schedule.capacity,
            valid_from=schedule.valid_from,
            valid_to=schedule.valid_to,
            room_id=schedule.room_id,
            room=room or "",
            windows=tuple(windows[schedule.key]),
            services=tuple(services[schedule.key]),
        )
        for schedule, room in found
    ]


def _windows(session: Session, schedule_ids: Collection[int]) -> dict[int, list[Window]]:
    found = session.exec(
        select(ScheduleWindow)
        .where(col(ScheduleWindow.schedule_id).in_(schedule_ids))
        .order_by(col(ScheduleWindow.weekday), col(ScheduleWindow.start_time), col(ScheduleWindow.id))
    )
    windows: dict[int, list[Window]] = defaultdict(list)
    for row in found:
        windows[row.schedule_id].append(Window(row.weekday, row.start_time, row.end_time))
    return windows


def _services(session: Session, schedule_ids: Collection[int]) -> dict[int, list[Choice]]:
    found = session.execute(
        sa.select(col(ScheduleService.schedule_id), col(HealthcareService.id), col(HealthcareService.name))
        .join(HealthcareService, col(HealthcareService.id) == col(ScheduleService.service_id))
        .where(col(ScheduleService.schedule_id).in_(schedule_ids))
        .order_by(col(HealthcareService.name_key))
    )
    services: dict[int, list[Choice]] = defaultdict(list)
    for schedule_id, service_id, name in found:
        services[schedule_id].append(Choice(value=str(service_id), label=name, detail=""))
    return services


def _exceptions(
    session: Session, resource_id: int | None, department_id: int | None, from_day: dt.date
) -> list[ExceptionRow]:
    """Those of a resource, of its department and of the house that are not over before a day."""
    table = AvailabilityException
    shared = col(table.resource_id).is_(None) & sa.or_(
        col(table.department_id).is_(None), col(table.department_id) == department_id
    )
    found = session.execute(
        _exception_statement()
        .where(
            sa.or_(col(table.resource_id) == resource_id, shared),
            col(table.ends_on) >= from_day,
            col(table.status) != ExceptionStatus.WITHDRAWN.value,
        )
        .order_by(col(table.starts_on), col(table.start_time).nulls_first(), col(table.id))
        .limit(100)
    )
    return [_exception(*row) for row in found]


def _exception_statement() -> Any:
    return (
        sa.select(AvailabilityException, col(Department.name), col(Room.name))
        .outerjoin(Department, col(Department.id) == col(AvailabilityException.department_id))
        .outerjoin(Room, col(Room.id) == col(AvailabilityException.room_id))
    )


def _exception(row: AvailabilityException, department: str | None, room: str | None) -> ExceptionRow:
    return ExceptionRow(
        id=row.key,
        version=row.version,
        kind=ExceptionKind(row.kind),
        cause=ExceptionCause(row.cause),
        status=ExceptionStatus(row.status),
        resource_id=row.resource_id,
        department_id=row.department_id,
        department=department or "",
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        start_time=row.start_time,
        end_time=row.end_time,
        is_overnight=row.is_overnight,
        slot_minutes=row.slot_minutes,
        room_id=row.room_id,
        room=room or "",
        note=row.note,
    )
