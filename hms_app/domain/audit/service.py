"""Adding to the trail: entries are noted next to the change and written just before the commit."""

import csv
import io
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.table import Table
from hms_app.core.use_case import use_case
from hms_app.domain.audit import queries
from hms_app.domain.audit.rules import changes, defused, plain, snapshot
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.audit.values import AuditAction, EntryFilters

__all__ = ["changes", "export_entries", "noted", "record", "record_access", "record_export", "snapshot"]

_NOTED: Final = "audit_entries"
_MAX_REASON: Final = 2000
EXPORT_COLUMNS: Final = (
    "id",
    "occurred_at",
    "actor_user_id",
    "actor_name",
    "session_id",
    "ip_address",
    "action",
    "subject_type",
    "subject_id",
    "patient_id",
    "before",
    "after",
    "reason",
    "written_at",
    "previous_hash",
    "hash",
)


def record(
    session: Session,
    actor: Actor,
    action: StrEnum,
    row_or_type: Table | type[Table] | str,
    *,
    subject_id: int | None = None,
    patient_id: int | None = None,
    before: Any = None,
    after: Any = None,
    reason: str | None = None,
) -> None:
    """Note that `actor` did `action` to a row; it is written in this transaction, just before the commit.

    `row_or_type` is the row (its key is read at the commit), a table class or a plain name. `before` and `after`
    are rows or mappings; fields that look like secrets are left out.
    """
    session.info.setdefault(_NOTED, []).append(
        {
            "row": row_or_type if isinstance(row_or_type, Table) else None,
            "actor_user_id": actor.user_id,
            "actor_name": plain(actor.name),
            "session_id": actor.session_id,
            "ip_address": plain(actor.ip_address),
            "action": str(action),
            "subject_type": _subject_type(row_or_type),
            "subject_id": subject_id,
            "patient_id": patient_id,
            "before": None if before is None else snapshot(before),
            "after": None if after is None else snapshot(after),
            "reason": None if reason is None else plain(reason)[:_MAX_REASON],
        }
    )


def record_access(session: Session, actor: Actor, *, patient_id: int, what: str) -> None:
    """Note that `actor` saw a part (`what`, such as "overview") of a patient's record; once a transaction and part."""
    for entry in session.info.get(_NOTED, ()):
        if (entry["action"], entry["patient_id"], entry["after"]) == (
            AuditAction.RECORD_ACCESSED,
            patient_id,
            {"what": what},
        ):
            return
    record(
        session,
        actor,
        AuditAction.RECORD_ACCESSED,
        "patient",
        subject_id=patient_id,
        patient_id=patient_id,
        after={"what": what},
    )


def noted(session: Session) -> list[str]:
    """The actions noted in this session and not written yet, in order."""
    return [entry["action"] for entry in session.info.get(_NOTED, ())]


@db.writes_audit
def write_noted(session: Session) -> bool:
    """Write what was noted; the chain's lock is held from here to the commit only."""
    entries = session.info.pop(_NOTED, [])
    if not entries:
        return False
    now = clock.now()  # What took long is dated as it ends: nothing may be dated before the last entry.
    session.connection().execute(
        sa.insert(AuditEntry), [_written(entry) | {"occurred_at": now} for entry in entries]
    )
    return True


@use_case(Permission.AUDIT_ENTRY_EXPORT, dangerous=True)
def record_export(session: Session, actor: Actor, *, filters: EntryFilters) -> None:
    """Note that the trail was downloaded; commit it before the first line is sent."""
    record(session, actor, AuditAction.TRAIL_EXPORTED, AuditEntry, after=filters)


@use_case(Permission.AUDIT_ENTRY_EXPORT)
def export_entries(session: Session, actor: Actor, *, filters: EntryFilters) -> Iterator[str]:
    """The filtered trail, newest first, as lines of CSV; cells that look like formulas are defused.

    The lines are read while they are sent: keep the transaction open until the last one.
    """
    return _csv_lines(session, filters)


def _csv_lines(session: Session, filters: EntryFilters) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(EXPORT_COLUMNS)
    for entry in queries.stream_entries(session, filters):
        writer.writerow([_cell(entry[name]) for name in EXPORT_COLUMNS])
        yield _drained(buffer)
    yield _drained(buffer)


def _drained(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cell(value: Any) -> str:
    return "" if value is None else defused(queries.as_text(value))


def _subject_type(row_or_type: Table | type[Table] | str) -> str:
    return row_or_type if isinstance(row_or_type, str) else str(row_or_type.__tablename__)


def _written(entry: dict[str, Any]) -> dict[str, Any]:
    row = entry.pop("row")
    if row is not None and entry["subject_id"] is None:
        entry["subject_id"] = row.id
    return entry
