"""What every change of a patient's rows begins and ends with: the lock, the version, the audit entry."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final, Generic, TypeVar

from sqlmodel import Session, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound
from hms_app.core.table import Table
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import rules
from hms_app.domain.patients.errors import ChangedMeanwhile, RecordClosed, SavedMeanwhile
from hms_app.domain.patients.queries import find_visible
from hms_app.domain.patients.queries.details import detail_form
from hms_app.domain.patients.queries.versions import saved_version
from hms_app.domain.patients.service.search_keys import refresh_search_keys
from hms_app.domain.patients.tables import Kept, Patient
from hms_app.domain.patients.values import DETAIL_WORDS, STATUS_LABELS, DetailKind, RowForm
from hms_app.domain.patients.values.words import EDITABLE

LONGEST_REASON: Final = 500
_OF_THE_ROW: Final = frozenset({"version", "name_sort", "created_at", "updated_at"})
"""Columns of a patient that say nothing about the person."""

Held = TypeVar("Held", bound=Any)


def locked_patient(session: Session, actor: Actor, patient_id: int, *, version: int | None = None) -> Patient:
    """The patient, held until the commit; raises NotFound for one the actor may not know of, ChangedMeanwhile.

    Why a change of the record is refused says something of the patient, and is a look.
    """
    find_visible(session, actor, patient_id)
    audit.record_access_if_refused(session, actor, patient_id=patient_id)
    patient = session.exec(
        select(Patient)
        .where(Patient.id == patient_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if version is not None and patient.version != version:
        raise ChangedMeanwhile("patient")
    return patient


def open_patient(session: Session, actor: Actor, patient_id: int) -> Patient:
    """The patient, held until the commit; raises RecordClosed when the record takes no more changes."""
    patient = locked_patient(session, actor, patient_id)
    ensure_open(patient)
    return patient


def ensure_open(patient: Patient) -> None:
    """Raise RecordClosed when the record was entered in error or merged."""
    if patient.status not in EDITABLE:
        raise RecordClosed(name_of(patient), STATUS_LABELS[patient.status].lower())


def save_patient(
    session: Session,
    actor: Actor,
    patient: Patient,
    action: StrEnum,
    *,
    reason: str | None = None,
    **values: Any,
) -> bool:
    """Write what differs, the search keys and the trail's entry; says whether anything differed."""
    before = _about(patient)
    for name, value in values.items():
        setattr(patient, name, value)
    patient.name_sort = rules.name_sort(patient.family_name, patient.given_names)
    old, new = audit.changes(before, _about(patient))
    if not new:
        return False
    patient.version += 1
    patient.updated_at = clock.now()
    session.flush()
    refresh_search_keys(session, [patient.key])
    audit.record(session, actor, action, patient, patient_id=patient.id, before=old, after=new, reason=reason)
    return True


def _about(patient: Patient) -> dict[str, Any]:
    return {name: value for name, value in audit.snapshot(patient).items() if name not in _OF_THE_ROW}


def given_reason(text: str) -> str:
    """A reason as it is kept; raises DomainError for none."""
    reason = text.strip()[:LONGEST_REASON]
    if not reason:
        raise DomainError("Say why; the record keeps it.", field="reason")
    return reason


def name_of(patient: Patient) -> str:
    """The patient's name as people write it."""
    return rules.display_name(patient.prefix, patient.given_names, patient.family_name, patient.suffix)


@dataclass(frozen=True)
class RowKind(Generic[Held]):
    """A kind of rows that people change one by one: where they stand, what they are called, how a form shows one."""

    table: type[Held]
    what: str
    form: Callable[[Session, Actor, int], RowForm]


def detail_rows(kind: DetailKind, table: type[Held]) -> RowKind[Held]:
    """The rows of a kind that hangs on a patient's record."""
    return RowKind(table, DETAIL_WORDS[kind], partial(detail_form, kind))


def locked_row(session: Session, actor: Actor, kind: RowKind[Held], row_id: int, *, version: int) -> Held:
    """A row of an open record, held until the commit.

    Raises NotFound, RecordClosed, and SavedMeanwhile, which carries the present version, when it is not `version`.
    """
    table: Any = kind.table
    owner = session.exec(select(table.patient_id).where(table.id == row_id)).first()
    if owner is None:
        raise NotFound(kind.what)
    open_patient(session, actor, owner)
    row: Any = session.exec(
        select(table).where(table.id == row_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if row.version != version:
        raise SavedMeanwhile(
            kind.what,
            saved_version(
                session,
                actor,
                table=table.__tablename__,
                row_id=row_id,
                version=row.version,
                form=kind.form(session, actor, row_id),
            ),
        )
    if row.entered_in_error_at is not None:
        raise DomainError(f"This {kind.what} was entered in error; add a new one instead.")
    return row  # type: ignore[no-any-return]


def add_row(session: Session, actor: Actor, row: Kept, action: StrEnum) -> None:
    """Write a new row with who wrote it, and say so in the trail."""
    row.recorded_at, row.recorded_by_user_id = clock.now(), actor.user_id
    session.add(row)
    session.flush()
    record_row(session, actor, action, row, after=row)


def save_row(session: Session, actor: Actor, row: Kept, action: StrEnum, **values: Any) -> dict[str, Any]:
    """Write what differs, if anything does, and the trail's entry; returns the new values."""
    before = audit.snapshot(row)
    for name, value in values.items():
        setattr(row, name, value)
    old, new = audit.changes(before, row)
    if new:
        row.version += 1
        session.flush()
        record_row(session, actor, action, row, before=old, after=new)
    return new


def retract_row(session: Session, actor: Actor, row: Kept, action: StrEnum, *, reason: str) -> None:
    """Mark the row as entered in error, with who says so, when and why."""
    reason = given_reason(reason)
    row.entered_in_error_at = clock.now()
    row.entered_in_error_by_user_id = actor.user_id
    row.entered_in_error_reason = reason
    row.version += 1
    session.flush()
    record_row(session, actor, action, row, before=_content(row), reason=reason)


def record_row(session: Session, actor: Actor, action: StrEnum, row: Kept, **entry: Any) -> None:
    """The trail's entry about a row, under its patient."""
    assert isinstance(row, Table)
    kept = {name: _content(value) if value is row else value for name, value in entry.items()}
    audit.record(session, actor, action, row, patient_id=row.patient_id, **kept)


def _content(row: Any) -> dict[str, Any]:
    """What a row says, without what is only about the row itself."""
    left_out = {"id", "patient_id", *Kept.model_fields, "source_system", "source_key", "source_hash"}
    return {name: value for name, value in audit.snapshot(row).items() if name not in left_out and value}
