"""Allergies and intolerances, with their reactions; and the statement that there are none."""

from typing import Any

from sqlmodel import Session, col, delete, select

from hms_app.domain.clinical.queries.vocabulary import reaction_words
from hms_app.domain.clinical.service.kinds import EntryKind, Writing
from hms_app.domain.clinical.service.terms import chosen_term, columns_of
from hms_app.domain.clinical.tables import AllergyIntolerance, AllergyReaction
from hms_app.domain.clinical.values import (
    NO_KNOWN_ALLERGIES,
    AllergyInput,
    CourseStatus,
    HistoryKind,
    TermKind,
)


def active_allergies(session: Session, patient_id: int) -> list[AllergyIntolerance]:
    """What is recorded and holds today, the statements that there is no allergy among it."""
    return list(
        session.exec(
            select(AllergyIntolerance)
            .where(
                AllergyIntolerance.patient_id == patient_id,
                AllergyIntolerance.status == CourseStatus.ACTIVE.value,
            )
            .order_by(col(AllergyIntolerance.id))
        )
    )


def real_allergies(session: Session, patient_id: int) -> list[AllergyIntolerance]:
    """The same without those statements."""
    return [row for row in active_allergies(session, patient_id) if row.code not in NO_KNOWN_ALLERGIES]


def _columns(writing: Writing, request: AllergyInput) -> dict[str, Any]:
    term = chosen_term(writing.session, TermKind.ALLERGY, request.term, request.term_text)
    return {
        **columns_of(term),
        **writing.began(request.onset, field="onset"),
        "kind": request.kind.value,
        "category": request.category.value,
        "criticality": request.criticality.value if request.criticality else None,
    }


def _settle(
    writing: Writing, allergy: AllergyIntolerance, request: AllergyInput
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Replace the reactions by those of the request, unless they are the same."""
    session = writing.session
    wanted = [_reaction(writing, number, slot) for number, slot in enumerate(request.reactions, start=1)]
    mine = col(AllergyReaction.allergy_id) == allergy.key
    before = list(session.exec(select(AllergyReaction).where(mine).order_by(col(AllergyReaction.position))))
    old = [(row.display, row.severity) for row in before]
    new = [(row.display, row.severity) for row in wanted]
    if old == new:
        return {}, {}
    session.exec(delete(AllergyReaction).where(mine))
    for row in wanted:
        row.allergy_id = allergy.key
    session.add_all(wanted)
    session.flush()
    return {"reactions": reaction_words(old)}, {"reactions": reaction_words(new)}


def _reaction(writing: Writing, position: int, slot: tuple[int | None, str, Any]) -> AllergyReaction:
    term_id, text, severity = slot
    term = chosen_term(writing.session, TermKind.REACTION, term_id, text, field=f"reaction_{position}")
    return AllergyReaction(
        allergy_id=0,
        position=position,
        **columns_of(term),
        severity=severity.value if severity else None,
    )


ALLERGIES = EntryKind(
    HistoryKind.ALLERGY, AllergyIntolerance, AllergyInput, _columns, settle=_settle, repeats=False
)
