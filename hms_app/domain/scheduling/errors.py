"""What may be refused about services, schedules, appointments and queues, as sentences."""

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


class CannotBeMoved(DomainError):
    """Only what is still to come goes elsewhere."""

    def __init__(self, status: str) -> None:
        super().__init__(f"This appointment is {status.lower()} and cannot be moved.")


class NotInThatState(DomainError):
    """An act for appointments in another state."""

    def __init__(self, rule: str, status: str) -> None:
        super().__init__(f"{rule}; this appointment is {status.lower()}.")


class NotYet(DomainError):
    """Nobody has failed to come before it begins."""

    def __init__(self, moment: str) -> None:
        super().__init__(f"This appointment begins {moment}; until then nobody is missed.")


class NobodyWaits(DomainError):
    """There is nobody to call; perhaps somebody is with the nurse still."""

    def __init__(self, queue: str, with_nurse: int = 0) -> None:
        people = "1 person is" if with_nurse == 1 else f"{with_nurse} people are"
        hint = f" {people} still with the nurse." if with_nurse else ""
        super().__init__(f"Nobody waits in {queue}.{hint}")


class NotCalled(DomainError):
    """Only who was called can turn out not to be there."""

    def __init__(self) -> None:
        super().__init__("Only somebody who was called can be absent. Look at the queue again.")


class QueueInUse(DomainError):
    """A queue in which somebody is cannot be closed."""

    def __init__(self, name: str, people: int) -> None:
        who = "1 person is" if people == 1 else f"{people} people are"
        super().__init__(f"{who} still in {name}. Close it when they are done.")


class QueueClosed(DomainError):
    """A closed queue takes nobody."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is closed. Choose another queue.", field="queue_id")


class NotToday(DomainError):
    """Only an appointment of today can be checked in."""

    def __init__(self, day: str) -> None:
        super().__init__(f"This appointment is on {day}. Only today's can be checked in.")


class NobodyThere(DomainError):
    """Who has died does not wait for a visit."""

    def __init__(self) -> None:
        super().__init__("The record says that this patient has died.", field="patient_id")


refused_by("uq_queue_name", "There is already a queue of this name.", field="name")
refused_by("uq_queue_entry_waiting", "This patient is in this queue already.", field="patient_id")
refused_by("uq_queue_entry_number", "Somebody else got this number just now. Try again.")
refused_by("uq_healthcare_service_name", "There is already an open service of this name.", field="name")
refused_by("uq_resource_equipment_name", "There is already equipment of this name.", field="name")
refused_by(
    "fk_healthcare_service_catalogue_item_id", "There is no such catalogue item.", field="catalogue_item_id"
)
refused_by("fk_healthcare_service_department_id", "There is no such department.", field="department_id")
refused_by("ex_reservation_once_at_a_time", f"{JUST_TAKEN} Choose another one.", field="time")
refused_by(
    "ck_token_session_no_more_than_capacity", "All numbers of this session are given out.", field="time"
)
