"""Visits that are planned at the desk, and the steps they take with their appointment or place in a queue.

Whoever moves one has asked who may: the appointment's and the queue's own steps have their rights.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.tables import Encounter
from hms_app.domain.clinical.values import ENCOUNTER_LIFE, ClinicalAction, EncounterClass, EncounterStatus

_S = EncounterStatus
_DEEDS: Final = {
    _S.PLANNED: ClinicalAction.ENCOUNTER_PLANNED,
    _S.IN_PROGRESS: ClinicalAction.ENCOUNTER_STARTED,
    _S.COMPLETED: ClinicalAction.ENCOUNTER_COMPLETED,
    _S.CANCELLED: ClinicalAction.ENCOUNTER_CANCELLED,
}

_OF_THE_ROW: Final = ("id", "patient_id")


@dataclass(frozen=True)
class PlannedVisit:
    """A visit that is about to be: whose, for what, with whom, and what it was planned from."""

    patient_id: int
    display: str
    appointment_id: int | None = None
    queue_entry_id: int | None = None
    practitioner_id: int | None = None
    department_id: int | None = None
    reason: str = field(default="", repr=False)


@use_case(Permission.SCHEDULING_APPOINTMENT_CHECK_IN)
def plan_encounter(session: Session, actor: Actor, *, visit: PlannedVisit) -> int:
    """Plan an ambulatory visit of who has just come; the id of its encounter.

    The appointment of one that was cancelled by an undo has it planned again.
    """
    known = _of(session, visit.appointment_id, visit.queue_entry_id)
    if known is not None:
        known.queue_entry_id = visit.queue_entry_id
        move_encounter(session, actor, known, _S.PLANNED)
        return known.key
    encounter = Encounter(
        patient_id=visit.patient_id,
        display=visit.display,
        status=_S.PLANNED.value,
        encounter_class=EncounterClass.AMBULATORY.value,
        occurred_at=clock.now(),
        appointment_id=visit.appointment_id,
        queue_entry_id=visit.queue_entry_id,
        practitioner_id=visit.practitioner_id,
        department_id=visit.department_id,
        reason_display=visit.reason,
    )
    session.add(encounter)
    session.flush()
    _record(session, actor, ClinicalAction.ENCOUNTER_PLANNED, encounter, after=_told(encounter))
    return encounter.key


def find_encounter(
    session: Session, *, appointment_id: int | None, queue_entry_id: int | None
) -> Encounter | None:
    """The encounter that was planned from an appointment or a place in a queue, held until the commit."""
    return _of(session, appointment_id, queue_entry_id)


def move_encounter(
    session: Session,
    actor: Actor,
    encounter: Encounter,
    wanted: EncounterStatus,
    *,
    practitioner_id: int | None = None,
) -> None:
    """Take a visit one step on, or back; it begins when it is started, with whoever sees the patient.

    Nothing happens to one that is there already. Raises MoveRefused.
    """
    if encounter.status == wanted:
        return
    ENCOUNTER_LIFE.ensure(encounter.status, wanted)
    is_undo = any(
        move.is_undo for move in ENCOUNTER_LIFE.moves if (move.start, move.end) == (encounter.status, wanted)
    )
    before = _told(encounter)
    for name, value in _values(wanted, is_undo=is_undo, practitioner_id=practitioner_id).items():
        setattr(encounter, name, value)
    session.add(encounter)
    session.flush()
    deed = ClinicalAction.ENCOUNTER_UNDONE if is_undo else _DEEDS[wanted]
    old, new = audit.changes(before, _told(encounter))
    _record(session, actor, deed, encounter, before=old, after=new)


def _values(wanted: EncounterStatus, *, is_undo: bool, practitioner_id: int | None) -> dict[str, Any]:
    """The columns that a step changes."""
    now = clock.now()
    values: dict[str, Any] = {"status": wanted.value}
    if is_undo:
        return values | {"ended_at": None}
    if wanted is _S.IN_PROGRESS:
        seen_by = {"practitioner_id": practitioner_id} if practitioner_id is not None else {}
        return values | seen_by | {"occurred_at": now}
    return values | {"ended_at": now if wanted in (_S.COMPLETED, _S.CANCELLED) else None}


def _of(session: Session, appointment_id: int | None, queue_entry_id: int | None) -> Encounter | None:
    if appointment_id is not None:
        condition = col(Encounter.appointment_id) == appointment_id
    else:
        condition = col(Encounter.queue_entry_id) == queue_entry_id
    return session.exec(select(Encounter).where(condition).with_for_update()).first()


def _told(encounter: Encounter) -> dict[str, Any]:
    told = audit.snapshot(encounter)
    return {
        name: value for name, value in told.items() if name not in _OF_THE_ROW and value not in (None, "")
    }


def _record(session: Session, actor: Actor, deed: ClinicalAction, encounter: Encounter, **entry: Any) -> None:
    audit.record(session, actor, deed, encounter, patient_id=encounter.patient_id, **entry)
