"""What may be refused about clinical records, as sentences."""

from hms_app.core.errors import DomainError, refused_by


class AlreadyRecorded(DomainError):
    """The patient has this, still going on, in the record."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is recorded already. Correct that entry instead.", field="term")


class HasAllergies(DomainError):
    """Somebody said that there are no allergies, and there are."""

    def __init__(self, allergies: list[str]) -> None:
        named = ", ".join(allergies[:5])
        super().__init__(f"These allergies are recorded: {named}. End them first if they no longer hold.")


class AllergyMet(DomainError):
    """The patient is recorded as allergic to something in the medicine; saying so, with a reason, goes on."""

    def __init__(self, warning: str) -> None:
        super().__init__(warning, field="allergy_warning")


class NothingToEnd(DomainError):
    """The entry is about something that happened once, or has ended already."""

    def __init__(self) -> None:
        super().__init__("This entry has no end to record. Look at it again.")


for _table in ("allergy_intolerance", "condition", "medication_request"):
    refused_by(f"ck_{_table}_ends_after_start", "It cannot end before it began.", field="ended")
