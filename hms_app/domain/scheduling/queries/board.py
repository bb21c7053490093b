"""What a waiting room may see: numbers and rooms, and how late it runs; nothing of anybody."""

from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.organization.tables import Department, Practitioner, Room
from hms_app.domain.scheduling.queries.delays import delays_today
from hms_app.domain.scheduling.rules.waiting import turn_of
from hms_app.domain.scheduling.tables import HealthcareService, Queue, QueueEntry, Resource
from hms_app.domain.scheduling.values.queues import Board, BoardCall
from hms_app.domain.scheduling.values.words import QueueStage

MOST_CALLED: Final = 6
MOST_WAITING: Final = 24
"""Numbers that a board has room for."""
_Q = QueueStage
_SHOWN: Final = (_Q.CALLED, _Q.WITH_DOCTOR, _Q.READY, _Q.TO_NURSE)


@use_case(Permission.SCHEDULING_QUEUE_READ)
def read_board(
    session: Session, actor: Actor, *, queue_id: int | None = None, department_id: int | None = None
) -> Board:
    """The board of a queue, or of all queues of a department. Raises NotFound."""
    title, queues = _queues(session, queue_id, department_id)
    found = session.execute(
        sa.select(QueueEntry, col(Queue.prefix), col(Room.name))
        .join(Queue, col(Queue.id) == col(QueueEntry.queue_id))
        .outerjoin(Room, col(Room.id) == col(QueueEntry.room_id))
        .where(
            col(QueueEntry.queue_id).in_(queues),
            col(QueueEntry.day) == actor.locale.today(),
            col(QueueEntry.status).in_(_SHOWN),
        )
    ).all()
    called = [one for one in found if one[0].status == _Q.CALLED]
    called.sort(key=lambda one: (one[0].called_at is None, one[0].called_at), reverse=True)
    inside = [one for one in found if one[0].status == _Q.WITH_DOCTOR]
    inside.sort(key=lambda one: (one[0].started_at, one[0].id), reverse=True)
    waits = sorted((one for one in found if one[0].status in (_Q.READY, _Q.TO_NURSE)), key=_turn)
    whose = col(Resource.id).in_(select(Queue.resource_id).where(col(Queue.id).in_(queues)))
    return Board(
        title=title,
        called=tuple(_call(*one) for one in called[:MOST_CALLED]),
        inside=tuple(_call(*one) for one in inside[:MOST_CALLED]),
        waiting=tuple(_call(*one) for one in waits[:MOST_WAITING]),
        delays=tuple(delays_today(session, actor, whose)),
    )


def _queues(session: Session, queue_id: int | None, department_id: int | None) -> tuple[str, Any]:
    """What a board is called, and the ids of its queues."""
    if queue_id is not None:
        queue = session.get(Queue, queue_id)
        if queue is None:
            raise NotFound("queue")
        return queue.name, [queue_id]
    department = session.get(Department, department_id)
    if department is None:
        raise NotFound("department")
    practitioners = (
        select(Resource.id)
        .join(Practitioner, col(Practitioner.id) == col(Resource.practitioner_id))
        .where(Practitioner.department_id == department_id)
    )
    services = select(HealthcareService.id).where(HealthcareService.department_id == department_id)
    queues = select(Queue.id).where(
        sa.or_(
            col(Queue.department_id) == department_id,
            col(Queue.resource_id).in_(practitioners),
            col(Queue.service_id).in_(services),
        )
    )
    return department.name, queues


def _turn(one: Any) -> Any:
    entry: QueueEntry = one[0]
    return turn_of(
        is_urgent=entry.is_urgent, absences=entry.absences, sorted_at=entry.sorted_at, place_id=entry.key
    )


def _call(entry: QueueEntry, prefix: str, room: str | None) -> BoardCall:
    return BoardCall(
        key=str(entry.id),
        label=f"{prefix}{entry.number}",
        room=room or entry.counter,
        called_at=entry.called_at,
    )
