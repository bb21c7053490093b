"""Queues: added, changed, closed and opened again, and found or made for who checks in."""

from string import ascii_uppercase
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.organization.tables import Department
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind
from hms_app.domain.scheduling.errors import QueueClosed, QueueInUse
from hms_app.domain.scheduling.queries import queues as queries
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.tables import HealthcareService, Queue, QueueEntry, Resource
from hms_app.domain.scheduling.values.audited import SchedulingAction as Did
from hms_app.domain.scheduling.values.queues import LONGEST_NAME, QueueInput, QueueRow
from hms_app.domain.scheduling.values.words import OVER, QueueKind, ResourceKind

QUEUES: Final = RowKind(Queue, "queue", queries.queue_form)

_OWNERS: Final[dict[QueueKind, tuple[str, type[Resource] | type[HealthcareService] | type[Department]]]] = {
    QueueKind.PRACTITIONER: ("resource_id", Resource),
    QueueKind.SERVICE: ("service_id", HealthcareService),
    QueueKind.DEPARTMENT: ("department_id", Department),
}
"""The column in which a queue of a kind names its owner, and the owner's table."""


@use_case(Permission.SCHEDULING_QUEUE_EDIT)
def add_queue(session: Session, actor: Actor, *, request: QueueInput) -> QueueRow:
    """Open a queue; its name is refused when another open one has it, and its owner when there is none such."""
    queue = Queue(**_columns(session, request), name_key="")
    records.add_row(session, actor, queue, Did.QUEUE_ADDED)
    return queries.read_queue(session, actor, queue.key)


@use_case(Permission.SCHEDULING_QUEUE_EDIT)
def change_queue(
    session: Session, actor: Actor, *, queue_id: int, version: int, request: QueueInput
) -> QueueRow:
    """Change a queue; who is in it stays where they are. Raises Conflict."""
    queue = records.locked_row(session, actor, QUEUES, queue_id, version=version)
    records.save_row(session, actor, queue, Did.QUEUE_CHANGED, **_columns(session, request))
    return queries.read_queue(session, actor, queue_id)


@use_case(Permission.SCHEDULING_QUEUE_EDIT)
def close_queue(session: Session, actor: Actor, *, queue_id: int, version: int) -> None:
    """Close a queue; raises QueueInUse while somebody of today is in it."""
    queue = records.locked_row(session, actor, QUEUES, queue_id, version=version)
    people = session.exec(
        select(sa.func.count())
        .select_from(QueueEntry)
        .where(
            QueueEntry.queue_id == queue_id,
            QueueEntry.day == actor.locale.today(),
            col(QueueEntry.status).not_in(OVER),
        )
    ).one()
    if people:
        raise QueueInUse(queue.name, people)
    records.save_row(session, actor, queue, Did.QUEUE_CLOSED, is_active=False)


@use_case(Permission.SCHEDULING_QUEUE_EDIT)
def reopen_queue(session: Session, actor: Actor, *, queue_id: int, version: int) -> None:
    """Open a closed queue again."""
    queue = records.locked_row(session, actor, QUEUES, queue_id, version=version)
    records.save_row(session, actor, queue, Did.QUEUE_REOPENED, is_active=True)


def locked_queue(session: Session, actor: Actor, queue_id: int) -> Queue:
    """An open queue, held until the commit: places are given and called one after the other. Raises QueueClosed."""
    queue = records.locked_row(session, actor, QUEUES, queue_id)
    if not queue.is_active:
        raise QueueClosed(queue.name)
    return queue


def queue_for(
    session: Session,
    actor: Actor,
    *,
    practitioner_id: int | None,
    service_id: int | None,
    department_id: int | None,
) -> int:
    """The queue in which to wait: the practitioner's, else the service's, else the department's.

    Where none of them has one, the first of them gets one. Raises NotFound when nobody is named.
    """
    resource_id = (
        resource_of(session, ResourceKind.PRACTITIONER, practitioner_id) if practitioner_id else None
    )
    owners = (
        (QueueKind.PRACTITIONER, resource_id),
        (QueueKind.SERVICE, service_id),
        (QueueKind.DEPARTMENT, department_id),
    )
    named = [(kind, owner_id) for kind, owner_id in owners if owner_id is not None]
    if not named:
        raise NotFound("queue")
    for kind, owner_id in named:
        if (found := _open_queue(session, kind, owner_id)) is not None:
            return found
    return _made(session, actor, *_maker(named))


def _maker(named: list[tuple[QueueKind, int]]) -> tuple[QueueKind, int]:
    """Who gets a queue: a practitioner; else the department, where whoever is free next calls; else the service."""
    kinds = dict(named)
    kind = next(
        kind for kind in (QueueKind.PRACTITIONER, QueueKind.DEPARTMENT, QueueKind.SERVICE) if kind in kinds
    )
    return kind, kinds[kind]


def _open_queue(session: Session, kind: QueueKind, owner_id: int) -> int | None:
    column = getattr(Queue, _OWNERS[kind][0])
    return session.exec(
        select(Queue.id)
        .where(Queue.kind == kind.value, column == owner_id, Queue.is_active)
        .order_by(col(Queue.id))
    ).first()


def _made(session: Session, actor: Actor, kind: QueueKind, owner_id: int) -> int:
    """A queue that nobody has made yet; its owner's row is held, so that two who check in at once make one."""
    column, table = _OWNERS[kind]
    session.exec(select(table.id).where(table.id == owner_id).with_for_update()).one()
    if (found := _open_queue(session, kind, owner_id)) is not None:
        return found
    name = queries.owner_name(session, kind, owner_id)
    values: dict[str, Any] = {column: owner_id}
    queue = Queue(
        name=_free_name(session, name),
        name_key="",
        kind=kind.value,
        prefix=_free_prefix(session, name),
        **values,
    )
    records.add_row(session, actor, queue, Did.QUEUE_ADDED)
    return queue.key


def _free_name(session: Session, name: str) -> str:
    """The name, with a number behind it where another open queue has it."""
    taken = set(session.exec(select(Queue.name_key).where(Queue.is_active)))
    short = name[: LONGEST_NAME - 5]
    names = [name, *(f"{short} {number}" for number in range(2, len(taken) + 3))]
    return next(one for one in names if fold(one) not in taken)


def _free_prefix(session: Session, name: str) -> str:
    """Letters of the name's last word that no other open queue has, so that no two numbers on a board are alike."""
    taken = set(session.exec(select(Queue.prefix).where(Queue.is_active)))
    words = [word for word in fold(name).upper().split() if word.isalpha()]
    letters = words[-1] if words else ""
    wanted = [letters[:1], letters[:2], letters[:3], *ascii_uppercase]
    return next((one for one in wanted if one and one not in taken), "")


def _columns(session: Session, request: QueueInput) -> dict[str, Any]:
    """A queue's columns from what was sent; the owners of other kinds are left out. Raises DomainError."""
    owner = request.owner
    if owner is None:
        raise DomainError(
            f"Choose the {request.kind.value} whose queue it is.", field=f"{request.kind.value}_id"
        )
    if request.kind is QueueKind.PRACTITIONER:
        owner = resource_of(session, ResourceKind.PRACTITIONER, owner)
    column, table = _OWNERS[request.kind]
    if session.get(table, owner) is None:
        raise NotFound(request.kind.value)
    owners = {name: None for name, _table in _OWNERS.values()} | {column: owner}
    return {
        "name": request.name,
        "kind": request.kind.value,
        "ordering": request.ordering.value,
        "prefix": request.prefix,
        **owners,
    }
