"""Conditions of a patient's relatives."""

from typing import Any

from hms_app.domain.clinical.service.kinds import EntryKind, Writing
from hms_app.domain.clinical.service.terms import chosen_term, columns_of
from hms_app.domain.clinical.tables import FamilyMemberHistory
from hms_app.domain.clinical.values import FamilyInput, HistoryKind, TermKind


def _columns(writing: Writing, request: FamilyInput) -> dict[str, Any]:
    term = chosen_term(writing.session, TermKind.CONDITION, request.term, request.term_text)
    return {
        **columns_of(term),
        **writing.began("", field="term"),
        "relationship": request.relationship.value,
        "age_at_onset": request.age_at_onset,
        "is_deceased": request.is_deceased,
    }


FAMILY_HISTORY = EntryKind(HistoryKind.FAMILY, FamilyMemberHistory, FamilyInput, _columns)
