"""The term that somebody chose or typed."""

from typing import Any

from sqlmodel import Session

from hms_app.core.errors import DomainError
from hms_app.domain.clinical import rules
from hms_app.domain.clinical.queries.vocabulary import matching_terms
from hms_app.domain.clinical.tables.derived import ClinicalTerm
from hms_app.domain.clinical.values import Term, TermKind


def chosen_term(
    session: Session, kind: TermKind, term_id: int | None, text: str, *, field: str = "term"
) -> Term:
    """The term of this id; else the one that reads as `text` does; else `text` itself, without a code.

    Raises DomainError beside `field` when nothing was chosen or typed.
    """
    if term_id is not None:
        found = session.get(ClinicalTerm, term_id)
        if found is None or found.kind != kind:
            raise DomainError("Choose one of the list.", field=field)
        return Term(found.id, found.code_system, found.code, found.display)
    typed = " ".join(text.split())
    if not typed:
        raise DomainError("Fill this in.", field=field)
    same = (term for term in matching_terms(session, kind, typed, limit=20) if _reads_as(term, typed))
    return next(same, Term(None, "", "", typed))


def columns_of(term: Term) -> dict[str, Any]:
    """A term as columns of a record."""
    return {"code": term.code, "code_system": term.code_system, "display": term.display}


def _reads_as(term: Term, typed: str) -> bool:
    return rules.plain_display(term.display).casefold() == typed.casefold()
