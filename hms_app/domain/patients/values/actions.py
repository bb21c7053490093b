"""What the audit trail says about patients."""

from enum import StrEnum


class PatientAction(StrEnum):
    """`patients.<subject>.<past participle>`."""

    PATIENT_REGISTERED = "patients.patient.registered"
    CONSENT_RECORDED = "patients.consent.recorded"
    CONSENT_WITHDRAWN = "patients.consent.withdrawn"
    CONSENT_RETRACTED = "patients.consent.retracted"
    DUPLICATE_DISMISSED = "patients.duplicate.dismissed"
    DUPLICATE_REOPENED = "patients.duplicate.reopened"
    PATIENT_MERGED = "patients.patient.merged"
    PATIENT_UNMERGED = "patients.patient.unmerged"
    REGISTER_SCANNED = "patients.register.scanned"
