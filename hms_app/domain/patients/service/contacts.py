"""Adding, correcting and ending how a patient is reached: phones, e-mail, addresses, people to call."""

import datetime as dt
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidInput
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients import rules
from hms_app.domain.patients.errors import PhoneRefused
from hms_app.domain.patients.service.rows import detail_rows, locked_row, open_patient
from hms_app.domain.patients.service.search_keys import refresh_search_keys
from hms_app.domain.patients.tables import PatientAddress, PatientContactPoint, PatientRelation
from hms_app.domain.patients.values import (
    AddressInput,
    ContactInput,
    DetailKind,
    EmailInput,
    PatientAction,
    PhonePart,
    RelationPart,
)
from hms_app.domain.records.service import RowKind, add_row, retract_row, save_row

_ROWS: Final[dict[DetailKind, RowKind[Any]]] = {
    kind: detail_rows(kind, table)
    for kind, table in (
        (DetailKind.PHONE, PatientContactPoint),
        (DetailKind.EMAIL, PatientContactPoint),
        (DetailKind.ADDRESS, PatientAddress),
        (DetailKind.RELATION, PatientRelation),
    )
}
_KINDS: Final[dict[type[ContactInput], DetailKind]] = {
    PhonePart: DetailKind.PHONE,
    EmailInput: DetailKind.EMAIL,
    AddressInput: DetailKind.ADDRESS,
    RelationPart: DetailKind.RELATION,
}


@use_case(Permission.PATIENTS_CONTACT_EDIT)
def add_contact(session: Session, actor: Actor, *, patient_id: int, request: ContactInput) -> int:
    """Add a phone, an e-mail address, an address or a person to call; returns the row's id.

    Raises InvalidInput for a number that is none, NotFound, RecordClosed.
    """
    open_patient(session, actor, patient_id)
    row = _ROWS[_KINDS[type(request)]].table(patient_id=patient_id, **_values(request, actor.locale))
    add_row(session, actor, row, PatientAction.CONTACT_ADDED)
    refresh_search_keys(session, [patient_id])
    return int(row.key)


@use_case(Permission.PATIENTS_CONTACT_EDIT)
def correct_contact(
    session: Session, actor: Actor, *, row_id: int, version: int, request: ContactInput
) -> None:
    """Correct a row; a number that nobody touched stays as it was read in. Raises Conflict."""
    row = _locked(session, actor, _KINDS[type(request)], row_id, version)
    values = _values(request, actor.locale, present=row)
    if save_row(session, actor, row, PatientAction.CONTACT_CORRECTED, **values):
        refresh_search_keys(session, [row.patient_id])


@use_case(Permission.PATIENTS_CONTACT_EDIT)
def end_contact(
    session: Session,
    actor: Actor,
    *,
    kind: DetailKind,
    row_id: int,
    version: int,
    ended_on: dt.date | None,
) -> None:
    """Say from which day on nobody is reached by it; None takes the end back."""
    row = _locked(session, actor, kind, row_id, version)
    save_row(session, actor, row, PatientAction.CONTACT_ENDED, ended_on=ended_on)


@use_case(Permission.PATIENTS_CONTACT_EDIT)
def retract_contact(
    session: Session, actor: Actor, *, kind: DetailKind, row_id: int, version: int, reason: str
) -> None:
    """Say that a row was entered in error, and why; nobody is found by it any more."""
    row = _locked(session, actor, kind, row_id, version)
    retract_row(session, actor, row, PatientAction.CONTACT_RETRACTED, reason=reason)
    refresh_search_keys(session, [row.patient_id])


def _locked(session: Session, actor: Actor, kind: DetailKind, row_id: int, version: int) -> Any:
    return locked_row(session, actor, _ROWS[kind], row_id, version=version)


def _values(request: ContactInput, locale: HospitalLocale, present: Any = None) -> dict[str, Any]:
    """The columns an input means; `present` is the row it corrects."""
    values = request.model_dump(mode="json")
    if isinstance(request, PhonePart):
        number = _number(request.number, "number", locale, present.value if present else "")
        digits = rules.phone_number(number, locale.country).international
        return {"system": "phone", "use": values["use"], "value": number, "digits": digits}
    if isinstance(request, EmailInput):
        return {"system": "email", "digits": "", **values}
    if isinstance(request, RelationPart) and request.phone:
        return {**values, "phone": _number(request.phone, "phone", locale, present.phone if present else "")}
    return values


def _number(text: str, field: str, locale: HospitalLocale, present: str) -> str:
    if present and text == rules.written(present, locale.country):
        return present
    try:
        return rules.parse_phone(text, locale.country)
    except PhoneRefused as refusal:
        raise InvalidInput({field: str(refusal)}) from None
