"""What every change of a patient's record begins with: a record that is visible, held and open."""

from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar

from sqlmodel import Session, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import rules
from hms_app.domain.patients.errors import RecordClosed
from hms_app.domain.patients.queries import find_visible
from hms_app.domain.patients.queries.corrections import patient_form
from hms_app.domain.patients.queries.details import detail_form
from hms_app.domain.patients.service.search_keys import refresh_search_keys
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import DETAIL_WORDS, STATUS_LABELS, DetailKind
from hms_app.domain.patients.values.words import EDITABLE
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind

Held = TypeVar("Held", bound=Any)

PATIENTS: Final = RowKind(Patient, "patient", patient_form)


def locked_patient(session: Session, actor: Actor, patient_id: int, *, version: int | None = None) -> Patient:
    """The patient, held until the commit; raises NotFound for one the actor may not know of, and Conflict.

    Why a change of the record is refused says something of the patient, and is a look.
    """
    find_visible(session, actor, patient_id)
    audit.record_access_if_refused(session, actor, patient_id=patient_id)
    return records.locked_row(session, actor, PATIENTS, patient_id, version=version)


def open_patient(session: Session, actor: Actor, patient_id: int, *, version: int | None = None) -> Patient:
    """The patient, held until the commit; raises RecordClosed when the record takes no more changes, and Conflict."""
    patient = locked_patient(session, actor, patient_id, version=version)
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
    if not records.save_row(session, actor, patient, action, reason=reason, **values):
        return False
    refresh_search_keys(session, [patient.key])
    return True


def name_of(patient: Patient) -> str:
    """The patient's name as people write it."""
    return rules.display_name(patient.prefix, patient.given_names, patient.family_name, patient.suffix)


def detail_rows(kind: DetailKind, table: type[Held]) -> RowKind[Held]:
    """The rows of a kind that hangs on a patient's record."""
    return RowKind(table, DETAIL_WORDS[kind], partial(detail_form, kind))


def locked_row(session: Session, actor: Actor, kind: RowKind[Held], row_id: int, *, version: int) -> Held:
    """A row of an open record, held until the commit.

    Raises NotFound, RecordClosed, EnteredInError, and Conflict, which carries the present version.
    """
    table: Any = kind.table
    owner = session.exec(select(table.patient_id).where(table.id == row_id)).first()
    if owner is None:
        raise NotFound(kind.what)
    open_patient(session, actor, owner)
    return records.locked_row(session, actor, kind, row_id, version=version)
