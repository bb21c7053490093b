"""Steps in a queue, with what follows from them: the appointment and the visit go along, each step in its history."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlmodel import Session, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.life_cycle import Move
from hms_app.core.permissions import AnyOf, Permission
from hms_app.core.use_case import ensure_allowed, use_case
from hms_app.domain.clinical.service.encounters import find_encounter, move_encounter
from hms_app.domain.clinical.values import EncounterStatus
from hms_app.domain.records import service as records
from hms_app.domain.scheduling.service.cancelling import restore_appointment
from hms_app.domain.scheduling.service.numbers import give_back
from hms_app.domain.scheduling.service.places import PLACES, place_row, step_place
from hms_app.domain.scheduling.service.statuses import APPOINTMENTS, move_status
from hms_app.domain.scheduling.tables import Appointment, Queue, QueueEntry
from hms_app.domain.scheduling.values.queues import PlaceRow
from hms_app.domain.scheduling.values.words import QUEUE_LIFE, AppointmentStatus, QueueStage

_Q = QueueStage
_A = AppointmentStatus
_E = EncounterStatus


class Following(NamedTuple):
    """Where the appointment and the visit are while somebody is at a stage."""

    appointment: AppointmentStatus
    encounter: EncounterStatus


_WAITS: Final = Following(_A.ARRIVED, _E.PLANNED)
_IS_SEEN: Final = Following(_A.IN_CONSULTATION, _E.IN_PROGRESS)
_WAS_SEEN: Final = Following(_A.FULFILLED, _E.COMPLETED)
_HAS_LEFT: Final = Following(_A.CANCELLED, _E.CANCELLED)
_FOLLOWS: Final = {
    _Q.WITH_DOCTOR: _IS_SEEN,
    _Q.OUT_FOR_TESTS: _IS_SEEN,
    _Q.TO_CASHIER: _WAS_SEEN,
    _Q.TO_PHARMACY: _WAS_SEEN,
    _Q.DONE: _WAS_SEEN,
    _Q.LEFT: _HAS_LEFT,
}
_BETWEEN: Final = {
    (_Q.READY, _Q.WITH_DOCTOR): (_Q.CALLED, _Q.WITH_DOCTOR),
    (_Q.TO_NURSE, _Q.WITH_DOCTOR): (_Q.CALLED, _Q.WITH_DOCTOR),
}
"""Steps that the queue's own acts make at once: whoever is fetched in person was called."""


@use_case(AnyOf(Permission.SCHEDULING_QUEUE_WORK, Permission.SCHEDULING_APPOINTMENT_CHECK_IN))
def move_in_queue(
    session: Session,
    actor: Actor,
    *,
    place_id: int,
    stage: QueueStage,
    reason: str = "",
    version: int | None = None,
) -> PlaceRow:
    """Say where somebody of a queue is now: being seen, out for tests, done, gone, or back from any of these.

    The appointment and the visit go along: seen is in consultation and in progress, done is fulfilled and completed,
    gone is cancelled. Raises NotFound, Conflict, MoveRefused, and NotPermitted for a step that wants a right.
    """
    place = _held(session, actor, place_id, version)
    for wanted in _steps(place.status, stage):
        _step(session, actor, place, wanted, reason)
    queue = session.get(Queue, place.queue_id)
    if queue is None:
        raise RuntimeError("A place stands in no queue.")
    return place_row(queue, place)


def _held(session: Session, actor: Actor, place_id: int, version: int | None) -> QueueEntry:
    """A place, held until the commit behind its appointment and its queue."""
    found = session.exec(
        select(QueueEntry.appointment_id, QueueEntry.queue_id).where(QueueEntry.id == place_id)
    ).first()
    if found is None:
        raise NotFound(PLACES.what)
    if found[0] is not None:
        records.locked_row(session, actor, APPOINTMENTS, found[0])
    session.exec(select(Queue.id).where(Queue.id == found[1]).with_for_update()).one()
    return records.locked_row(session, actor, PLACES, place_id, version=version)


def _steps(now: str, wanted: QueueStage) -> Iterator[QueueStage]:
    yield from _BETWEEN.get((QueueStage(now), wanted), (wanted,))


def _step(session: Session, actor: Actor, place: QueueEntry, wanted: QueueStage, reason: str) -> None:
    """One step of a place, and of its appointment and visit."""
    move = _move(place.status, wanted)
    if move.right is not None:
        ensure_allowed(actor, move.right)
    step_place(session, actor, place, wanted, reason=reason.strip(), **_values(actor, move))
    following = _FOLLOWS.get(wanted) or (_WAITS if place.started_at is None else _IS_SEEN)
    _lead(session, actor, place, following, reason)


def _lead_appointment(
    session: Session, actor: Actor, appointment: Appointment, wanted: AppointmentStatus, reason: str
) -> None:
    """Take an appointment where its place is; who comes back after they left gets their time again, if it is free."""
    if appointment.status == wanted:
        return
    if appointment.status == _A.CANCELLED:
        restore_appointment(session, actor, appointment_id=appointment.key)
    moved = move_status(session, actor, appointment, wanted, reason=reason)
    if wanted is _A.CANCELLED:
        give_back(session, moved)


def _move(now: str, wanted: QueueStage) -> Move[QueueStage]:
    QUEUE_LIFE.ensure(now, wanted)
    return next(move for move in QUEUE_LIFE.moves if (move.start, move.end) == (now, wanted))


def _values(actor: Actor, move: Move[QueueStage]) -> dict[str, Any]:
    """The columns that a step changes beside the stage."""
    now = clock.now()
    if move.end is _Q.READY and move.start in (_Q.WITH_DOCTOR, _Q.LEFT):
        return {"started_at": None, "called_at": None}
    if move.end is _Q.CALLED:
        return {"called_at": now, **_caller(actor)}
    if move.end is _Q.WITH_DOCTOR and not move.is_undo:
        return {"started_at": now, **_caller(actor)}
    return {}


def _caller(actor: Actor) -> dict[str, Any]:
    return {"practitioner_id": actor.practitioner_id} if actor.practitioner_id is not None else {}


def _lead(session: Session, actor: Actor, place: QueueEntry, following: Following, reason: str) -> None:
    """Take the appointment and the visit to where the place is, as far as they are not there yet."""
    if place.appointment_id is not None:
        appointment = records.locked_row(session, actor, APPOINTMENTS, place.appointment_id)
        _lead_appointment(session, actor, appointment, following.appointment, reason)
    encounter = find_encounter(session, appointment_id=place.appointment_id, queue_entry_id=place.key)
    if encounter is not None:
        move_encounter(session, actor, encounter, following.encounter, practitioner_id=place.practitioner_id)
