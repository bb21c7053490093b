"""What was merged into what."""

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.duplicates.values import MERGE_FIELDS, MergedRow
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.queries.patients import find_visible, patient_row

_MERGES: Final = """
SELECT m.id, m.merged_id, m.survivor_id, m.merged_at, m.merged_by, m.reason, m.undone_at, m.undone_by,
 m.undone_reason, m.kept,
 (SELECT count(*) FROM patient_merge_step s WHERE s.merge_id = m.id AND s.outcome = 'moved') AS moved,
 (SELECT count(*) FROM patient_merge_step s WHERE s.merge_id = m.id AND s.outcome = 'left') AS left_behind
FROM patient_merge m"""
_COLUMN_LABELS: Final = {field.columns[0]: field.label for field in MERGE_FIELDS}


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def get_merge(session: Session, actor: Actor, *, merge_id: int) -> MergedRow:
    """One merge; raises NotFound when there is none, or of a patient the actor may not know of."""
    found = rows_of(session, Statement(f"{_MERGES} WHERE m.id = %(merge_id)s", {"merge_id": merge_id}))
    if not found:
        raise NotFound("merge")
    return _merged_row(session, actor, found[0])


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def find_standing_merge(session: Session, actor: Actor, *, first_id: int, second_id: int) -> MergedRow | None:
    """The merge that made one record of these two, whichever way; None when they are two."""
    pair = f"{_MERGES} WHERE m.undone_at IS NULL AND (m.merged_id, m.survivor_id) IN"
    statement = f"{pair} ((%(first)s, %(second)s), (%(second)s, %(first)s))"
    found = rows_of(session, Statement(statement, {"first": first_id, "second": second_id}))
    return _merged_row(session, actor, found[0]) if found else None


@use_case(Permission.PATIENTS_PATIENT_READ)
def list_merges(session: Session, actor: Actor, *, patient_id: int) -> list[MergedRow]:
    """The merges into this record, the newest first, undone ones too; those the actor may not know of are left out."""
    find_visible(session, actor, patient_id)
    statement = f"{_MERGES} WHERE m.survivor_id = %(patient_id)s ORDER BY m.id DESC LIMIT 50"
    rows = []
    for found in rows_of(session, Statement(statement, {"patient_id": patient_id})):
        try:
            rows.append(_merged_row(session, actor, found))
        except NotFound:
            continue
    return rows


def _merged_row(session: Session, actor: Actor, found: Mapping[str, Any]) -> MergedRow:
    locale = actor.locale
    merged = find_visible(session, actor, found["merged_id"])
    survivor = find_visible(session, actor, found["survivor_id"])
    return MergedRow(
        id=found["id"],
        merged=patient_row(merged, locale),
        survivor=patient_row(survivor, locale),
        merged_at=locale.moment(found["merged_at"]),
        merged_by=found["merged_by"],
        reason=found["reason"],
        moved=found["moved"],
        left=found["left_behind"],
        is_standing=found["undone_at"] is None,
        undone_at=locale.moment(found["undone_at"]),
        undone_by=found["undone_by"] or "",
        undone_reason=found["undone_reason"],
        kept=tuple(_COLUMN_LABELS[name] for name in found["kept"] if name in _COLUMN_LABELS),
    )
