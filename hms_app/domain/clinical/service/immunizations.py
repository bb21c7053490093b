"""Vaccines that were given."""

from typing import Any

from hms_app.domain.clinical.service.kinds import EntryKind, Writing
from hms_app.domain.clinical.service.terms import chosen_term, columns_of
from hms_app.domain.clinical.tables import Immunization
from hms_app.domain.clinical.values import HistoryKind, ImmunizationInput, TermKind


def _columns(writing: Writing, request: ImmunizationInput) -> dict[str, Any]:
    term = chosen_term(writing.session, TermKind.IMMUNIZATION, request.term, request.term_text)
    return {
        **columns_of(term),
        **writing.happened(request.given, field="given"),
        "lot_number": request.lot_number,
    }


IMMUNIZATIONS = EntryKind(HistoryKind.IMMUNIZATION, Immunization, ImmunizationInput, _columns)
