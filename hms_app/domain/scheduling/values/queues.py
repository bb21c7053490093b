"""Queues and the places in them: what people send, and rows that leave the domain."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from hms_app.core.form_input import FormInput
from hms_app.domain.records.values import Form, FormField
from hms_app.domain.scheduling.values.words import AppointmentStatus, QueueKind, QueueOrder, QueueStage

LONGEST_NAME: Final = 120
LONGEST_DELAY: Final = 600
QUEUE_KIND_LABELS: Final = {
    QueueKind.PRACTITIONER: "A practitioner's",
    QueueKind.SERVICE: "A service's",
    QueueKind.DEPARTMENT: "A department's: next free",
}
QUEUE_ORDER_LABELS: Final = {
    QueueOrder.TIME: "Appointed time",
    QueueOrder.ARRIVAL: "Arrival",
    QueueOrder.TOKEN: "Number",
}
QUEUE_FORM: Final[Form] = {
    "name": FormField("Name"),
    "kind": FormField("Whose", QUEUE_KIND_LABELS),
    "practitioner_id": FormField("Practitioner"),
    "service_id": FormField("Service"),
    "department_id": FormField("Department"),
    "ordering": FormField("Order", QUEUE_ORDER_LABELS),
    "prefix": FormField("Letters before the numbers"),
}


def _prefix(text: str) -> str:
    if text and not (len(text) <= 3 and text.isascii() and text.isalpha()):
        raise ValueError("Use at most three letters, A to Z.")
    return text.upper()


class QueueInput(FormInput):
    """A queue: whose it is, in which order people are called, and the letters before its numbers."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    kind: QueueKind
    practitioner_id: int | None = None
    service_id: int | None = None
    department_id: int | None = None
    ordering: QueueOrder = QueueOrder.TIME
    prefix: Annotated[str, AfterValidator(_prefix)] = ""

    @property
    def owner(self) -> int | None:
        """The id of whose queue it is."""
        owner: int | None = getattr(self, f"{self.kind.value}_id")
        return owner


class WalkInInput(FormInput):
    """Somebody who comes without an appointment: for what, or into which queue; urgent with a reason."""

    patient_id: int
    service_id: int | None = None
    queue_id: int | None = None
    reason: str = ""
    urgent_reason: str = ""
    to_nurse: bool = False


class UrgentInput(FormInput):
    """Why somebody is to be seen before the others."""

    urgent_reason: Annotated[str, Field(min_length=1)]


class DelayInput(FormInput):
    """How many minutes late a practitioner runs; 0 is on time."""

    practitioner_id: int
    minutes: Annotated[int, Field(ge=0, le=LONGEST_DELAY)]


@dataclass(frozen=True)
class QueueRow:
    """A queue, whose it is by name, and how many wait in it today."""

    id: int
    version: int
    is_active: bool
    name: str
    kind: QueueKind
    ordering: QueueOrder
    prefix: str
    practitioner_id: int | None
    service_id: int | None
    department_id: int | None
    owner: str
    waiting: int


@dataclass(frozen=True)
class PlaceRow:
    """A place in a queue as its own use cases answer it."""

    id: int
    version: int
    queue_id: int
    patient_id: int
    appointment_id: int | None
    label: str
    """The number as the board shows it, such as "A12"."""
    status: QueueStage
    room_id: int | None = None


@dataclass(frozen=True)
class DeskRow:
    """One person of today: expected by appointment, in a queue, or over; what a desk or a queue screen shows of them.

    `waited` is None for who does not wait; below zero until the appointed time. `estimate` is in minutes from now.
    """

    key: str
    appointment_id: int | None
    appointment_number: str
    place_id: int | None
    patient_id: int
    name: str
    mrn: str
    birth_date: str
    is_known: bool
    """Whether the actor may know who it is."""
    number: str
    starts_at: dt.datetime | None
    service: str
    practitioner: str
    practitioner_id: int | None
    department_id: int | None
    room: str
    queue_id: int | None
    queue: str
    appointment_status: AppointmentStatus | None
    stage: QueueStage | None
    is_urgent: bool
    urgent_reason: str
    is_late: bool
    arrived_at: dt.datetime | None
    started_at: dt.datetime | None
    called_at: dt.datetime | None
    waited: int | None
    tone: str
    estimate: int | None
    absences: int
    delay: int


@dataclass(frozen=True)
class DeskFilters:
    """What a desk is narrowed by; empty fields do not filter."""

    text: str = ""
    department_id: int | None = None
    practitioner_id: int | None = None
    queue_ids: tuple[int, ...] | None = None
    seen_by: int | None = None
    """The practitioner whose patients alone count among those who are being seen or were."""


@dataclass(frozen=True)
class DelayRow:
    """How late somebody runs today, as the desk and the board say it."""

    practitioner_id: int
    practitioner: str
    minutes: int
    announced_at: dt.datetime


@dataclass(frozen=True)
class Desk:
    """The day at the desk: its three lanes, in the order in which they are to be seen, and what is over."""

    expected: tuple[DeskRow, ...]
    waiting: tuple[DeskRow, ...]
    with_doctor: tuple[DeskRow, ...]
    over: tuple[DeskRow, ...]
    delays: tuple[DelayRow, ...]


@dataclass(frozen=True)
class BoardCall:
    """A number and where it is to go."""

    key: str
    label: str
    room: str
    called_at: dt.datetime | None


@dataclass(frozen=True)
class Board:
    """What a waiting room may see: numbers and rooms, and how late it runs; nobody's name."""

    title: str
    called: tuple[BoardCall, ...]
    inside: tuple[BoardCall, ...]
    waiting: tuple[BoardCall, ...]
    delays: tuple[DelayRow, ...]
