"""What the audit trail says about patients."""

from enum import StrEnum


class PatientAction(StrEnum):
    """`patients.<subject>.<past participle>`."""

    PATIENT_REGISTERED = "patients.patient.registered"
    LIKENESS_PASSED = "patients.likeness.passed"
    CONSENT_RECORDED = "patients.consent.recorded"
    CONSENT_WITHDRAWN = "patients.consent.withdrawn"
    CONSENT_RETRACTED = "patients.consent.retracted"
    DUPLICATE_DISMISSED = "patients.duplicate.dismissed"
    DUPLICATE_REOPENED = "patients.duplicate.reopened"
    PATIENT_MERGED = "patients.patient.merged"
    PATIENT_UNMERGED = "patients.patient.unmerged"
    REGISTER_SCANNED = "patients.register.scanned"
    PATIENT_CORRECTED = "patients.patient.corrected"
    PATIENT_DEACTIVATED = "patients.patient.deactivated"
    PATIENT_REACTIVATED = "patients.patient.reactivated"
    PATIENT_RETRACTED = "patients.patient.retracted"
    PATIENT_RESTRICTED = "patients.patient.restricted"
    PATIENT_OPENED = "patients.patient.opened"
    DEATH_RECORDED = "patients.death.recorded"
    DEATH_UNDONE = "patients.death.undone"
    LIST_EXPORTED = "patients.list.exported"
