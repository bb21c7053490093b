"""The one way in which an appointment's status changes: locked, checked, written into its history and the trail."""

from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.life_cycle import Move
from hms_app.core.use_case import ensure_allowed
from hms_app.domain.records import service as records
from hms_app.domain.records.rules import LONGEST_REASON
from hms_app.domain.records.service import RowKind
from hms_app.domain.scheduling.tables import Appointment, AppointmentChange, Reservation
from hms_app.domain.scheduling.values.audited import SchedulingAction as Did
from hms_app.domain.scheduling.values.words import (
    APPOINTMENT_LIFE,
    KEEPING_TIME,
    AppointmentStatus,
    ChangeKind,
)

APPOINTMENTS: Final = RowKind(Appointment, "appointment")

_S = AppointmentStatus
_STAMPS: Final = {
    _S.ARRIVED: "arrived_at",
    _S.IN_CONSULTATION: "started_at",
    _S.FULFILLED: "fulfilled_at",
    _S.CANCELLED: "cancelled_at",
}
"""The column that keeps when an appointment came to a status."""
_DEEDS: Final = {
    _S.BOOKED: Did.APPOINTMENT_APPROVED,
    _S.ARRIVED: Did.APPOINTMENT_CHECKED_IN,
    _S.IN_CONSULTATION: Did.APPOINTMENT_STARTED,
    _S.FULFILLED: Did.APPOINTMENT_FULFILLED,
    _S.CANCELLED: Did.APPOINTMENT_CANCELLED,
    _S.NO_SHOW: Did.APPOINTMENT_MISSED,
    _S.EXPIRED: Did.APPOINTMENT_EXPIRED,
}


def move_status(
    session: Session,
    actor: Actor,
    appointment: Appointment | int,
    wanted: AppointmentStatus,
    *,
    reason: str = "",
    version: int | None = None,
) -> Appointment:
    """Take an appointment one step on, or back by an undo; the row is held until the commit.

    Time that is given back is free at once; an undo that takes it again reserves it itself. Raises NotFound,
    Conflict when `version` is not the present one, MoveRefused, and NotPermitted for a step that wants a right.
    """
    key = appointment if isinstance(appointment, int) else appointment.key
    held = records.locked_row(session, actor, APPOINTMENTS, key, version=version)
    move = _move(held.status, wanted)
    if move.right is not None:
        ensure_allowed(actor, move.right)
    said = reason.strip()[:LONGEST_REASON]
    add_change(session, actor, held, to_status=wanted, reason=said)
    if wanted not in KEEPING_TIME:
        release_time(session, held)
    deed = Did.APPOINTMENT_UNDONE if move.is_undo else _DEEDS[wanted]
    records.save_row(session, actor, held, deed, reason=said or None, **_values(move, said))
    return held


def add_change(
    session: Session, actor: Actor, appointment: Appointment, *, to_status: AppointmentStatus, reason: str
) -> None:
    """Write a step of the status into the appointment's history; call it before the row changes."""
    session.add(
        AppointmentChange(
            appointment_id=appointment.key,
            kind=ChangeKind.STATUS.value,
            at=clock.now(),
            by_user_id=actor.user_id,
            by_name=actor.name,
            from_status=appointment.status,
            to_status=to_status.value,
            reason=reason,
        )
    )


def release_time(session: Session, appointment: Appointment) -> None:
    """Give back all the time that an appointment holds."""
    session.execute(sa.delete(Reservation).where(col(Reservation.appointment_id) == appointment.key))


def _move(now: str, wanted: AppointmentStatus) -> Move[AppointmentStatus]:
    APPOINTMENT_LIFE.ensure(now, wanted)
    return next(move for move in APPOINTMENT_LIFE.moves if (move.start, move.end) == (now, wanted))


def _values(move: Move[AppointmentStatus], reason: str) -> dict[str, Any]:
    """The columns that a step changes: when it came there, or that it never was where an undo takes it from."""
    values: dict[str, Any] = {"status": move.end.value}
    if move.is_undo:
        if move.start in _STAMPS:
            values[_STAMPS[move.start]] = None
        if move.start is _S.CANCELLED:
            values |= {"cancel_reason": "", "is_unseen": False}
    elif move.end in _STAMPS:
        values[_STAMPS[move.end]] = clock.now()
    if move.end is _S.CANCELLED:
        values |= {"cancel_reason": reason, "is_unseen": move.start is _S.ARRIVED}
    return values
