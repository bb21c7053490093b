"""The queues: a page of them, and the form in the drawer."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.organization.values import Choice
from hms_app.domain.scheduling.queries.choices import day_choices
from hms_app.domain.scheduling.queries.queues import get_queue, list_queues
from hms_app.domain.scheduling.service import queues as service
from hms_app.domain.scheduling.values.queues import (
    QUEUE_FORM,
    QUEUE_KIND_LABELS,
    QUEUE_ORDER_LABELS,
    QueueInput,
    QueueRow,
)
from hms_app.domain.scheduling.values.words import QueueKind
from hms_app.state.lists.entries import Entries, EntriesScreen, EntryItem, entry_item
from hms_app.state.lists.kinds import CLOSED_TOO, Filter, ListKind, one_of
from hms_app.state.organization.department_choices import named_in


class QueueItem(EntryItem):
    """A queue in its list and its form."""

    kind: str
    kind_label: str
    ordering: str
    order_label: str
    prefix: str
    owner: str
    waiting: str
    practitioner_id: str
    service_id: str
    department_id: str


def queue_item(row: QueueRow) -> QueueItem:
    """A queue as texts."""
    return {
        **entry_item(row),
        "kind": row.kind.value,
        "kind_label": QUEUE_KIND_LABELS[row.kind],
        "ordering": row.ordering.value,
        "order_label": QUEUE_ORDER_LABELS[row.ordering],
        "prefix": row.prefix,
        "owner": row.owner,
        "waiting": str(row.waiting or ""),
        "practitioner_id": str(row.practitioner_id or ""),
        "service_id": str(row.service_id or ""),
        "department_id": str(row.department_id or ""),
    }


def _offered(session: Session, actor: Actor, *, asked: Mapping[str, str]) -> dict[str, list[Choice]]:
    offered = day_choices(session, actor)
    return {
        "practitioners": offered.practitioners,
        "services": offered.services,
        "departments": offered.departments,
    }


QUEUES: Final = ListKind(
    name="queues",
    noun="queue",
    read=Permission.SCHEDULING_QUEUE_READ,
    find=list_queues,
    present=lambda row, _actor: queue_item(row),
    columns={
        "name": "Name",
        "owner": "Whose",
        "order_label": "Order",
        "prefix": "Letters",
        "waiting": "Waiting",
        "status": "Status",
    },
    filters=(Filter("kind", "kind", one_of(QueueKind)), CLOSED_TOO),
    rights={"may_edit": Permission.SCHEDULING_QUEUE_EDIT},
    beside=_offered,
)


class QueuesState(EntriesScreen, rx.State):
    """What the screen of queues knows."""

    rows: list[QueueItem] = []
    practitioners: list[Choice] = []
    services: list[Choice] = []
    departments: list[Choice] = []
    listed: ClassVar = QUEUES
    entries: ClassVar = Entries(
        kind="queue",
        edit=Permission.SCHEDULING_QUEUE_EDIT,
        get=get_queue,
        shown=queue_item,
        request=QueueInput,
        form=QUEUE_FORM,
        add=service.add_queue,
        change=service.change_queue,
        close=service.close_queue,
        reopen=service.reopen_queue,
    )

    def _show_beside(self, found: dict[str, list[Choice]]) -> None:
        for name, choices in found.items():
            setattr(self, name, choices)

    def _texts(self, form: Mapping[str, Any]) -> dict[str, str]:
        return {
            **named_in(self.practitioners, form, "practitioner_id"),
            **named_in(self.services, form, "service_id"),
            **named_in(self.departments, form, "department_id"),
        }
