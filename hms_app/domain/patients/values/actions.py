"""What the audit trail says about patients."""

from enum import StrEnum


class PatientAction(StrEnum):
    """`patients.<subject>.<past participle>`."""

    PATIENT_REGISTERED = "patients.patient.registered"
    CONSENT_RECORDED = "patients.consent.recorded"
    CONSENT_WITHDRAWN = "patients.consent.withdrawn"
    CONSENT_RETRACTED = "patients.consent.retracted"
