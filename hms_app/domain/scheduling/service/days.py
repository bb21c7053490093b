"""Many appointments at once: a whole day or session cancelled or moved, and what leave would hit moved elsewhere.

All of it is one transaction. What cannot be done to one of them is told and holds up none of the others.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.records.rules import given_reason
from hms_app.domain.scheduling.queries.appointments import (
    appointment_row,
    appointments_statement,
    read_appointment,
)
from hms_app.domain.scheduling.queries.availability import find_next_free
from hms_app.domain.scheduling.rules.wall_clock import edge_of
from hms_app.domain.scheduling.service.cancelling import cancel_one
from hms_app.domain.scheduling.service.moving import MOVABLE, move_one, wish_of
from hms_app.domain.scheduling.tables import Appointment
from hms_app.domain.scheduling.values.booking import (
    Absence,
    ConflictKind,
    DaySelection,
    MoveInput,
    PlannedMove,
)
from hms_app.domain.scheduling.values.rows import AppointmentRow, Outcome, Proposal
from hms_app.domain.scheduling.values.words import HOLDING_TIME

_DAY: Final = dt.timedelta(days=1)
MOST_AT_ONCE: Final = 500


@use_case(Permission.SCHEDULING_APPOINTMENT_BOOK)
def cancel_day(session: Session, actor: Actor, *, selection: DaySelection, reason: str) -> list[Outcome]:
    """Cancel all appointments of a practitioner or room on a day, or in a part of it; says what became of each.

    Who is in the house already is not sent away. Raises DomainError without a reason or a practitioner or room.
    """
    reason = given_reason(reason)
    found = _selected(session, actor, selection)

    def cancel(one: AppointmentRow) -> None:
        _ensure_movable(one)
        cancel_one(session, actor, one.id, reason)

    return [_tried(session, actor, one, cancel) for one in found]


@use_case(Permission.SCHEDULING_APPOINTMENT_BOOK)
def move_day(
    session: Session,
    actor: Actor,
    *,
    selection: DaySelection,
    to_day: dt.date,
    practitioner_id: int | None = None,
    reason: str,
) -> list[Outcome]:
    """Move all appointments of a day, or of a part of it, to another day or practitioner; says what became of each.

    Each keeps its time of day where that is free, and else gets the next free time of that day.
    """
    reason = given_reason(reason)

    def move(one: AppointmentRow) -> None:
        _ensure_movable(one)
        _moved_to_day(session, actor, one, to_day, practitioner_id, reason)

    return [_tried(session, actor, one, move) for one in _selected(session, actor, selection)]


@use_case(Permission.SCHEDULING_APPOINTMENT_BOOK)
def propose_moves(session: Session, actor: Actor, *, absence: Absence) -> list[Proposal]:
    """The appointments that leave would hit, each with the next free time for it outside that leave.

    No time is proposed twice. With the same practitioner if there is a time, else with whoever is free.
    """
    span = _span_of(actor, absence.first, absence.last, absence.start, absence.end)
    proposals: list[Proposal] = []
    promised = [(absence.practitioner_id, *span)]
    for one in _found(session, actor, col(Appointment.practitioner_id) == absence.practitioner_id, span):
        if one.status not in MOVABLE:
            proposals.append(Proposal(one, None))
            continue
        row = session.get_one(Appointment, one.id)
        stay = MoveInput(day=absence.last, time=dt.time())
        minutes = int((row.ends_at - row.starts_at) / dt.timedelta(minutes=1))
        wish = wish_of(session, row, stay, minutes).promising(promised, patient_id=row.patient_id)
        slot = find_next_free(session, actor, wish, one.starts_at)
        if slot and slot.practitioner_id and slot.numbers_left is None:
            promised.append((slot.practitioner_id, slot.starts_at, slot.ends_at))
        proposals.append(Proposal(one, slot))
    return proposals


@use_case(Permission.SCHEDULING_APPOINTMENT_BOOK)
def move_many(session: Session, actor: Actor, *, moves: Sequence[PlannedMove], reason: str) -> list[Outcome]:
    """Move several appointments in one go, each to a time of its own; says what became of each."""
    reason = given_reason(reason)
    outcomes = []
    for planned in moves[:MOST_AT_ONCE]:
        one = read_appointment(session, actor, planned.appointment_id)

        def move(one: AppointmentRow, planned: PlannedMove = planned) -> None:
            _move_to(
                session,
                actor,
                one,
                planned.starts_at,
                practitioner_id=planned.practitioner_id,
                room_id=planned.room_id,
                reason=reason,
            )

        outcomes.append(_tried(session, actor, one, move))
    return outcomes


def _tried(
    session: Session, actor: Actor, one: AppointmentRow, act: Callable[[AppointmentRow], None]
) -> Outcome:
    try:
        with session.begin_nested():
            act(one)
    except DomainError as refused:
        session.expire_all()
        return Outcome(one, is_done=False, why_not=str(refused))
    return Outcome(read_appointment(session, actor, one.id), is_done=True)


def _ensure_movable(one: AppointmentRow) -> None:
    if one.patient_id is None:
        raise DomainError("You may not see whose appointment this is.")
    if one.status not in MOVABLE:
        raise DomainError("The patient is here already.")


def _moved_to_day(
    session: Session,
    actor: Actor,
    one: AppointmentRow,
    to_day: dt.date,
    practitioner_id: int | None,
    reason: str,
) -> None:
    time = actor.locale.local(one.starts_at).time()
    same = edge_of(to_day, time, actor.locale.zone)
    try:
        with session.begin_nested():
            _move_to(session, actor, one, same, practitioner_id=practitioner_id, room_id=None, reason=reason)
            return
    except DomainError as refused:
        first = refused
    session.expire_all()
    row = session.get_one(Appointment, one.id)
    minutes = int((row.ends_at - row.starts_at) / dt.timedelta(minutes=1))
    there = MoveInput(day=to_day, time=dt.time(), practitioner_id=practitioner_id)
    wish = wish_of(session, row, there, minutes).promising([], patient_id=row.patient_id)
    begins, ends = (
        edge_of(to_day, dt.time(), actor.locale.zone),
        edge_of(to_day + _DAY, dt.time(), actor.locale.zone),
    )
    slot = find_next_free(session, actor, wish, begins)
    if slot is None or slot.starts_at >= ends:
        raise first
    _move_to(
        session, actor, one, slot.starts_at, practitioner_id=practitioner_id, room_id=None, reason=reason
    )


def _move_to(
    session: Session,
    actor: Actor,
    one: AppointmentRow,
    starts_at: dt.datetime,
    *,
    practitioner_id: int | None,
    room_id: int | None,
    reason: str,
) -> None:
    local = actor.locale.local(starts_at)
    move = MoveInput(
        day=local.date(),
        time=local.time().replace(fold=0),
        practitioner_id=practitioner_id,
        room_id=room_id,
        reason=reason,
        confirmed=tuple(ConflictKind),
    )
    move_one(session, actor, one.id, move)


def _selected(session: Session, actor: Actor, selection: DaySelection) -> list[AppointmentRow]:
    span = _span_of(actor, selection.day, selection.day, selection.start, selection.end)
    if selection.practitioner_id is not None:
        return _found(
            session, actor, col(Appointment.practitioner_id) == selection.practitioner_id, span, by_start=True
        )
    if selection.room_id is not None:
        return _found(session, actor, col(Appointment.room_id) == selection.room_id, span, by_start=True)
    raise DomainError("Choose a practitioner or a room.")


def _found(
    session: Session,
    actor: Actor,
    whose: Any,
    span: tuple[dt.datetime, dt.datetime],
    *,
    by_start: bool = False,
) -> list[AppointmentRow]:
    """The appointments that hold time in a span (with `by_start`: that begin in it), in order."""
    start, end = span
    begins = col(Appointment.starts_at) >= start if by_start else col(Appointment.ends_at) > start
    statement = (
        appointments_statement()
        .where(
            whose,
            col(Appointment.status).in_([status.value for status in HOLDING_TIME]),
            col(Appointment.starts_at) > start - 2 * _DAY,
            col(Appointment.starts_at) < end,
            begins,
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
        .limit(MOST_AT_ONCE)
    )
    return [appointment_row(actor, found) for found in session.execute(statement)]


def _span_of(
    actor: Actor, first: dt.date, last: dt.date, start: dt.time | None, end: dt.time | None
) -> tuple[dt.datetime, dt.datetime]:
    zone = actor.locale.zone
    begins = edge_of(first, start or dt.time(), zone)
    return begins, edge_of(last, end, zone) if end else edge_of(last + _DAY, dt.time(), zone)
