"""Somebody comes: an appointment is checked in, or a walk-in received, with a place in a queue and a planned visit.

Each is one transaction. Locks are taken in one order: the appointment, the queue, the place, the encounter.
"""

from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.service.encounters import (
    PlannedVisit,
    find_encounter,
    move_encounter,
    plan_encounter,
)
from hms_app.domain.clinical.values import EncounterStatus
from hms_app.domain.patients.queries import get_patient
from hms_app.domain.patients.rules import is_deceased
from hms_app.domain.patients.service.rows import open_patient
from hms_app.domain.patients.values import PatientRow
from hms_app.domain.records import service as records
from hms_app.domain.scheduling.errors import NobodyThere, NotToday
from hms_app.domain.scheduling.service.places import PLACES, Newcomer, place_row, step_place, take_place
from hms_app.domain.scheduling.service.queues import locked_queue, queue_for
from hms_app.domain.scheduling.service.statuses import move_status
from hms_app.domain.scheduling.tables import Appointment, HealthcareService, Queue, QueueEntry, Resource
from hms_app.domain.scheduling.values.queues import PlaceRow, WalkInInput
from hms_app.domain.scheduling.values.words import AppointmentStatus, QueueKind, QueueStage


@use_case(Permission.SCHEDULING_APPOINTMENT_CHECK_IN)
def check_in(
    session: Session,
    actor: Actor,
    *,
    appointment_id: int,
    queue_id: int | None = None,
    to_nurse: bool = False,
    version: int | None = None,
) -> PlaceRow:
    """Say that a patient has come: the appointment is arrived, with a planned visit and a place in its queue.

    The queue is the practitioner's, else the service's, else the department's, and made when none of them has one.
    Raises NotFound, NotToday, MoveRefused, Conflict, and a refusal for who is in the queue already.
    """
    appointment = move_status(session, actor, appointment_id, AppointmentStatus.ARRIVED, version=version)
    _ensure_today(actor, appointment)
    place = _place_of(session, actor, appointment, queue_id, to_nurse)
    visit = _visit(session, appointment, place)
    plan_encounter(session, actor, visit=visit)
    return place_row(locked_queue(session, actor, place.queue_id), place)


@use_case(Permission.SCHEDULING_APPOINTMENT_CHECK_IN)
def undo_check_in(session: Session, actor: Actor, *, appointment_id: int, version: int | None = None) -> None:
    """Say that a patient had not come after all: the appointment waits for them again. Raises MoveRefused."""
    appointment = move_status(session, actor, appointment_id, AppointmentStatus.BOOKED, version=version)
    place = _held_place(session, actor, appointment.key)
    if place is not None and place.status != QueueStage.LEFT:
        step_place(session, actor, place, QueueStage.LEFT)
    encounter = find_encounter(session, appointment_id=appointment.key, queue_entry_id=None)
    if encounter is not None:
        move_encounter(session, actor, encounter, EncounterStatus.CANCELLED)


@use_case(Permission.PATIENTS_PATIENT_READ)
def get_walk_in(session: Session, actor: Actor, *, patient_id: int) -> PatientRow:
    """Who is about to get a number, as the form names them, which is a look. Raises NotFound."""
    row = get_patient(session, actor, patient_id=patient_id)
    audit.record_list(session, actor, place="walk-in", shown=[row.id])
    return row


@use_case(Permission.SCHEDULING_APPOINTMENT_CHECK_IN)
def receive_walk_in(session: Session, actor: Actor, *, request: WalkInInput) -> PlaceRow:
    """Give somebody who comes without an appointment a place in a queue, and plan their visit.

    Raises NotFound, RecordClosed, NobodyThere, QueueClosed, and a refusal for who is in the queue already.
    """
    patient = open_patient(session, actor, request.patient_id)
    if is_deceased(patient.model_dump()):
        raise NobodyThere
    service = _service(session, request.service_id)
    queue = locked_queue(session, actor, request.queue_id or _queue_of_service(session, actor, service))
    newcomer = Newcomer(
        patient_id=patient.key,
        service_id=request.service_id or queue.service_id,
        reason=request.reason,
        urgent_reason=request.urgent_reason,
        to_nurse=request.to_nurse,
    )
    place = take_place(session, actor, queue_id=queue.key, newcomer=newcomer)
    service = service or _service(session, queue.service_id)
    visit = PlannedVisit(
        patient_id=patient.key,
        display=service.name if service else queue.name,
        queue_entry_id=place.key,
        practitioner_id=_practitioner_of(session, queue),
        department_id=queue.department_id or (service.department_id if service else None),
        reason=request.reason,
    )
    plan_encounter(session, actor, visit=visit)
    return place_row(queue, place)


def _ensure_today(actor: Actor, appointment: Appointment) -> None:
    day = actor.locale.local(appointment.starts_at).date()
    if day != actor.locale.today():
        raise NotToday(actor.locale.date(day))


def _place_of(
    session: Session, actor: Actor, appointment: Appointment, queue_id: int | None, to_nurse: bool
) -> QueueEntry:
    """A place for who has an appointment; whoever had one before an undo comes back to it, with the same number."""
    stage = QueueStage.TO_NURSE if to_nurse else QueueStage.READY
    known = _held_place(session, actor, appointment.key)
    if known is not None:
        step_place(session, actor, known, QueueStage.READY)
        if to_nurse:
            step_place(session, actor, known, stage)
        return known
    if queue_id is None:
        queue_id = queue_for(
            session,
            actor,
            practitioner_id=appointment.practitioner_id,
            service_id=appointment.service_id,
            department_id=appointment.department_id,
        )
    newcomer = Newcomer(
        patient_id=appointment.patient_id,
        service_id=appointment.service_id,
        appointment_id=appointment.key,
        starts_at=appointment.starts_at if appointment.session_id is None else None,
        token_number=appointment.token_number,
        room_id=appointment.room_id,
        reason=appointment.reason,
        to_nurse=to_nurse,
    )
    return take_place(session, actor, queue_id=queue_id, newcomer=newcomer)


def _visit(session: Session, appointment: Appointment, place: QueueEntry) -> PlannedVisit:
    service = _service(session, appointment.service_id)
    return PlannedVisit(
        patient_id=appointment.patient_id,
        display=service.name if service else "",
        appointment_id=appointment.key,
        queue_entry_id=place.key,
        practitioner_id=appointment.practitioner_id,
        department_id=appointment.department_id,
        reason=appointment.reason,
    )


def _held_place(session: Session, actor: Actor, appointment_id: int) -> QueueEntry | None:
    """The place of an appointment, held until the commit behind its queue."""
    found = session.exec(
        select(QueueEntry.id, QueueEntry.queue_id).where(QueueEntry.appointment_id == appointment_id)
    ).first()
    if found is None or found[0] is None:
        return None
    session.exec(select(Queue.id).where(Queue.id == found[1]).with_for_update()).one()
    return records.locked_row(session, actor, PLACES, found[0])


def _service(session: Session, service_id: int | None) -> HealthcareService | None:
    return session.get(HealthcareService, service_id) if service_id is not None else None


def _queue_of_service(session: Session, actor: Actor, service: HealthcareService | None) -> int:
    if service is None:
        raise DomainError("Choose what they come for, or a queue.", field="service_id")
    return queue_for(
        session,
        actor,
        practitioner_id=None,
        service_id=service.key,
        department_id=service.department_id,
    )


def _practitioner_of(session: Session, queue: Queue) -> int | None:
    if queue.kind != QueueKind.PRACTITIONER:
        return None
    return session.exec(select(Resource.practitioner_id).where(col(Resource.id) == queue.resource_id)).first()
