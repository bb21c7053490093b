"""Answers to questions about a patient's life, kept as observations."""

from typing import Any

from hms_app.core.errors import DomainError
from hms_app.domain.clinical.service.kinds import EntryKind, Writing
from hms_app.domain.clinical.tables import Observation
from hms_app.domain.clinical.values import (
    LOINC,
    SOCIAL_CODES,
    HistoryKind,
    ObservationCategory,
    SocialInput,
)


def _columns(writing: Writing, request: SocialInput) -> dict[str, Any]:
    question = SOCIAL_CODES.get(request.question)
    if question is None:
        raise DomainError("Choose one of the list.", field="question")
    usual = dict(question.answers)
    return {
        **writing.happened(request.asked, field="asked"),
        "code": question.code,
        "code_system": LOINC,
        "display": question.title,
        "category": ObservationCategory.SOCIAL_HISTORY.value,
        "value_code": request.answer if request.answer in usual else "",
        "value_text": usual.get(request.answer, request.answer),
    }


SOCIAL_HISTORY = EntryKind(HistoryKind.SOCIAL, Observation, SocialInput, _columns)
