"""Correcting who a patient is, and saying that somebody died, left, is restricted or was never here."""

import datetime as dt
from typing import Any

from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.corrections import birth_text, get_patient_form
from hms_app.domain.patients.service.rows import PATIENTS, locked_patient, open_patient, save_patient
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import (
    PATIENT_LIFE,
    BirthDatePrecision,
    DeathInput,
    DeathPrecision,
    EditPatientInput,
    PatientAction,
    PatientForm,
    PatientStatus,
)
from hms_app.domain.records import service as records
from hms_app.domain.records.rules import given_reason

NOON = dt.time(12)


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def correct_patient(
    session: Session, actor: Actor, *, patient_id: int, version: int, request: EditPatientInput
) -> PatientForm:
    """Correct who the patient is; saving the same again changes nothing.

    Raises InvalidInput, BirthRefused, RecordClosed, and Conflict, which carries the other version,
    when `version` is no longer the present one.
    """
    patient = open_patient(session, actor, patient_id)
    if not request.given_names and not request.family_name:
        raise InvalidInput({"family_name": "Fill in the family name or a given name."})
    born = _born(actor, patient, request.birth)
    if patient.version != version:
        raise records.conflict(session, actor, PATIENTS, patient)
    values = {name: str(value) for name, value in request.model_dump(exclude={"birth"}).items()}
    save_patient(session, actor, patient, PatientAction.PATIENT_CORRECTED, **values, **born)
    return get_patient_form(session, actor, patient_id=patient_id)


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def record_death(
    session: Session, actor: Actor, *, patient_id: int, version: int, request: DeathInput
) -> None:
    """Say when the patient died, or correct it; raises DomainError for a day to come or before birth."""
    patient = open_patient(session, actor, patient_id, version=version)
    zone = actor.locale.zone if request.died_at else dt.UTC
    at = dt.datetime.combine(request.first_day, request.died_at or NOON, zone) if request.first_day else None
    rules.ensure_death_possible(
        request.first_day,
        request.last_day,
        at if request.died_at else None,
        born_on=patient.birth_date,
        precision=patient.birth_date_precision,
        today=actor.locale.today(),
        now=clock.now(),
    )
    save_patient(
        session,
        actor,
        patient,
        PatientAction.DEATH_RECORDED,
        deceased_at=at and at.astimezone(dt.UTC),
        deceased_is_day_only=request.died_at is None,
        deceased_precision=request.known.value,
    )


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def undo_death(session: Session, actor: Actor, *, patient_id: int, version: int, reason: str) -> None:
    """Say that the patient did not die, and why that was recorded."""
    patient = open_patient(session, actor, patient_id, version=version)
    if not rules.is_deceased(patient.model_dump()):
        raise DomainError("This patient is not recorded as deceased.")
    save_patient(
        session,
        actor,
        patient,
        PatientAction.DEATH_UNDONE,
        reason=given_reason(reason),
        deceased_at=None,
        deceased_is_day_only=True,
        deceased_precision=DeathPrecision.DAY.value,
    )


@use_case(Permission.PATIENTS_RESTRICTED_EDIT)
def restrict_record(session: Session, actor: Actor, *, patient_id: int, version: int, reason: str) -> None:
    """Hide the record from all who may not see restricted ones."""
    _set_restricted(session, actor, patient_id, version, True, PatientAction.PATIENT_RESTRICTED, reason)


@use_case(Permission.PATIENTS_RESTRICTED_EDIT)
def open_record(session: Session, actor: Actor, *, patient_id: int, version: int, reason: str) -> None:
    """Let all who may see patients see this record again."""
    _set_restricted(session, actor, patient_id, version, False, PatientAction.PATIENT_OPENED, reason)


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def deactivate_patient(session: Session, actor: Actor, *, patient_id: int, version: int, reason: str) -> None:
    """Say that the patient no longer comes here; the record stays and can be changed."""
    _set_status(
        session, actor, patient_id, version, PatientStatus.INACTIVE, PatientAction.PATIENT_DEACTIVATED, reason
    )


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def reactivate_patient(session: Session, actor: Actor, *, patient_id: int, version: int, reason: str) -> None:
    """Take the record into use again, also one that was taken for an error."""
    _set_status(
        session, actor, patient_id, version, PatientStatus.ACTIVE, PatientAction.PATIENT_REACTIVATED, reason
    )


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def retract_patient(session: Session, actor: Actor, *, patient_id: int, version: int, reason: str) -> None:
    """Say that the record was entered in error; it stays, but no list or search offers it."""
    _set_status(
        session,
        actor,
        patient_id,
        version,
        PatientStatus.ENTERED_IN_ERROR,
        PatientAction.PATIENT_RETRACTED,
        reason,
    )


def _born(actor: Actor, patient: Patient, text: str) -> dict[str, Any]:
    """The columns of birth; a text that nobody touched changes none of them."""
    if text == birth_text(patient.birth_date, patient.birth_date_precision, actor.locale):
        return {}
    today = actor.locale.today()
    if not text:
        return {"birth_date": None, "birth_date_precision": "exact", "birth_estimated_on": None}
    born = rules.birth_of(text, actor.locale)
    died = rules.death_day(patient.model_dump(), actor.locale)
    is_a_day = patient.deceased_precision == DeathPrecision.DAY
    if died and is_a_day and rules.is_before_birth(died, born_on=born.date, precision=born.precision.value):
        raise InvalidInput({"birth": "This date lies after the day of death."})
    is_estimated = born.precision is BirthDatePrecision.ESTIMATED
    return {
        "birth_date": born.date,
        "birth_date_precision": born.precision.value,
        "birth_estimated_on": today if is_estimated else None,
    }


def _set_restricted(
    session: Session,
    actor: Actor,
    patient_id: int,
    version: int,
    is_restricted: bool,
    action: PatientAction,
    reason: str,
) -> None:
    patient = open_patient(session, actor, patient_id, version=version)
    save_patient(session, actor, patient, action, reason=given_reason(reason), is_restricted=is_restricted)


def _set_status(
    session: Session,
    actor: Actor,
    patient_id: int,
    version: int,
    status: PatientStatus,
    action: PatientAction,
    reason: str,
) -> None:
    patient = locked_patient(session, actor, patient_id, version=version)
    PATIENT_LIFE.ensure_by_hand(patient.status, status)
    kept = given_reason(reason)
    save_patient(
        session,
        actor,
        patient,
        action,
        reason=kept,
        status=status.value,
        status_reason="" if status is PatientStatus.ACTIVE else kept,
    )
