"""Diagnoses and problems."""

from typing import Any

from hms_app.domain.clinical.service.kinds import EntryKind, Writing
from hms_app.domain.clinical.service.terms import chosen_term, columns_of
from hms_app.domain.clinical.tables import Condition
from hms_app.domain.clinical.values import ConditionInput, HistoryKind, TermKind


def _columns(writing: Writing, request: ConditionInput) -> dict[str, Any]:
    term = chosen_term(writing.session, TermKind.CONDITION, request.term, request.term_text)
    return {**columns_of(term), **writing.began(request.onset, field="onset")}


CONDITIONS = EntryKind(HistoryKind.CONDITION, Condition, ConditionInput, _columns, repeats=False)
