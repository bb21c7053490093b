"""Letting a sign-in open a patient's own record: a dangerous act, proven by two things the patient has told."""

from typing import Final

from sqlmodel import Session, select

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.queries import last_told
from hms_app.domain.audit.values import Check
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries import find_record_named, is_restricted
from hms_app.domain.patients.service import tell_patient
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import PatientNoticeKind
from hms_app.domain.security.service import links
from hms_app.domain.security.tables import AppUser
from hms_app.domain.security.values import OF_SECURITY, LinkInput, LinkOutcome, SecurityAction

_NO_SUCH: Final = (
    "No record has this number and this date of birth, or you may not link it. Check both with the patient."
)


@use_case(Permission.SECURITY_USER_LINK, dangerous=True)
def link_sign_in(
    session: Session, actor: Actor, *, user_id: int, version: int, request: LinkInput
) -> LinkOutcome:
    """Let a sign-in open the record with this number and date of birth, and no other any more.

    A wrong pair, a closed record and a restricted one that the actor may not see are refused alike, and counted.
    Raises BirthRefused, NotFound, Conflict, and DomainError when the sign-in opens a record out of reach.
    """
    born = rules.parse_birth(
        request.birth,
        today=actor.locale.today(),
        country=actor.locale.country,
        language=actor.locale.language,
    )
    user = _within_reach(session, actor, user_id, version)
    if wait := links.count_link_try(session, actor):
        return LinkOutcome(False, f"Too many wrong tries. Wait {wait} seconds, then try again.")
    patient_id = find_record_named(session, actor, mrn="".join(request.mrn.split()), born=born)
    if patient_id is None:
        audit.record(session, actor, SecurityAction.LINK_REFUSED, user)
        return LinkOutcome(False, _NO_SUCH)
    links.forgive_link_tries(session, actor)
    if patient_id == user.patient_id:
        raise DomainError("This sign-in opens that record already.")
    turn(session, actor, user, patient_id)
    return LinkOutcome(True)


@use_case(Permission.SECURITY_USER_LINK, dangerous=True)
def unlink_sign_in(session: Session, actor: Actor, *, user_id: int, version: int) -> LinkOutcome:
    """Let a sign-in open no record any more; raises NotFound, Conflict, DomainError for one out of reach."""
    user = _within_reach(session, actor, user_id, version)
    if user.patient_id is None:
        raise DomainError("This sign-in opens no record.")
    turn(session, actor, user, None)
    return LinkOutcome(True)


def turn(session: Session, actor: Actor, user: AppUser, patient_id: int | None) -> None:
    """Turn the sign-in and leave word for both patients; for callers that have checked who asks."""
    before = links.turn_sign_in(session, actor, user, patient_id)
    if before is not None:
        tell_patient(session, before, PatientNoticeKind.SIGN_IN_CLOSED)
    if patient_id is not None:
        tell_patient(session, patient_id, PatientNoticeKind.SIGN_IN_OPENED)


def check_linked_sign_ins(session: Session) -> Check:
    """Each sign-in opens the record that the trail says, or what that record became part of."""
    told = last_told(session, subject_type="app_user", actions=OF_SECURITY, field="patient_id")
    held = dict(session.exec(select(AppUser.id, AppUser.patient_id)).all())
    problems = [
        f"User {user_id} {'opens a record' if opened else 'opens no record'} otherwise than the trail says."
        for user_id, opened in sorted(held.items())
        if not _is_told(session, opened, told.get(user_id or 0, {}).get("patient_id"))
    ]
    linked = sum(opened is not None for opened in held.values())
    return Check("rights: records of sign-ins", not problems, linked, problems)


CHECKS: Final = (check_linked_sign_ins,)
"""What `hms.py verify` asks of them."""


def _is_told(session: Session, opened: int | None, told: int | None) -> bool:
    """Whether a record that is opened is the one told of, or one that it was merged into, however often."""
    while opened is not None and told is not None and told != opened:
        told = session.exec(select(Patient.merged_into_id).where(Patient.id == told)).first()
    return told == opened


def _within_reach(session: Session, actor: Actor, user_id: int, version: int) -> AppUser:
    user = links.locked_sign_in(session, actor, user_id, version=version)
    hidden = user.patient_id is not None and not actor.can(Permission.PATIENTS_RESTRICTED_READ)
    if hidden and is_restricted(session, user.patient_id or 0):
        raise DomainError("You may neither link nor unlink this sign-in. Ask the privacy officer.")
    return user
