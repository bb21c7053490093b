"""Queues: a page of them, one of them, and those that a screen offers."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.keyset import Keyset, count_label, read_page
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Department, Practitioner
from hms_app.domain.organization.values import Choice
from hms_app.domain.records.rules import text_of
from hms_app.domain.records.values import RowForm
from hms_app.domain.scheduling.tables import HealthcareService, Queue, QueueEntry, Resource, ServiceResource
from hms_app.domain.scheduling.values.queues import QUEUE_FORM, QUEUE_KIND_LABELS, QueueRow
from hms_app.domain.scheduling.values.words import WAITING, QueueKind, QueueOrder, QueueStage

MOST_QUEUES: Final = 100
"""Queues that a screen offers to choose from."""
_SORTED: Final = Keyset("queue", (str, int))


@use_case(Permission.SCHEDULING_QUEUE_READ)
def list_queues(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    shows_closed: bool = False,
    kind: QueueKind | None = None,
    at: str | None = None,
) -> Page[QueueRow]:
    """Queues by name; the text is looked for in their names."""
    statement = _statement(actor)
    if not shows_closed:
        statement = statement.where(col(Queue.is_active))
    if kind is not None:
        statement = statement.where(col(Queue.kind) == kind.value)
    if fold(text):
        statement = statement.where(col(Queue.name_key).contains(fold(text), autoescape=True))
    label = count_label(session, statement, Queue.id)
    page = read_page(session, statement, _SORTED, [Queue.name_key, Queue.id], at, label=label)
    return page.map(lambda found: _row(*found))


@use_case(Permission.SCHEDULING_QUEUE_READ)
def get_queue(session: Session, actor: Actor, *, queue_id: int) -> QueueRow:
    """One queue; raises NotFound."""
    return read_queue(session, actor, queue_id)


@use_case(Permission.SCHEDULING_QUEUE_READ)
def queue_choices(session: Session, actor: Actor) -> list[Choice]:
    """The open queues to choose from, by name, each with whose it is."""
    found = session.execute(
        _statement(actor).where(col(Queue.is_active)).order_by(col(Queue.name_key)).limit(MOST_QUEUES)
    )
    rows = [_row(*one) for one in found]
    return [
        {"value": str(row.id), "label": row.name, "detail": row.owner if row.owner != row.name else ""}
        for row in rows
    ]


@use_case(Permission.SCHEDULING_QUEUE_READ)
def own_queues(session: Session, actor: Actor) -> list[int]:
    """The open queues that a practitioner calls from: their own, their services', their department's."""
    if actor.practitioner_id is None:
        return []
    own = select(Resource.id).where(Resource.practitioner_id == actor.practitioner_id)
    services = select(ServiceResource.service_id).where(col(ServiceResource.resource_id).in_(own))
    department = select(Practitioner.department_id).where(Practitioner.id == actor.practitioner_id)
    ranks = sa.case(
        (col(Queue.kind) == QueueKind.PRACTITIONER.value, 0),
        (col(Queue.kind) == QueueKind.SERVICE.value, 1),
        else_=2,
    )
    statement = (
        select(Queue.id)
        .where(
            Queue.is_active,
            sa.or_(
                col(Queue.resource_id).in_(own),
                col(Queue.service_id).in_(services),
                sa.and_(
                    col(Queue.kind) == QueueKind.DEPARTMENT.value, col(Queue.department_id).in_(department)
                ),
            ),
        )
        .order_by(ranks, col(Queue.name_key))
        .limit(MOST_QUEUES)
    )
    return [key for key in session.exec(statement) if key is not None]


def read_queue(session: Session, actor: Actor, queue_id: int) -> QueueRow:
    """One queue, for use cases that have asked who may; raises NotFound."""
    found = session.execute(_statement(actor).where(col(Queue.id) == queue_id)).first()
    if found is None:
        raise NotFound("queue")
    return _row(*found)


def queue_form(session: Session, actor: Actor, queue_id: int) -> RowForm:
    """One queue as its form shows it."""
    row = read_queue(session, actor, queue_id)
    fields = {name: str(getattr(row, name) or "") for name in QUEUE_FORM}
    return RowForm({**fields, text_of(f"{row.kind.value}_id"): row.owner}, is_ended=not row.is_active)


def owner_name(session: Session, kind: QueueKind, owner_id: int) -> str:
    """What whoever a queue is made for is called; raises NotFound."""
    if kind is QueueKind.PRACTITIONER:
        found: Any = session.exec(
            select(Practitioner)
            .join(Resource, col(Resource.practitioner_id) == col(Practitioner.id))
            .where(Resource.id == owner_id)
        ).first()
        name = _called(found) if found else ""
    else:
        table = HealthcareService if kind is QueueKind.SERVICE else Department
        found = session.get(table, owner_id)
        name = found.name if found else ""
    if not name:
        raise NotFound(kind.value)
    return name


def _called(practitioner: Practitioner) -> str:
    return display_name(practitioner.prefix, practitioner.given_names, practitioner.family_name)


def _statement(actor: Actor) -> sa.Select[Any]:
    """Queues with whose they are, and how many wait in each today."""
    waiting = (
        sa.select(sa.func.count())
        .where(
            col(QueueEntry.queue_id) == col(Queue.id),
            col(QueueEntry.day) == actor.locale.today(),
            col(QueueEntry.status).in_((*WAITING, QueueStage.OUT_FOR_TESTS)),
        )
        .correlate(Queue)
        .scalar_subquery()
    )
    return (
        sa.select(Queue, Practitioner, col(HealthcareService.name), col(Department.name), waiting)
        .select_from(Queue)
        .outerjoin(Resource, col(Resource.id) == col(Queue.resource_id))
        .outerjoin(Practitioner, col(Practitioner.id) == col(Resource.practitioner_id))
        .outerjoin(HealthcareService, col(HealthcareService.id) == col(Queue.service_id))
        .outerjoin(Department, col(Department.id) == col(Queue.department_id))
    )


def _row(
    queue: Queue, practitioner: Practitioner | None, service: str | None, department: str | None, waiting: int
) -> QueueRow:
    owners: Sequence[str | None] = (_called(practitioner) if practitioner else None, service, department)
    return QueueRow(
        id=queue.key,
        version=queue.version,
        is_active=queue.is_active,
        name=queue.name,
        kind=QueueKind(queue.kind),
        ordering=QueueOrder(queue.ordering),
        prefix=queue.prefix,
        practitioner_id=practitioner.key if practitioner else None,
        service_id=queue.service_id,
        department_id=queue.department_id,
        owner=next((owner for owner in owners if owner), QUEUE_KIND_LABELS[QueueKind(queue.kind)]),
        waiting=waiting,
    )
