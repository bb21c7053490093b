"""The version of a row that is saved now, with who saved it."""

from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.values import RowForm, SavedVersion

_LAST_CHANGE: Final = """
SELECT actor_name, occurred_at, action FROM audit_entry
WHERE subject_type = %(table)s AND subject_id = %(id)s AND before IS NOT NULL
ORDER BY id DESC LIMIT 1"""


def saved_version(
    session: Session, actor: Actor, *, table: str, row_id: int, version: int, form: RowForm
) -> SavedVersion:
    """A row's form with who changed it last and when, from the trail; a row that was read in has nobody there."""
    changed = rows_of(session, Statement(_LAST_CHANGE, {"table": table, "id": row_id}))
    if not changed:
        return SavedVersion(version, form)
    last = changed[0]
    return SavedVersion(
        version,
        form,
        deed=last["action"].rpartition(".")[2],
        changed_by=last["actor_name"],
        changed_at=actor.locale.moment(last["occurred_at"]),
    )
