"""Medicines that a patient takes."""

from typing import Any

from hms_app.core.errors import DomainError
from hms_app.domain.clinical import rules
from hms_app.domain.clinical.errors import AllergyMet
from hms_app.domain.clinical.service.allergies import real_allergies
from hms_app.domain.clinical.service.kinds import EntryKind, Writing
from hms_app.domain.clinical.service.terms import chosen_term, columns_of
from hms_app.domain.clinical.tables import MedicationRequest
from hms_app.domain.clinical.values import HistoryKind, MedicineInput, Term, TermKind


def _columns(writing: Writing, request: MedicineInput) -> dict[str, Any]:
    term = chosen_term(writing.session, TermKind.MEDICATION, request.term, request.term_text)
    return {
        **columns_of(term),
        **writing.began(request.started, field="started"),
        "dosage": request.dosage,
        "reason_display": request.reason,
        **_in_spite_of(writing, term, request),
    }


def _in_spite_of(writing: Writing, term: Term, request: MedicineInput) -> dict[str, str]:
    """The warning about a recorded allergy and the reason to go on; both are empty when nothing was met.

    Raises AllergyMet until the request carries the warning that holds now, and DomainError until it says why.
    """
    allergies = [
        Term(None, row.code_system, row.code, row.display)
        for row in real_allergies(writing.session, writing.patient_id)
    ]
    warning = rules.allergy_warning(rules.allergies_to(term, allergies))
    if warning != request.allergy_warning and warning:
        raise AllergyMet(warning)
    if warning and not request.allergy_reason:
        raise DomainError("Say why it is given all the same; the record keeps it.", field="allergy_reason")
    return {"allergy_warning": warning, "allergy_reason": request.allergy_reason if warning else ""}


MEDICATIONS = EntryKind(HistoryKind.MEDICATION, MedicationRequest, MedicineInput, _columns)
