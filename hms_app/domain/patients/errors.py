"""What may be refused about patients, as sentences."""

from hms_app.core.errors import DomainError, refused_by


class PhoneRefused(DomainError):
    """A text that is no phone number."""


class BirthRefused(DomainError):
    """A text that says no date of birth."""


class RecordClosed(DomainError):
    """A record entered in error, or merged into another, takes no more changes."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__(f"The record of {name} is {state} and cannot be changed.")


refused_by(
    "ck_patient_consent_valid_after_recorded", "It cannot end before it was given.", field="valid_until"
)
refused_by(
    "ck_patient_consent_withdrawn_after_recorded",
    "It cannot be withdrawn before it was given.",
    field="withdrawn_on",
)
refused_by(
    "ex_coverage_one_primary",
    "The patient has another primary coverage in this time. End that one first, or make this one secondary.",
    field="starts_on",
)
refused_by("uq_patient_identifier_value", "Another patient has this identifier already.", field="identifiers")
