"""Merging two records of one person, and undoing it; both move rows of every domain.

A row that is added to a visit after the merge belongs to the visit: it goes back with it.
"""

from dataclasses import replace

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.clinical.queries import admitted_patients
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.errors import MergeRefused
from hms_app.domain.duplicates.queries import compare_patients, get_merge
from hms_app.domain.duplicates.service.merging import locked_pair, merge_records, unmerge_records
from hms_app.domain.duplicates.values import Comparison, MergedRow, MergeInput
from hms_app.domain.scheduling.queries.overlaps import overlapping_bookings


@use_case(Permission.PATIENTS_PATIENT_MERGE, dangerous=True)
def merge_patients(session: Session, actor: Actor, *, request: MergeInput) -> MergedRow:
    """Make one record of two; the survivor keeps its number and gets everything the other one has.

    Raises MergeRefused while either is admitted, merged or entered in error, while both are booked at one time, for one
    patient twice, and for different sexes without a reason; NotFound for a record the actor may not know of; Conflict.
    """
    survivor, merged = locked_pair(session, actor, request.survivor_id, request.merged_id)
    admitted = admitted_patients(session, (survivor["id"], merged["id"]))
    found = [
        *rules.obstacles((survivor, merged), admitted=admitted),
        *_booked_at_once(session, actor, survivor["id"], merged["id"]),
    ]
    if found:
        raise MergeRefused(" ".join(found))
    if rules.wants_reason(survivor, merged) and not request.reason:
        raise MergeRefused("The sexes differ. Say why this is one person all the same.", field="reason")
    merge = merge_records(session, actor, request, survivor=survivor, merged=merged)
    return get_merge(session, actor, merge_id=merge.key)


@use_case(Permission.PATIENTS_PATIENT_MERGE, dangerous=True)
def undo_merge(session: Session, actor: Actor, *, merge_id: int, reason: str = "") -> MergedRow:
    """Make two records of one again, exactly as they were; what came after the merge stays with the survivor.

    Raises NotFound, and MergeRefused when a later merge stands on this one.
    """
    merge = unmerge_records(session, actor, merge_id, reason=reason)
    return get_merge(session, actor, merge_id=merge.key)


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def compare_for_merge(session: Session, actor: Actor, *, first_id: int, second_id: int) -> Comparison:
    """Two records side by side, with everything that forbids to merge them now."""
    admitted = admitted_patients(session, (first_id, second_id))
    compared = compare_patients(session, actor, first_id=first_id, second_id=second_id, admitted=admitted)
    at_once = _booked_at_once(session, actor, first_id, second_id)
    return replace(compared, obstacles=(*compared.obstacles, *at_once))


def _booked_at_once(session: Session, actor: Actor, first_id: int, second_id: int) -> list[str]:
    """A sentence for each two bookings that one person could not both have."""
    return [
        f"Both are booked at the same time, {actor.locale.moment(two.starts_at)} ({two.first_number} and"
        f" {two.second_number}). Move or cancel one of them first."
        for two in overlapping_bookings(session, first_id, second_id)
    ]
