"""What may be refused about services, schedules, appointments and queues, as sentences."""

from hms_app.core.errors import DomainError, refused_by


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
