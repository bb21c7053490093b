"""What the audit trail says about clinical records, and who may read it: whoever may read that part of the record."""

from enum import StrEnum
from typing import Final

from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import describe


class ClinicalAction(StrEnum):
    """What the audit trail says about clinical records."""

    ALLERGY_RECORDED = "clinical.allergy.recorded"
    ALLERGY_CORRECTED = "clinical.allergy.corrected"
    ALLERGY_ENDED = "clinical.allergy.ended"
    ALLERGY_RETRACTED = "clinical.allergy.retracted"
    CONDITION_RECORDED = "clinical.condition.recorded"
    CONDITION_CORRECTED = "clinical.condition.corrected"
    CONDITION_ENDED = "clinical.condition.ended"
    CONDITION_RETRACTED = "clinical.condition.retracted"
    MEDICATION_RECORDED = "clinical.medication.recorded"
    MEDICATION_CORRECTED = "clinical.medication.corrected"
    MEDICATION_ENDED = "clinical.medication.ended"
    MEDICATION_RETRACTED = "clinical.medication.retracted"
    IMMUNIZATION_RECORDED = "clinical.immunization.recorded"
    IMMUNIZATION_CORRECTED = "clinical.immunization.corrected"
    IMMUNIZATION_RETRACTED = "clinical.immunization.retracted"
    FAMILY_HISTORY_RECORDED = "clinical.family_history.recorded"
    FAMILY_HISTORY_CORRECTED = "clinical.family_history.corrected"
    FAMILY_HISTORY_RETRACTED = "clinical.family_history.retracted"
    SOCIAL_HISTORY_RECORDED = "clinical.social_history.recorded"
    SOCIAL_HISTORY_CORRECTED = "clinical.social_history.corrected"
    SOCIAL_HISTORY_RETRACTED = "clinical.social_history.retracted"
    ENCOUNTER_PLANNED = "clinical.encounter.planned"
    ENCOUNTER_STARTED = "clinical.encounter.started"
    ENCOUNTER_COMPLETED = "clinical.encounter.completed"
    ENCOUNTER_CANCELLED = "clinical.encounter.cancelled"
    ENCOUNTER_UNDONE = "clinical.encounter.undone"
    DOCUMENT_ADDED = "clinical.document.added"
    DOCUMENT_OPENED = "clinical.document.opened"
    DOCUMENT_RETRACTED = "clinical.document.retracted"


_EVERY_ENTRY: Final = (
    *("code", "code_system", "display", "occurred_at", "occurred_precision", "is_day_only"),
    *("ended_at", "ended_precision", "ended_reason", "note", "status", "status_told", "practitioner_id"),
)
_OF_SUBJECT: Final = {
    "allergy": (
        Permission.CLINICAL_ALLERGY_READ,
        ("kind", "category", "criticality", "verification", "reactions"),
    ),
    "condition": (Permission.CLINICAL_CONDITION_READ, ("verification",)),
    "medication": (
        Permission.CLINICAL_MEDICATION_READ,
        ("reason_code", "reason_system", "reason_display", "dosage", "dispenses"),
    ),
    "immunization": (Permission.CLINICAL_IMMUNIZATION_READ, ("lot_number",)),
    "family_history": (
        Permission.CLINICAL_FAMILY_HISTORY_READ,
        ("relationship", "age_at_onset", "is_deceased"),
    ),
    "social_history": (
        Permission.CLINICAL_OBSERVATION_READ,
        (
            *(
                "category",
                "value_number",
                "value_text",
                "value_code",
                "value_system",
                "unit",
                "reference_low",
            ),
            *("reference_high", "is_panel", "panel_id", "diagnostic_report_id"),
        ),
    ),
    "encounter": (
        Permission.CLINICAL_ENCOUNTER_READ,
        (
            *("encounter_class", "department_id", "organization_id", "appointment_id", "queue_entry_id"),
            *("reason_code", "reason_system", "reason_display"),
        ),
    ),
    "document": (Permission.CLINICAL_DOCUMENT_READ, ("kind", "file_id", "title", "file")),
}
"""Each kind of entry: who may read it, and what it says beyond what every entry says."""
_OF_OTHER_PARTS: Final = {
    Permission.CLINICAL_ENCOUNTER_READ: ("encounter_id",),
    Permission.CLINICAL_ALLERGY_READ: ("allergy_warning", "allergy_reason"),
    Permission.PATIENTS_COVERAGE_READ: (
        *("payer_id", "base_cost_amount", "payer_coverage_amount", "total_cost_amount", "currency"),
    ),
}
"""What an entry says of another part of the record."""

for _subject, (_reader, _own) in _OF_SUBJECT.items():
    describe(
        [action for action in ClinicalAction if action.startswith(f"clinical.{_subject}.")],
        {
            **{other: names for other, names in _OF_OTHER_PARTS.items() if other != _reader},
            _reader: (*_EVERY_ENTRY, *_own),
        },
        reason=_reader,
    )
