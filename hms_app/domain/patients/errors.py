"""What may be refused about patients, as sentences."""

from hms_app.core.errors import DomainError, refused_by


class PhoneRefused(DomainError):
    """A text that is no phone number."""


class BirthRefused(DomainError):
    """A text that says no date of birth."""


refused_by("uq_patient_identifier_value", "Another patient has this identifier already.", field="identifiers")
