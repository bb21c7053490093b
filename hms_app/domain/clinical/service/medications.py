"""Medicines that a patient takes."""

from typing import Any

from hms_app.domain.clinical.service.kinds import EntryKind, Writing
from hms_app.domain.clinical.service.terms import chosen_term, columns_of
from hms_app.domain.clinical.tables import MedicationRequest
from hms_app.domain.clinical.values import HistoryKind, MedicineRequest, TermKind


def _columns(writing: Writing, request: MedicineRequest) -> dict[str, Any]:
    term = chosen_term(writing.session, TermKind.MEDICATION, request.term, request.term_text)
    return {
        **columns_of(term),
        **writing.began(request.started, field="started"),
        "dosage": request.dosage,
        "reason_display": request.reason,
    }


MEDICATIONS = EntryKind(HistoryKind.MEDICATION, MedicationRequest, MedicineRequest, _columns)
