"""Opening an entry, and taking the trail away as a file: both show no more than the reader may see, and are looks."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import queries
from hms_app.domain.audit.queries import KnownAmong, knows_nobody
from hms_app.domain.audit.rules import NOT_SHOWN, Shown, defused, named_patients, not_shown, shown
from hms_app.domain.audit.service.entries import record
from hms_app.domain.audit.service.looks import record_access, record_list
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.audit.values import SALT, AuditAction, EntryFilters, EntryRow

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


class ExportPage(NamedTuple):
    """Lines of CSV, and the entry before which the next page begins; None after the last one."""

    lines: list[str]
    place: int | None


@use_case(Permission.AUDIT_ENTRY_READ)
def open_entry(
    session: Session, actor: Actor, *, entry_id: int, known: KnownAmong = knows_nobody
) -> EntryRow:
    """One entry with what the reader may see of it; raises NotFound. About a patient it is a look at the record."""
    entry = queries.find_entry(session, entry_id)
    if entry["patient_id"] is not None:
        record_access(session, actor, patient_id=entry["patient_id"], what="audit trail")
    patients = queries.patients_shown(session, entry_id)
    known_ones = known({*named_patients([entry]), *patients})
    listed = [patient_id for patient_id in patients if patient_id in known_ones]
    if listed:
        record_list(session, actor, place="audit trail", shown=listed)
    return queries.entry_row(entry, actor, known_ones, listed=listed)


@use_case(Permission.AUDIT_ENTRY_EXPORT, dangerous=True)
def record_export(session: Session, actor: Actor, *, filters: EntryFilters) -> None:
    """Note that the trail was downloaded; commit it before the first line is sent."""
    record(session, actor, AuditAction.TRAIL_EXPORTED, AuditEntry, after=filters)


def record_list_export(
    session: Session, actor: Actor, *, name: str, narrowed: Mapping[str, str], file_type: str
) -> None:
    """Note that a list of the house was downloaded, and by what it was narrowed; not what was searched for."""
    told = {"list": name, "narrowed_by": dict(narrowed), "file_type": file_type}
    record(session, actor, AuditAction.LIST_EXPORTED, "list", after=told)


def export_head() -> str:
    """The first line of the file."""
    return _line(EXPORT_COLUMNS)


@use_case(Permission.AUDIT_ENTRY_EXPORT)
def export_page(
    session: Session,
    actor: Actor,
    *,
    filters: EntryFilters,
    place: int | None = None,
    known: KnownAmong = knows_nobody,
) -> ExportPage:
    """The next lines of the filtered trail, newest first, with what the reader may see; formulas are defused.

    Whoever is told of in them was looked at.
    """
    entries, further = queries.entries_before(session, filters, place, known)
    known_ones = known(named_patients(entries))
    lines, told_of = [], set()
    for entry in entries:
        seen = shown(entry, actor, known_ones)
        lines.append(_line([_cell(value) for value in _cells(entry, seen)]))
        if entry["patient_id"] is not None and seen.knows_patient:
            told_of.add(entry["patient_id"])
    if told_of:
        record_list(session, actor, place="audit trail file", shown=told_of)
    return ExportPage(lines, further)


def _cells(entry: Mapping[str, Any], seen: Shown) -> list[Any]:
    hidden = {} if seen.knows_patient else {"subject_id": NOT_SHOWN, "patient_id": NOT_SHOWN}
    if SALT not in (entry["after"] or {}):
        hidden |= {
            "previous_hash": NOT_SHOWN,
            "hash": NOT_SHOWN,
        }  # It would confirm a guess at what is not shown.
    kinds = dict.fromkeys(seen.hidden, NOT_SHOWN)
    said = {
        "before": {**seen.before, **kinds} or None if entry["before"] is not None else None,
        "after": {**seen.after, **({} if entry["before"] is not None else kinds)} or None,
        "reason": not_shown(seen.hides_reason) if seen.hides_reason else seen.reason,
    }
    return [{**entry, **said, **hidden}[name] for name in EXPORT_COLUMNS]


def _line(cells: tuple[str, ...] | list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    return "" if value is None else defused(queries.as_text(value))
