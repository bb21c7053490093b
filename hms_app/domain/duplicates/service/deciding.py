"""Deciding about a pair: that it is no duplicate, or that somebody shall look again."""

from decimal import Decimal

from sqlmodel import Session, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates.queries.worklist import compare_patients
from hms_app.domain.duplicates.tables import PatientDuplicate
from hms_app.domain.duplicates.values import Comparison, DuplicateStatus
from hms_app.domain.patients.values import PatientAction
from hms_app.domain.records.rules import LONGEST_REASON


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def dismiss_duplicate(
    session: Session, actor: Actor, *, first_id: int, second_id: int, reason: str = ""
) -> Comparison:
    """Say that these are two people; no scan brings the pair up again. Raises NotFound."""
    compared = compare_patients(session, actor, first_id=first_id, second_id=second_id)
    pair = _pair(session, first_id, second_id) or _new_pair(session, compared)
    if pair.status == DuplicateStatus.MERGED.value:
        raise DomainError("These two were merged. Undo the merge first.")
    pair.status = DuplicateStatus.NOT_DUPLICATE.value
    pair.decided_at, pair.decided_by, pair.decided_by_user_id = clock.now(), actor.name, actor.user_id
    pair.decided_reason = reason.strip()[:LONGEST_REASON]
    session.flush()
    _record(session, actor, PatientAction.DUPLICATE_DISMISSED, pair)
    return compare_patients(session, actor, first_id=first_id, second_id=second_id)


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def reopen_duplicate(session: Session, actor: Actor, *, first_id: int, second_id: int) -> Comparison:
    """Take back that these are two people; the pair is on the worklist again. Raises NotFound, DomainError."""
    compare_patients(session, actor, first_id=first_id, second_id=second_id)
    pair = _pair(session, first_id, second_id)
    if pair is None or pair.status != DuplicateStatus.NOT_DUPLICATE.value:
        raise DomainError("Nobody said that these are two people.")
    pair.status = DuplicateStatus.OPEN.value
    pair.decided_at, pair.decided_by, pair.decided_by_user_id, pair.decided_reason = None, "", None, ""
    session.flush()
    _record(session, actor, PatientAction.DUPLICATE_REOPENED, pair)
    return compare_patients(session, actor, first_id=first_id, second_id=second_id)


def _pair(session: Session, *patient_ids: int) -> PatientDuplicate | None:
    first, second = sorted(patient_ids)
    return session.exec(
        select(PatientDuplicate)
        .where(PatientDuplicate.first_id == first)
        .where(PatientDuplicate.second_id == second)
        .with_for_update()
    ).first()


def _new_pair(session: Session, compared: Comparison) -> PatientDuplicate:
    first, second = sorted((compared.first.id, compared.second.id))
    pair = PatientDuplicate(
        first_id=first,
        second_id=second,
        weight=Decimal(str(compared.weight)),
        reasons=list(compared.reasons),
        doubts=list(compared.doubts),
        found_at=clock.now(),
    )
    session.add(pair)
    return pair


def _record(session: Session, actor: Actor, action: PatientAction, pair: PatientDuplicate) -> None:
    for patient_id, other in ((pair.first_id, pair.second_id), (pair.second_id, pair.first_id)):
        audit.record(
            session,
            actor,
            action,
            pair,
            patient_id=patient_id,
            after={"other_patient_id": other},
            reason=pair.decided_reason or None,
        )
