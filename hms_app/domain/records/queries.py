"""The version of a row that is saved now, with who saved it."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.permissions import SIGNED_IN
from hms_app.core.use_case import use_case
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.records.values import RowForm, SavedVersion


def saved_version(
    session: Session, actor: Actor, *, table: str, row_id: int, version: int, form: RowForm
) -> SavedVersion:
    """A row's form with who changed it last and when, from the trail; a row that was read in has nobody there."""
    last = _last_entry(session, table, row_id)
    if last is None:
        return SavedVersion(version, form)
    return SavedVersion(
        version,
        form,
        deed=last.action.rpartition(".")[2],
        changed_by=last.actor_name,
        changed_at=actor.locale.moment(last.occurred_at),
    )


@use_case(SIGNED_IN)
def last_change(session: Session, actor: Actor, *, table: str, row_id: int) -> str:
    """Who changed a row last, and when, as a sentence; whoever asks has the row on screen."""
    last = _last_entry(session, table, row_id)
    if last is None:
        return "Changed meanwhile."
    return f"Changed by {last.actor_name}, {actor.locale.moment(last.occurred_at)}."


def _last_entry(session: Session, table: str, row_id: int) -> Any:
    return session.execute(
        sa.select(col(AuditEntry.actor_name), col(AuditEntry.occurred_at), col(AuditEntry.action))
        .where(
            col(AuditEntry.subject_type) == table,
            col(AuditEntry.subject_id) == row_id,
            col(AuditEntry.before).is_not(None),
        )
        .order_by(col(AuditEntry.id).desc())
        .limit(1)
    ).first()
