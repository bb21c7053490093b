"""What the audit trail says about patients, and who may read it."""

from enum import StrEnum
from typing import Final

from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import LIST_FILTERS, OPEN, OTHERS, describe


class PatientAction(StrEnum):
    """`patients.<subject>.<past participle>`."""

    PATIENT_REGISTERED = "patients.patient.registered"
    PHOTO_CHANGED = "patients.photo.changed"
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
    CONTACT_ADDED = "patients.contact.added"
    CONTACT_CORRECTED = "patients.contact.corrected"
    CONTACT_ENDED = "patients.contact.ended"
    CONTACT_RETRACTED = "patients.contact.retracted"
    COVERAGE_ADDED = "patients.coverage.added"
    COVERAGE_CORRECTED = "patients.coverage.corrected"
    COVERAGE_ENDED = "patients.coverage.ended"
    COVERAGE_RETRACTED = "patients.coverage.retracted"
    IDENTIFIER_ADDED = "patients.identifier.added"
    IDENTIFIER_CORRECTED = "patients.identifier.corrected"
    IDENTIFIER_ENDED = "patients.identifier.ended"
    IDENTIFIER_RETRACTED = "patients.identifier.retracted"


def _about(*subjects: str) -> list[PatientAction]:
    return [action for action in PatientAction if action.split(".")[1] in subjects]


_IDENTITY: Final = (
    *("mrn", "family_name", "given_names", "preferred_name", "prefix", "suffix", "maiden_name"),
    *("birth_date", "birth_date_precision", "birth_estimated_on", "birth_place"),
    *(
        "deceased_at",
        "deceased_is_day_only",
        "deceased_precision",
        "sex_at_birth",
        "gender",
        "marital_status",
        "language",
    ),
    *(
        "race",
        "ethnicity",
        "photo_file",
        "status",
        "status_reason",
        "is_restricted",
        "rows",
        "name_sort",
        "duplicate_reason",
    ),
    *("source_system", "source_key"),
)
_ADDRESS: Final = (
    *("address_line", "city", "county", "region", "postal_code", "country", "latitude", "longitude"),
)
describe(
    _about("patient", "death", "photo"),
    {
        Permission.PATIENTS_PATIENT_READ: _IDENTITY,
        Permission.PATIENTS_CONTACT_READ: ("phones", "email", "relations", *_ADDRESS),
        Permission.PATIENTS_COVERAGE_READ: ("coverages",),
        Permission.PATIENTS_IDENTIFIER_READ: ("identifiers",),
        Permission.PATIENTS_CONSENT_READ: ("consent_treatment", "consent_data_processing"),
        Permission.CLINICAL_ENCOUNTER_READ: ("last_visit_at",),
        OTHERS: ("other_patient_id", "merged_into_id"),
    },
    reason=Permission.PATIENTS_PATIENT_READ,
)
describe(_about("likeness"), {OTHERS: ("looked_like",)}, reason=Permission.PATIENTS_PATIENT_READ)
describe(_about("duplicate"), {OTHERS: ("other_patient_id",)}, reason=Permission.PATIENTS_PATIENT_READ)
describe(_about("register"), {})
describe(
    _about("contact"),
    {
        Permission.PATIENTS_CONTACT_READ: (
            *("system", "use", "value", "digits", "kind", "relationship_name", "name", "phone", "ended_on"),
            *_ADDRESS,
        )
    },
    reason=Permission.PATIENTS_CONTACT_READ,
)
describe(
    _about("coverage"),
    {
        Permission.PATIENTS_COVERAGE_READ: (
            *("payer_id", "rank", "plan", "member_number", "owner_relation", "owner_name"),
            *("starts_on", "ends_on", "share"),
        )
    },
    reason=Permission.PATIENTS_COVERAGE_READ,
)
describe(
    _about("identifier"),
    {Permission.PATIENTS_IDENTIFIER_READ: ("type", "issuer", "system", "value", "ended_on")},
    reason=Permission.PATIENTS_IDENTIFIER_READ,
)
describe(
    _about("consent"),
    {
        Permission.PATIENTS_CONSENT_READ: (
            *("kind", "decision", "recorded_on", "valid_until", "withdrawn_on", "note"),
        )
    },
    reason=Permission.PATIENTS_CONSENT_READ,
)
describe(_about("list"), {**LIST_FILTERS, OPEN: (*LIST_FILTERS[OPEN], "kind", "searched_by")})
