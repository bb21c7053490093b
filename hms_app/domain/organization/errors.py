"""What may be refused about the organization, as sentences."""

from hms_app.core.errors import DomainError, refused_by


class AlreadyFounded(DomainError):
    """Set-up is over: there is a hospital."""

    def __init__(self) -> None:
        super().__init__("This hospital is already set up. Sign in instead.")


class NotFounded(DomainError):
    """There is no hospital yet."""

    def __init__(self) -> None:
        super().__init__("This hospital is not set up yet.")


class DepartmentClosed(DomainError):
    """A closed department takes no new rooms or practitioners."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is closed. Choose an open department.", field="department_id")


class DepartmentInUse(DomainError):
    """A department with open rooms or active practitioners cannot be closed."""

    def __init__(self, name: str, rooms: int, practitioners: int) -> None:
        held = [f"{rooms} open room{'s' if rooms != 1 else ''}"] if rooms else []
        held += (
            [f"{practitioners} active practitioner{'s' if practitioners != 1 else ''}"]
            if practitioners
            else []
        )
        super().__init__(f"{name} still has {' and '.join(held)}. Close or move them first.")


refused_by("pk_hospital", "This hospital is already set up. Sign in instead.")
refused_by("uq_department_code", "Another department has this code.", field="code")
refused_by(
    "uq_room_name_in_department",
    "This department already has a room of this name.",
    field="name",
)
refused_by(
    "uq_practitioner_registration_number",
    "Another practitioner has this registration number.",
    field="registration_number",
)
refused_by(
    "uq_practitioner_user",
    "Another practitioner is linked to this user.",
    field="user_id",
)
refused_by("uq_payer_name", "There is already a payer of this name.", field="name")
refused_by("fk_room_department_id", "There is no such department.", field="department_id")
refused_by(
    "fk_practitioner_department_id",
    "There is no such department.",
    field="department_id",
)
refused_by("fk_practitioner_user_id", "There is no such user.", field="user_id")
