"""What can be done with an appointment: each step of its life cycle by the use case that takes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from hms_app.core.actor import Actor
from hms_app.domain.scheduling.service.cancelling import (
    approve_appointment,
    cancel_appointment,
    mark_no_show,
    restore_appointment,
)
from hms_app.domain.scheduling.service.moving import MOVABLE
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import APPOINTMENT_LIFE, AppointmentStatus
from hms_app.domain.workflows.check_in import check_in, undo_check_in

_S = AppointmentStatus


class ActItem(TypedDict):
    """A button: the act it asks for, what it says, and whether it wants a reason first."""

    id: str
    verb: str
    is_danger: bool


@dataclass(frozen=True)
class Act:
    """How a step is taken: the use case, and whether it wants a reason."""

    run: Callable[..., Any]
    wants_reason: bool = False


ACTS: Final[Mapping[tuple[str, str], Act]] = {
    (_S.PROPOSED, _S.BOOKED): Act(approve_appointment),
    (_S.PROPOSED, _S.CANCELLED): Act(cancel_appointment, wants_reason=True),
    (_S.BOOKED, _S.ARRIVED): Act(check_in),
    (_S.BOOKED, _S.CANCELLED): Act(cancel_appointment, wants_reason=True),
    (_S.BOOKED, _S.NO_SHOW): Act(mark_no_show),
    (_S.ARRIVED, _S.BOOKED): Act(undo_check_in),
    (_S.ARRIVED, _S.CANCELLED): Act(cancel_appointment, wants_reason=True),
    (_S.NO_SHOW, _S.BOOKED): Act(restore_appointment),
    (_S.CANCELLED, _S.BOOKED): Act(restore_appointment),
}
"""The steps an appointment itself offers; those of the consultation are the queue's."""


def acts_of(row: AppointmentRow, actor: Actor) -> list[ActItem]:
    """The buttons that this person is offered, moving not among them."""
    return [
        ActItem(
            id=f"{move.start}_{move.end}",
            verb=move.verb,
            is_danger=ACTS[move.start, move.end].wants_reason,
        )
        for move in APPOINTMENT_LIFE.offered(row.status, actor)
        if (move.start, move.end) in ACTS
    ]


def act_named(name: object) -> Act | None:
    """The act a button asks for; None for what is none."""
    return next((act for (start, end), act in ACTS.items() if f"{start}_{end}" == str(name)), None)


def can_move(row: AppointmentRow) -> bool:
    """Whether an appointment can still go to another time."""
    return row.status in MOVABLE
