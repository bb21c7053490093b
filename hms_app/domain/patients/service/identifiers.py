"""Adding, correcting and ending the numbers that others gave a patient."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidInput
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries import visible_to
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.service.rows import detail_rows, locked_row, open_patient
from hms_app.domain.patients.service.search_keys import refresh_search_keys
from hms_app.domain.patients.tables import IDENTIFIER_NUMBER, PatientIdentifier
from hms_app.domain.patients.values import DetailKind, IdentifierPart, PatientAction
from hms_app.domain.records.service import add_row, retract_row, save_row

_HOLDER: Final = """
SELECT p.id, p.mrn, p.prefix, p.given_names, p.family_name, p.suffix, {visible} AS is_visible
FROM patient_identifier i JOIN patient p ON p.id = i.patient_id
WHERE i.type = %(type)s AND i.issuer = %(issuer)s AND {number} = {given} AND i.id <> %(left_out)s
 AND i.entered_in_error_at IS NULL"""

_ROWS: Final = detail_rows(DetailKind.IDENTIFIER, PatientIdentifier)


@use_case(Permission.PATIENTS_IDENTIFIER_EDIT)
def add_identifier(session: Session, actor: Actor, *, patient_id: int, request: IdentifierPart) -> int:
    """Add an identifier; returns its id. Raises InvalidInput when somebody has this one already."""
    open_patient(session, actor, patient_id)
    _ensure_free(session, actor, patient_id, request)
    row = PatientIdentifier(patient_id=patient_id, **request.model_dump())
    add_row(session, actor, row, PatientAction.IDENTIFIER_ADDED)
    refresh_search_keys(session, [patient_id])
    return row.key


@use_case(Permission.PATIENTS_IDENTIFIER_EDIT)
def correct_identifier(
    session: Session, actor: Actor, *, row_id: int, version: int, request: IdentifierPart
) -> None:
    """Correct an identifier; raises Conflict, and InvalidInput as adding does."""
    row = _locked(session, actor, row_id, version)
    _ensure_free(session, actor, row.patient_id, request, left_out=row_id)
    if save_row(session, actor, row, PatientAction.IDENTIFIER_CORRECTED, **request.model_dump()):
        refresh_search_keys(session, [row.patient_id])


@use_case(Permission.PATIENTS_IDENTIFIER_EDIT)
def end_identifier(
    session: Session, actor: Actor, *, row_id: int, version: int, ended_on: dt.date | None
) -> None:
    """Say from which day on it is no longer valid; None takes the end back. It still finds the patient."""
    row = _locked(session, actor, row_id, version)
    save_row(session, actor, row, PatientAction.IDENTIFIER_ENDED, ended_on=ended_on)


@use_case(Permission.PATIENTS_IDENTIFIER_EDIT)
def retract_identifier(session: Session, actor: Actor, *, row_id: int, version: int, reason: str) -> None:
    """Say that an identifier was entered in error, and why; it is free for whom it belongs to."""
    row = _locked(session, actor, row_id, version)
    retract_row(session, actor, row, PatientAction.IDENTIFIER_RETRACTED, reason=reason)
    refresh_search_keys(session, [row.patient_id])


def _locked(session: Session, actor: Actor, row_id: int, version: int) -> PatientIdentifier:
    return locked_row(session, actor, _ROWS, row_id, version=version)


def _ensure_free(
    session: Session, actor: Actor, patient_id: int, request: IdentifierPart, left_out: int = 0
) -> None:
    """The database refuses a second one too; only who may see its holder is told who that is."""
    if rules.is_placeholder(request.value):
        raise InvalidInput({"value": rules.NO_NUMBER})
    number, given = (IDENTIFIER_NUMBER.replace("value", said) for said in ("i.value", "%(value)s::text"))
    statement = _HOLDER.format(visible=visible_to(actor), number=number, given=given)
    for holder in rows_of(session, Statement(statement, {**request.model_dump(), "left_out": left_out})):
        if holder["is_visible"]:
            audit.record_access_if_refused(session, actor, patient_id=holder["id"])
        raise InvalidInput({"value": _taken(holder, patient_id, request.type_words)})


def _taken(holder: Mapping[str, Any], patient_id: int, type_words: str) -> str:
    if holder["id"] == patient_id:
        return f"This patient has this {type_words} already."
    if not holder["is_visible"]:
        return f"Another patient has this {type_words} already."
    names = (str(holder[part]) for part in ("prefix", "given_names", "family_name", "suffix"))
    return f"{rules.display_name(*names)} ({holder['mrn']}) has this {type_words} already."
