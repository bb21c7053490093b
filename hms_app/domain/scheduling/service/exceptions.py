"""Writes of exceptions: leave and closures, extra hours and other hours instead, public holidays."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.organization.service import ensure_department_open
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind
from hms_app.domain.scheduling.queries.hits import appointments_hit
from hms_app.domain.scheduling.queries.hours import exception_row
from hms_app.domain.scheduling.queries.public_holidays import list_public_holidays
from hms_app.domain.scheduling.queries.schedules import exceptional_of
from hms_app.domain.scheduling.rules.exceptions import is_over
from hms_app.domain.scheduling.service.resources import lock_all_resources, lock_resources, resource_of
from hms_app.domain.scheduling.service.schedules import (
    SHAPING,
    ensure_may_shape,
    ensure_owner_in_use,
    ensure_room_open,
    whose_time,
)
from hms_app.domain.scheduling.tables import AvailabilityException
from hms_app.domain.scheduling.values.audited import SchedulingAction as Did
from hms_app.domain.scheduling.values.schedules import ExceptionInput, ExceptionSaved, Whose
from hms_app.domain.scheduling.values.words import ExceptionCause, ExceptionKind, ExceptionStatus

_EXCEPTIONS: Final = RowKind(AvailabilityException, "exception")


@use_case(SHAPING)
def add_exception(session: Session, actor: Actor, *, whose: Whose, request: ExceptionInput) -> ExceptionSaved:
    """Add leave, extra hours or other hours instead; the answer names the appointments that it hits.

    Their resource is held first, so that nobody books into leave unseen. Raises NotFound, and DomainError for what is
    over already and for who or what is no longer in use.
    """
    ensure_may_shape(actor, whose)
    ensure_owner_in_use(session, whose)
    if request.room_id is not None:
        ensure_room_open(session, request.room_id)
    resource_id = resource_of(session, whose.kind, whose.thing_id)
    lock_resources(session, [resource_id])
    row = AvailabilityException(resource_id=resource_id, **_columns(request))
    return _added(session, actor, row)


@use_case(Permission.SCHEDULING_SCHEDULE_EDIT)
def close_house(
    session: Session, actor: Actor, *, request: ExceptionInput, department_id: int | None = None
) -> ExceptionSaved:
    """Close a department, or the whole hospital; the answer names the appointments that it hits.

    Every resource is held first, in the order of their ids. Raises NotFound, DepartmentClosed, and DomainError for what
    is over already.
    """
    if department_id is not None:
        ensure_department_open(session, department_id)
    lock_all_resources(session)
    columns = {**_columns(request), "kind": ExceptionKind.CLOSED.value, "cause": ExceptionCause.CLOSURE.value}
    row = AvailabilityException(
        department_id=department_id, **{**columns, "status": "granted", "room_id": None}
    )
    return _added(session, actor, row)


@use_case(Permission.SCHEDULING_SCHEDULE_EDIT)
def grant_exception(session: Session, actor: Actor, *, exception_id: int, version: int) -> ExceptionSaved:
    """Grant what was asked for; the answer names the appointments that it hits. Raises NotFound and Conflict."""
    found = session.get(AvailabilityException, exception_id)
    if found is None:
        raise NotFound("exception")
    if found.resource_id is not None:
        lock_resources(session, [found.resource_id])
    row = records.locked_row(session, actor, _EXCEPTIONS, exception_id, version=version)
    if row.status != ExceptionStatus.REQUESTED.value:
        raise DomainError("Only what was asked for and not answered yet can be granted.")
    records.save_row(session, actor, row, Did.EXCEPTION_CHANGED, status=ExceptionStatus.GRANTED.value)
    return _saved(session, actor, row)


@use_case(SHAPING)
def withdraw_exception(session: Session, actor: Actor, *, exception_id: int, version: int) -> None:
    """Take an exception back: the usual hours hold again. What is the house's wants the right to everybody's time."""
    found = session.get(AvailabilityException, exception_id)
    if found is None:
        raise NotFound("exception")
    ensure_may_shape(actor, whose_time(session, found.resource_id) if found.resource_id else None)
    row = records.locked_row(session, actor, _EXCEPTIONS, exception_id, version=version)
    records.save_row(session, actor, row, Did.EXCEPTION_WITHDRAWN, status=ExceptionStatus.WITHDRAWN.value)


@use_case(Permission.SCHEDULING_SCHEDULE_EDIT)
def add_public_holidays(
    session: Session, actor: Actor, *, country: str, year: int, days: Collection[dt.date]
) -> int:
    """Close the hospital on public holidays; one that was added already is not added again. Says how many were."""
    offered = {one.day: one for one in list_public_holidays(session, actor, country=country, year=year)}
    chosen = sorted(set(days))
    if not chosen:
        raise DomainError("Choose at least one day.", field="days")
    if not offered.keys() >= set(chosen):
        raise DomainError("Choose days of the list.", field="days")
    lock_all_resources(session)
    added = [day for day in chosen if _added_holiday(session, day, offered[day].name)]
    if added:
        texts = [f"{day.isoformat()} {offered[day].name}" for day in added]
        after = {"country": country, "year": year, "days": texts}
        audit.record(session, actor, Did.HOLIDAYS_ADDED, AvailabilityException, after=after)
    return len(added)


def _columns(request: ExceptionInput) -> dict[str, Any]:
    is_closed = request.kind == ExceptionKind.CLOSED
    cause = request.cause if is_closed else ExceptionCause.OTHER
    status = ExceptionStatus.REQUESTED if request.is_request else ExceptionStatus.GRANTED
    return {
        "kind": request.kind.value,
        "cause": cause.value,
        "status": status.value,
        "starts_on": request.starts_on,
        "ends_on": request.last_day,
        "start_time": request.start_time,
        "end_time": request.end_time,
        "is_overnight": request.is_overnight,
        "slot_minutes": request.slot_minutes,
        "room_id": None if is_closed else request.room_id,
        "note": request.note,
    }


def _added(session: Session, actor: Actor, row: AvailabilityException) -> ExceptionSaved:
    if is_over(exceptional_of(row), clock.now(), actor.locale.zone):
        raise DomainError("This is over already. Enter days that are still ahead.", field="ends_on")
    records.add_row(session, actor, row, Did.EXCEPTION_ADDED)
    return _saved(session, actor, row)


def _saved(session: Session, actor: Actor, row: AvailabilityException) -> ExceptionSaved:
    found = appointments_hit(session, actor, exceptional_of(row), resource_id=row.resource_id)
    return ExceptionSaved(exception_row(session, row.key), tuple(found))


def _added_holiday(session: Session, day: dt.date, name: str) -> bool:
    added = session.connection().execute(  # Of a day that is there already nothing is written, and nothing to audit.
        insert(AvailabilityException)
        .values(
            kind=ExceptionKind.CLOSED.value,
            cause=ExceptionCause.PUBLIC_HOLIDAY.value,
            starts_on=day,
            ends_on=day,
            note=name,
        )
        .on_conflict_do_nothing()
        .returning(col(AvailabilityException.id))
    )
    return added.first() is not None
