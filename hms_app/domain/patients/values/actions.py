"""What the audit trail says about patients."""

from enum import StrEnum


class PatientAction(StrEnum):
    """`patients.<subject>.<past participle>`."""

    CONSENT_RECORDED = "patients.consent.recorded"
    CONSENT_WITHDRAWN = "patients.consent.withdrawn"
    CONSENT_RETRACTED = "patients.consent.retracted"
