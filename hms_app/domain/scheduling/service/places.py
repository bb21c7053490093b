"""Places in queues: taken, called, put back, moved on, and how late somebody runs.

Locks are taken in one order: the appointment, the queue, the place.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import AnyOf, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.records import service as records
from hms_app.domain.records.rules import LONGEST_REASON
from hms_app.domain.records.service import RowKind
from hms_app.domain.scheduling.errors import NobodyWaits, NotCalled
from hms_app.domain.scheduling.rules import waiting
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.service.queues import locked_queue
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.tables import Delay, Queue, QueueEntry, TokenSession
from hms_app.domain.scheduling.values.audited import SchedulingAction as Did
from hms_app.domain.scheduling.values.queues import DelayInput, PlaceRow, UrgentInput
from hms_app.domain.scheduling.values.words import (
    OVER,
    QUEUE_LIFE,
    QueueKind,
    QueueOrder,
    QueueStage,
    ResourceKind,
)

PLACES: Final = RowKind(QueueEntry, "place in the queue")
_DELAYS: Final = RowKind(Delay, "delay")
_Q = QueueStage


@dataclass(frozen=True)
class Newcomer:
    """Who comes into a queue, for what, and what stands on their appointment if they have one."""

    patient_id: int
    service_id: int | None = None
    appointment_id: int | None = None
    starts_at: dt.datetime | None = None
    token_number: int | None = None
    room_id: int | None = None
    reason: str = field(default="", repr=False)
    urgent_reason: str = field(default="", repr=False)
    to_nurse: bool = False


def take_place(session: Session, actor: Actor, *, queue_id: int, newcomer: Newcomer) -> QueueEntry:
    """Give somebody the next number of a queue today; the number is given under the queue's lock.

    Whoever calls it has asked who may. Raises QueueClosed, and a refusal for who is in the queue already.
    """
    queue = locked_queue(session, actor, queue_id)
    day, now = actor.locale.today(), clock.now()
    begins, ends = day_edges(day, actor.locale.zone)
    number = _next_number(session, queue, day, newcomer, (begins, ends))
    urgent_reason = newcomer.urgent_reason.strip()[:LONGEST_REASON]
    entry = QueueEntry(
        queue_id=queue.key,
        appointment_id=newcomer.appointment_id,
        patient_id=newcomer.patient_id,
        service_id=newcomer.service_id,
        day=day,
        number=number,
        status=(_Q.TO_NURSE if newcomer.to_nurse else _Q.READY).value,
        is_urgent=bool(urgent_reason),
        urgent_reason=urgent_reason,
        reason=newcomer.reason,
        room_id=newcomer.room_id,
        arrived_at=now,
        sorted_at=waiting.sorted_at(
            QueueOrder(queue.ordering),
            arrived_at=now,
            starts_at=newcomer.starts_at,
            day_at=begins,
            number=number,
        ),
    )
    records.add_row(session, actor, entry, Did.PLACE_TAKEN)
    return entry


@use_case(Permission.SCHEDULING_QUEUE_WORK)
def call_next(session: Session, actor: Actor, *, queue_id: int, room_id: int | None = None) -> PlaceRow:
    """Call who comes next: the urgent first, then the queue's order.

    The queue is held meanwhile, so that two who call at once get two people. Raises NobodyWaits.
    """
    queue = locked_queue(session, actor, queue_id)
    ready = in_order(session, queue.key, actor.locale.today(), _Q.READY)
    if not ready:
        with_nurse = in_order(session, queue.key, actor.locale.today(), _Q.TO_NURSE)
        raise NobodyWaits(queue.name, len(with_nurse))
    entry = records.locked_row(session, actor, PLACES, ready[0].key)
    _call(session, actor, entry, room_id)
    return place_row(queue, entry)


@use_case(Permission.SCHEDULING_QUEUE_WORK)
def call_place(session: Session, actor: Actor, *, place_id: int, room_id: int | None = None) -> PlaceRow:
    """Call one of those who wait, out of turn. Raises MoveRefused when they were called meanwhile."""
    queue, entry = _held(session, actor, place_id)
    QUEUE_LIFE.ensure_by_hand(entry.status, _Q.CALLED)
    _call(session, actor, entry, room_id)
    return place_row(queue, entry)


@use_case(Permission.SCHEDULING_QUEUE_WORK)
def mark_absent(session: Session, actor: Actor, *, place_id: int) -> PlaceRow:
    """Put somebody who was called and was not there a few places back. Raises NotCalled."""
    queue, entry = _held(session, actor, place_id)
    if entry.status != _Q.CALLED:
        raise NotCalled
    others = [other.sorted_at for other in in_order(session, queue.key, entry.day, _Q.READY)]
    step_place(
        session,
        actor,
        entry,
        _Q.READY,
        sorted_at=waiting.behind_the_next(others, clock.now()),
        absences=entry.absences + 1,
        called_at=None,
    )
    return place_row(queue, entry)


@use_case(Permission.SCHEDULING_QUEUE_WORK)
def mark_urgent(session: Session, actor: Actor, *, place_id: int, request: UrgentInput) -> PlaceRow:
    """Have somebody seen before the others, with the reason why."""
    queue, entry = _held(session, actor, place_id)
    records.save_row(
        session, actor, entry, Did.PLACE_CHANGED, is_urgent=True, urgent_reason=request.urgent_reason
    )
    return place_row(queue, entry)


@use_case(Permission.SCHEDULING_QUEUE_WORK)
def unmark_urgent(session: Session, actor: Actor, *, place_id: int) -> PlaceRow:
    """Let somebody wait in turn again."""
    queue, entry = _held(session, actor, place_id)
    records.save_row(session, actor, entry, Did.PLACE_CHANGED, is_urgent=False, urgent_reason="")
    return place_row(queue, entry)


@use_case(AnyOf(Permission.SCHEDULING_QUEUE_WORK, Permission.SCHEDULING_APPOINTMENT_CHECK_IN))
def announce_delay(session: Session, actor: Actor, *, request: DelayInput) -> None:
    """Say how many minutes late a practitioner runs today; 0 takes it back."""
    resource_id = resource_of(session, ResourceKind.PRACTITIONER, request.practitioner_id)
    day, now = actor.locale.today(), clock.now()
    known = session.exec(select(Delay.id).where(Delay.resource_id == resource_id, Delay.day == day)).first()
    if known is None:
        delay = Delay(resource_id=resource_id, day=day, minutes=request.minutes, announced_at=now)
        records.add_row(session, actor, delay, Did.DELAY_ANNOUNCED)
        return
    delay = records.locked_row(session, actor, _DELAYS, known)
    records.save_row(session, actor, delay, Did.DELAY_ANNOUNCED, minutes=request.minutes, announced_at=now)


@use_case(Permission.SCHEDULING_APPOINTMENT_CHECK_IN)
def appointment_of(session: Session, actor: Actor, *, place_id: int) -> int:
    """The appointment from which a place was given; raises NotFound for a walk-in's."""
    found = session.exec(select(QueueEntry.appointment_id).where(QueueEntry.id == place_id)).first()
    if found is None:
        raise NotFound("appointment")
    return found


