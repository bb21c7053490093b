"""Adding to the trail: entries are noted next to the change and written just before the commit."""

from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import clock, db, live
from hms_app.core.actor import Actor
from hms_app.core.table import Table
from hms_app.domain.audit.rules import digest_of, plain, salted, snapshot
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.audit.values import DIGEST, LOOKS

_NOTED: Final = db.undone_with_savepoint("audit_entries")
_IF_REFUSED: Final = "audit_entries_if_refused"
_MAX_REASON: Final = 2000
_SHOWN: Final = sa.text("""
INSERT INTO audit_shown (patient_id, entry_id)
SELECT s.patient_id, head.last_id - s.behind FROM audit_chain_head head,
    unnest(CAST(:patients AS bigint[]), CAST(:behind AS bigint[])) AS s (patient_id, behind)
""")
"""The entries were just written, and the chain's lock is ours: they are its last, `behind` counted from its head."""


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
    shown: Collection[int] = (),
) -> None:
    """Note that `actor` did `action` to a row; it is written in this transaction, just before the commit.

    `row_or_type` is the row (its key is read at the commit), a table class or a plain name. `before` and `after`
    are rows or mappings; fields that look like secrets are left out. `shown` are the patients of a list.
    """
    told = None if after is None else snapshot(after)
    session.info.setdefault(_NOTED, []).append(
        {
            "row": row_or_type if isinstance(row_or_type, Table) else None,
            "shown": sorted(set(shown)),
            "actor_user_id": actor.user_id,
            "actor_name": plain(actor.name),
            "session_id": actor.session_id,
            "ip_address": plain(actor.ip_address),
            "action": str(action),
            "subject_type": _subject_type(row_or_type),
            "subject_id": subject_id,
            "patient_id": patient_id,
            "before": None if before is None else snapshot(before),
            "after": {**(told or {}), DIGEST: digest_of(shown)} if shown else told,
            "reason": None if reason is None else plain(reason)[:_MAX_REASON],
        }
    )


def record_if_refused(session: Session, note: Callable[[Session], None]) -> None:
    """Have `note` note an entry only if a refusal undoes this transaction; the entry is all that is left of it."""
    session.info.setdefault(_IF_REFUSED, []).append(note)


def noted(session: Session) -> list[str]:
    """The actions noted in this session and not written yet, in order."""
    return [entry["action"] for entry in unwritten(session)]


def unwritten(session: Session) -> list[dict[str, Any]]:
    """The entries noted in this session and not written yet, in order."""
    return list(session.info.get(_NOTED, ()))


@db.writes_refusal
def write_refused(session: Session) -> bool:
    """Write the entries that a refusal makes, and none of those that were noted before it."""
    session.info.pop(_NOTED, None)
    for note in session.info.pop(_IF_REFUSED, []):
        note(session)
    return write_noted(session)


@db.writes_audit
def write_noted(session: Session) -> bool:
    """Write what was noted; the chain's lock is held from here to the commit only."""
    entries = session.info.pop(_NOTED, [])
    if not entries:
        return False
    lists = [entry.pop("shown") for entry in entries]
    if db.has_written(session):
        db.ring(session, live.topics_of(_changed(entries)))
    now = clock.now()  # What took long is dated as it ends: nothing may be dated before the last entry.
    session.connection().execute(
        sa.insert(AuditEntry), [_written(entry) | {"occurred_at": now} for entry in entries]
    )
    if any(lists):
        _write_shown(session, lists)
    return True


def _changed(entries: list[dict[str, Any]]) -> Iterator[int]:
    """The patients of whom something was said that is no look."""
    told = (entry["patient_id"] for entry in entries if entry["action"] not in LOOKS)
    return (patient_id for patient_id in told if patient_id is not None)


def _write_shown(session: Session, lists: list[list[int]]) -> None:
    """The patients of each of the entries just written."""
    pairs = [(key, behind) for behind, shown in enumerate(reversed(lists)) for key in shown]
    patients, behind = ([pair[side] for pair in pairs] for side in (0, 1))
    session.connection().execute(_SHOWN, {"patients": patients, "behind": behind})


def _subject_type(row_or_type: Table | type[Table] | str) -> str:
    return row_or_type if isinstance(row_or_type, str) else str(row_or_type.__tablename__)


def _written(entry: dict[str, Any]) -> dict[str, Any]:
    row = entry.pop("row")
    if row is not None and entry["subject_id"] is None:
        entry["subject_id"] = row.id
    entry["after"] = salted(entry["after"])
    return entry
