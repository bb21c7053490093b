"""The hospital's own vocabulary: what records already say, offered while somebody types."""

from collections.abc import Iterable
from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Depends
from hms_app.core.use_case import use_case
from hms_app.domain.clinical.rules import plain_display, search_words
from hms_app.domain.clinical.values import NO_KNOWN_ALLERGIES, TERM_PERMISSIONS, Term, TermKind
from hms_app.domain.patients.queries import Statement, rows_of

TERM_LIMIT: Final = 12
SCANNED: Final = 400
"""The most terms with the words typed that are put in order; who wants another types more."""

_TERMS: Final = f"""
SELECT id, code_system, code, display FROM (
 SELECT id, code_system, code, display FROM clinical_term
 WHERE kind = %(kind)s AND words @@ to_tsquery('simple', %(words)s) AND code <> ALL(%(statements)s)
 LIMIT {SCANNED}) t
ORDER BY lower(display) NOT LIKE %(begins)s, code = '', length(display), display, id LIMIT %(limit)s"""


@use_case(Depends("kind", TERM_PERMISSIONS))
def search_terms(session: Session, actor: Actor, *, kind: TermKind, text: str) -> list[Term]:
    """Terms of a kind with words that begin as those typed, the closest first; raises NotPermitted."""
    return matching_terms(session, kind, text, limit=TERM_LIMIT)


def matching_terms(session: Session, kind: TermKind, text: str, *, limit: int) -> list[Term]:
    """`search_terms` for use cases that have asked who may."""
    words = search_words(text)
    if not words:
        return []
    begins = (
        text.replace("\0", " ").strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    )
    values = {
        "kind": kind.value,
        "words": words,
        "begins": f"{begins}%",
        "limit": limit,
        "statements": list(NO_KNOWN_ALLERGIES),
    }
    return [Term(**row) for row in rows_of(session, Statement(_TERMS, values))]


def reaction_words(reactions: Iterable[tuple[str, str | None]]) -> str:
    """Reactions with their severity: "Hives, severe; Wheezing"."""
    return "; ".join(", ".join(filter(None, (plain_display(what), how))) for what, how in reactions)