def step_place(
    session: Session, actor: Actor, entry: QueueEntry, wanted: QueueStage, *, reason: str = "", **values: Any
) -> None:
    """Take a place that is held one stage on or back, with the columns that change beside it."""
    finished = {"finished_at": clock.now() if wanted in OVER else None}
    records.save_row(
        session,
        actor,
        entry,
        Did.PLACE_MOVED,
        reason=reason or None,
        **{"status": wanted.value, **finished, **values},
    )


def in_order(session: Session, queue_id: int, day: dt.date, *stages: QueueStage) -> list[QueueEntry]:
    """The places of a queue that are at these stages, who comes next first."""
    found = session.exec(
        select(QueueEntry).where(
            QueueEntry.queue_id == queue_id, QueueEntry.day == day, col(QueueEntry.status).in_(stages)
        )
    )
    return sorted(found, key=_turn)


def place_row(queue: Queue, entry: QueueEntry) -> PlaceRow:
    """A place as use cases answer it."""
    return PlaceRow(
        id=entry.key,
        version=entry.version,
        queue_id=queue.key,
        patient_id=entry.patient_id,
        appointment_id=entry.appointment_id,
        label=f"{queue.prefix}{entry.number}",
        status=QueueStage(entry.status),
        room_id=entry.room_id,
    )


def _turn(entry: QueueEntry) -> waiting.Turn:
    return waiting.turn_of(
        is_urgent=entry.is_urgent, absences=entry.absences, sorted_at=entry.sorted_at, place_id=entry.key
    )


def _held(session: Session, actor: Actor, place_id: int) -> tuple[Queue, QueueEntry]:
    """A place and its queue, both held until the commit; raises NotFound."""
    queue_id = session.exec(select(QueueEntry.queue_id).where(QueueEntry.id == place_id)).first()
    queue = session.exec(select(Queue).where(Queue.id == queue_id).with_for_update()).first()
    entry = records.locked_row(session, actor, PLACES, place_id)
    if queue is None:
        raise RuntimeError("A place stands in no queue.")
    return queue, entry


def _call(session: Session, actor: Actor, entry: QueueEntry, room_id: int | None) -> None:
    where: dict[str, Any] = {"room_id": room_id} if room_id is not None else {}
    who: dict[str, Any] = (
        {"practitioner_id": actor.practitioner_id} if actor.practitioner_id is not None else {}
    )
    step_place(session, actor, entry, _Q.CALLED, called_at=clock.now(), **where, **who)


def _next_number(
    session: Session, queue: Queue, day: dt.date, newcomer: Newcomer, edges: tuple[dt.datetime, dt.datetime]
) -> int:
    """The number of an appointment that has one, where the queue goes by numbers and it is free; else the next."""
    taken = select(QueueEntry.number).where(QueueEntry.queue_id == queue.key, QueueEntry.day == day)
    wanted = newcomer.token_number if queue.ordering == QueueOrder.TOKEN else None
    if wanted is not None and session.exec(taken.where(QueueEntry.number == wanted)).first() is None:
        return wanted
    highest = max(session.exec(taken).all(), default=0)
    return max(highest, _numbers_given_out(session, queue, edges)) + 1


def _numbers_given_out(session: Session, queue: Queue, edges: tuple[dt.datetime, dt.datetime]) -> int:
    """How far the numbers of the day's sessions go, whose holders may come yet; 0 where there is none."""
    if queue.ordering != QueueOrder.TOKEN or queue.kind != QueueKind.PRACTITIONER:
        return 0
    begins, ends = edges
    sessions = select(TokenSession.capacity).where(
        TokenSession.resource_id == queue.resource_id,
        col(TokenSession.starts_at) >= begins,
        col(TokenSession.starts_at) < ends,
    )
    return max(session.exec(sessions).all(), default=0)
