"""Registering a patient whom the register does not hold yet."""

from collections.abc import Sequence

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.queries import find_likely_duplicates
from hms_app.domain.duplicates.values import LikelyDuplicate
from hms_app.domain.patients.queries import get_patient
from hms_app.domain.patients.rules import understand
from hms_app.domain.patients.service import add_patient
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import PatientAction, PatientRow, RegistrationInput
from hms_app.domain.records.service import once


@use_case(Permission.PATIENTS_PATIENT_REGISTER)
def register_patient(
    session: Session, actor: Actor, *, request: RegistrationInput, photo: str | None = None
) -> PatientRow:
    """Register a patient under a new record number; the same form sent again gives the same patient.

    `photo` names a picture that the actor sent before. Raises InvalidInput naming every field that is missing,
    cannot be read, or belongs to somebody else already; and at `duplicate_reason` when the register holds somebody
    who is probably the same person. Raises SentWithOtherContent and SentBySomebodyElse for a form's key that was used.
    """
    return once(
        session,
        actor,
        key=request.key,
        command="patients.register_patient",
        content={"request": request, "photo": photo},
        do=lambda: _register(session, actor, request, photo),
        read=lambda patient_id: get_patient(session, actor, patient_id=patient_id),
    )


def _register(session: Session, actor: Actor, request: RegistrationInput, photo: str | None) -> int:
    understood = understand(request, actor.locale)
    likely = find_likely_duplicates(session, actor, facts=rules.identity_facts(request, understood))
    rules.ensure_told_apart(likely, request.duplicate_reason)
    registered = add_patient(session, actor, request, understood, photo=photo)
    if likely:
        _record_passed(session, actor, registered, likely, request.duplicate_reason)
    return registered.id


def _record_passed(
    session: Session, actor: Actor, registered: PatientRow, likely: Sequence[LikelyDuplicate], reason: str
) -> None:
    """Somebody went on although these records look alike."""
    audit.record(
        session,
        actor,
        PatientAction.LIKENESS_PASSED,
        session.get_one(Patient, registered.id),
        patient_id=registered.id,
        after={"looked_like": {found.row.mrn: list(found.reasons) for found in likely}},
        reason=reason or None,
    )
