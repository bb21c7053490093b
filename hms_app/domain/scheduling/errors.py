"""What may be refused about appointments, as sentences."""

from collections.abc import Sequence

from hms_app.core.errors import DomainError, InvalidInput, refused_by
from hms_app.domain.scheduling.values.booking import Reason, SoftConflict

JUST_TAKEN = "That time was taken a moment ago."


class BookingRefused(InvalidInput):
    """All that stands against a booking at once: hard `reasons`, and `conflicts` that were not confirmed.

    Its text holds one sentence a line; `problems` puts them beside their fields.
    """

    def __init__(self, reasons: Sequence[Reason], conflicts: Sequence[SoftConflict] = ()) -> None:
        said = [reason.sentence for reason in reasons] + [conflict.sentence for conflict in conflicts]
        DomainError.__init__(self, "\n".join(said))
        self.reasons = tuple(reasons)
        self.conflicts = tuple(conflicts)
        self.problems = {}
        for reason in reasons:
            told = self.problems.get(reason.field)
            self.problems[reason.field] = f"{told} {reason.sentence}" if told else reason.sentence


class TimeDoesNotExist(DomainError):
    """A time that was typed falls into the hour that the clocks skip."""

    def __init__(self, day: str, time: str) -> None:
        super().__init__(
            f"On {day} there is no {time}: the clocks are put forward over it. Choose another time.",
            field="time",
        )


class SessionIsFull(DomainError):
    """All numbers of a session are given out."""

    def __init__(self, capacity: int) -> None:
        super().__init__(f"All {capacity} numbers of this session are given out.", field="time")


refused_by("ex_reservation_once_at_a_time", f"{JUST_TAKEN} Choose another one.", field="time")
refused_by(
    "ck_token_session_no_more_than_capacity", "All numbers of this session are given out.", field="time"
)
