"""Writes of schedules: weekly hours of a practitioner, a room or a piece of equipment."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.permissions import AnyOf, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.organization.tables import Practitioner, Room
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind
from hms_app.domain.scheduling.queries.hours import schedule_form, schedule_row, schedules_of
from hms_app.domain.scheduling.rules.week import read_week, write_week
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.tables import (
    HealthcareService,
    Resource,
    Schedule,
    ScheduleService,
    ScheduleWindow,
)
from hms_app.domain.scheduling.values.audited import SchedulingAction as Did
from hms_app.domain.scheduling.values.schedules import ScheduleInput, ScheduleRow, Whose, Window
from hms_app.domain.scheduling.values.words import ResourceKind

SHAPING: Final = AnyOf(Permission.SCHEDULING_SCHEDULE_EDIT, Permission.SCHEDULING_SCHEDULE_EDIT_OWN)
"""Who may change schedules and leave: anybody's, or only their own (`ensure_may_shape` tells them apart)."""
_SCHEDULES: Final = RowKind(Schedule, "schedule", schedule_form)


def ensure_may_shape(actor: Actor, whose: Whose | None) -> None:
    """Raise NotPermitted unless somebody may change everybody's time, or this is their own; None is the house's."""
    if not may_shape(actor, whose):
        raise NotPermitted(str(Permission.SCHEDULING_SCHEDULE_EDIT))


def may_shape(actor: Actor, whose: Whose | None) -> bool:
    """Whether somebody may change this schedule and leave."""
    own = actor.practitioner_id
    is_own = own is not None and whose == Whose(ResourceKind.PRACTITIONER, own)
    may_own = is_own and actor.can(Permission.SCHEDULING_SCHEDULE_EDIT_OWN)
    return may_own or actor.can(Permission.SCHEDULING_SCHEDULE_EDIT)


def whose_time(session: Session, resource_id: int) -> Whose:
    """Whose time a resource's is."""
    resource = session.get_one(Resource, resource_id)
    return Whose(ResourceKind(resource.kind), resource.practitioner_id or resource.room_id or resource_id)


@use_case(SHAPING)
def add_schedule(session: Session, actor: Actor, *, whose: Whose, request: ScheduleInput) -> ScheduleRow:
    """Add weekly hours; the answer says which of them fall together with others of the same person or room.

    Raises NotFound, and DomainError beside the field of a place or service that is not in use.
    """
    ensure_may_shape(actor, whose)
    _ensure_in_use(session, whose, request)
    windows = _windows(request)
    schedule = Schedule(resource_id=resource_of(session, whose.kind, whose.thing_id), **_columns(request))
    session.add(schedule)
    session.flush()  # Its windows need its id.
    _write_windows(session, schedule.key, windows)
    _write_services(session, schedule.key, request.services)
    after = {**records.content_of(schedule), **_hung_on(session, schedule.key)}
    records.record_row(session, actor, Did.SCHEDULE_ADDED, schedule, after=after)
    return _saved(session, schedule)


@use_case(SHAPING)
def change_schedule(
    session: Session, actor: Actor, *, schedule_id: int, version: int, request: ScheduleInput
) -> ScheduleRow:
    """Change weekly hours; what is booked stays booked. Raises Conflict, and as `add_schedule` does."""
    schedule = _locked(session, actor, schedule_id, version)
    _ensure_in_use(session, whose_time(session, schedule.resource_id), request)
    windows = _windows(request)
    before = _hung_on(session, schedule_id)
    _write_windows(session, schedule_id, windows)
    _write_services(session, schedule_id, request.services)
    beside = (before, _hung_on(session, schedule_id))
    records.save_row(session, actor, schedule, Did.SCHEDULE_CHANGED, beside=beside, **_columns(request))
    return _saved(session, schedule)


@use_case(SHAPING)
def close_schedule(session: Session, actor: Actor, *, schedule_id: int, version: int) -> None:
    """Take weekly hours back altogether; what is booked stays booked."""
    schedule = _locked(session, actor, schedule_id, version)
    records.save_row(session, actor, schedule, Did.SCHEDULE_CLOSED, is_active=False)


def _locked(session: Session, actor: Actor, schedule_id: int, version: int) -> Schedule:
    found = session.get(Schedule, schedule_id)
    if found is None:
        raise NotFound("schedule")
    ensure_may_shape(actor, whose_time(session, found.resource_id))
    return records.locked_row(session, actor, _SCHEDULES, schedule_id, version=version)


def _windows(request: ScheduleInput) -> tuple[Window, ...]:
    try:
        return read_week(request.hours)
    except ValueError as refusal:
        raise DomainError(str(refusal), field="hours") from None


def _columns(request: ScheduleInput) -> dict[str, Any]:
    return {**request.model_dump(exclude={"hours", "services"}), "mode": request.mode.value}


def _ensure_in_use(session: Session, whose: Whose, request: ScheduleInput) -> None:
    """Raise DomainError unless whose time it is, the place and the services are all still in use."""
    ensure_owner_in_use(session, whose)
    if request.room_id is not None:
        ensure_room_open(session, request.room_id)
    known = session.execute(
        sa.select(sa.func.count()).where(
            col(HealthcareService.id).in_(request.services), col(HealthcareService.is_active)
        )
    ).scalar_one()
    if known != len(request.services):
        raise DomainError("Choose services that are open.", field="services")


def ensure_owner_in_use(session: Session, whose: Whose) -> None:
    """Raise DomainError for who no longer works here, or a room that is closed."""
    if whose.kind is ResourceKind.PRACTITIONER:
        practitioner = session.get(Practitioner, whose.thing_id)
        if practitioner is not None and not practitioner.is_active:
            raise DomainError("This practitioner no longer works here.")
    elif whose.kind is ResourceKind.ROOM:
        ensure_room_open(session, whose.thing_id)


def ensure_room_open(session: Session, room_id: int) -> None:
    """Raise DomainError unless a room is there and in use."""
    room = session.get(Room, room_id)
    if room is None or not room.is_active:
        raise DomainError("Choose a room that is open.", field="room_id")


def _write_windows(session: Session, schedule_id: int, windows: Sequence[Window]) -> None:
    session.execute(sa.delete(ScheduleWindow).where(col(ScheduleWindow.schedule_id) == schedule_id))
    for window in windows:
        session.add(
            ScheduleWindow(
                schedule_id=schedule_id,
                weekday=window.weekday,
                start_time=window.start,
                end_time=window.end,
                is_overnight=window.is_overnight,
            )
        )
    session.flush()


def _write_services(session: Session, schedule_id: int, services: Sequence[int]) -> None:
    session.execute(sa.delete(ScheduleService).where(col(ScheduleService.schedule_id) == schedule_id))
    for service_id in services:
        session.add(ScheduleService(schedule_id=schedule_id, service_id=service_id))
    session.flush()


def _hung_on(session: Session, schedule_id: int) -> Mapping[str, Any]:
    """The windows and services of a schedule, as the trail keeps them."""
    row = schedule_row(session, schedule_id)
    return {
        "windows": write_week(row.windows).splitlines(),
        "services": [service["label"] for service in row.services],
    }


def _saved(session: Session, schedule: Schedule) -> ScheduleRow:
    rows = schedules_of(session, schedule.resource_id)
    return next(row for row in rows if row.id == schedule.key)
