"""Recording what patients agree to."""

import datetime as dt
from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.consents import get_consent
from hms_app.domain.patients.service.rows import locked_row, open_patient
from hms_app.domain.patients.tables import PatientConsent
from hms_app.domain.patients.values import (
    ConsentInput,
    ConsentRow,
    ConsentState,
    PatientAction,
)
from hms_app.domain.records.service import RowKind, add_row, retract_row, save_row
from hms_app.domain.records.values import RowForm


def _form(session: Session, actor: Actor, consent_id: int) -> RowForm:
    """A decision is never corrected: it has no fields, and what counts is whether it is an error."""
    state = get_consent(session, actor, consent_id=consent_id).state
    is_error = state is ConsentState.ENTERED_IN_ERROR
    return RowForm({}, is_error=is_error)


_ROWS: Final = RowKind(PatientConsent, "consent", _form)


@use_case(Permission.PATIENTS_CONSENT_EDIT)
def record_consent(session: Session, actor: Actor, *, patient_id: int, request: ConsentInput) -> ConsentRow:
    """Record what the patient agreed to or refused; an earlier decision of the kind stays and is outranked.

    Raises InvalidInput for days that cannot be, NotFound, RecordClosed.
    """
    open_patient(session, actor, patient_id)
    today = actor.locale.today()
    rules.ensure_recordable(request, today=today)
    consent = PatientConsent(
        patient_id=patient_id,
        kind=request.kind.value,
        decision=request.decision.value,
        recorded_on=request.recorded_on or today,
        valid_until=request.valid_until,
        note=request.note,
    )
    add_row(session, actor, consent, PatientAction.CONSENT_RECORDED)
    return get_consent(session, actor, consent_id=consent.key)


@use_case(Permission.PATIENTS_CONSENT_EDIT)
def withdraw_consent(
    session: Session,
    actor: Actor,
    *,
    consent_id: int,
    version: int,
    withdrawn_on: dt.date | None = None,
) -> ConsentRow:
    """Say that the patient no longer agrees, from a day on (today unless given); raises DomainError."""
    consent = locked_row(session, actor, _ROWS, consent_id, version=version)
    today = actor.locale.today()
    on = withdrawn_on or today
    rules.ensure_withdrawable(
        consent.decision,
        recorded_on=consent.recorded_on,
        already_on=consent.withdrawn_on,
        on=on,
        today=today,
    )
    save_row(session, actor, consent, PatientAction.CONSENT_WITHDRAWN, withdrawn_on=on)
    return get_consent(session, actor, consent_id=consent_id)


@use_case(Permission.PATIENTS_CONSENT_EDIT)
def retract_consent(
    session: Session, actor: Actor, *, consent_id: int, version: int, reason: str
) -> ConsentRow:
    """Say that a consent was entered in error, and why; it stays to be seen."""
    consent = locked_row(session, actor, _ROWS, consent_id, version=version)
    retract_row(session, actor, consent, PatientAction.CONSENT_RETRACTED, reason=reason)
    return get_consent(session, actor, consent_id=consent_id)
