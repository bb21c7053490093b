"""The demo hospital's today: some are expected, some wait, some are being seen, so that the desk is alive."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.domain.organization.tables import Department, Practitioner
from hms_app.domain.patients.tables import Patient
from hms_app.domain.scheduling.service import places, queues
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.services import add_service
from hms_app.domain.scheduling.tables import HealthcareService, QueueEntry
from hms_app.domain.scheduling.values.booking import BookingInput
from hms_app.domain.scheduling.values.queues import PlaceRow, QueueInput, WalkInInput
from hms_app.domain.scheduling.values.services import ServiceInput
from hms_app.domain.scheduling.values.words import QueueKind, QueueOrder, QueueStage
from hms_app.domain.workflows.check_in import check_in, receive_walk_in
from hms_app.domain.workflows.queue_steps import move_in_queue

EXPECTED: Final = 7
ARRIVED: Final = 3
WALK_INS: Final = 5
"""How many people of each kind the demo's day has."""
_APART: Final = dt.timedelta(minutes=30)
_DEPARTMENT: Final = "GEN"


def fill_today(session: Session, actor: Actor) -> None:
    """Book, check in and receive some of the demo's patients, through the use cases; nothing on a day that has any."""
    department_id = session.exec(select(Department.id).where(Department.code == _DEPARTMENT)).first()
    patients = _patients(session)
    if department_id is None or not patients or _has_begun(session, actor):
        return
    doctor_id = _doctor(session, department_id)
    service_id = _service(session, actor, department_id, doctor_id)
    booked = _booked(session, actor, patients[:EXPECTED], service_id, doctor_id) if doctor_id else []
    arrived = [check_in(session, actor, appointment_id=key) for key in booked[:ARRIVED]]
    walked_in = _walked_in(
        session, actor, patients[EXPECTED : EXPECTED + WALK_INS], service_id, department_id
    )
    _begin(session, actor, [*walked_in[:2], *arrived[:1]])


def _patients(session: Session) -> Sequence[Patient]:
    return session.exec(
        select(Patient)
        .where(col(Patient.deceased_at).is_(None), Patient.status == "active")
        .order_by(col(Patient.id).desc())
        .limit(EXPECTED + WALK_INS)
    ).all()


def _has_begun(session: Session, actor: Actor) -> bool:
    today = actor.locale.today()
    return session.exec(select(QueueEntry.id).where(QueueEntry.day == today)).first() is not None


def _doctor(session: Session, department_id: int) -> int | None:
    """The practitioner of the department who signs in."""
    return session.exec(
        select(Practitioner.id).where(
            Practitioner.department_id == department_id, col(Practitioner.user_id).is_not(None)
        )
    ).first()


def _service(session: Session, actor: Actor, department_id: int, doctor_id: int | None) -> int:
    """A service of the department, else any; one is added where there is none."""
    known = session.exec(
        select(HealthcareService.id)
        .where(HealthcareService.is_active, HealthcareService.needs_practitioner)
        .order_by(col(HealthcareService.department_id) != department_id, col(HealthcareService.id))
    ).first()
    if known is not None:
        return known
    request = ServiceInput(
        name="General consultation",
        department_id=department_id,
        duration_minutes=20,
        needs_practitioner=True,
        practitioners=(doctor_id,) if doctor_id else (),
    )
    return add_service(session, actor, request=request).id


def _booked(
    session: Session, actor: Actor, patients: Sequence[Patient], service_id: int, doctor_id: int
) -> list[int]:
    """Appointments of the coming hours, as many as today still has room for; the demo's doctor works at any hour."""
    now = actor.locale.local(clock.now()).replace(second=0, microsecond=0)
    first = now + dt.timedelta(minutes=5 - now.minute % 5)
    booked = []
    for number, patient in enumerate(patients):
        starts = first + number * _APART
        booking = BookingInput(
            key=str(uuid5(NAMESPACE_URL, f"demo/{starts.isoformat()}")),
            patient_id=patient.key,
            service_id=service_id,
            practitioner_id=doctor_id,
            day=starts.date(),
            time=starts.time().replace(tzinfo=None),
            override_reason="The demo's day",
        )
        if starts.date() == now.date():
            booked += _tried(session, actor, booking)
    return booked


def _tried(session: Session, actor: Actor, booking: BookingInput) -> list[int]:
    """The appointment's id; nothing where something stands against it."""
    try:
        with session.begin_nested():
            return [book_appointment(session, actor, booking=booking).id]
    except DomainError:
        return []


def _walked_in(
    session: Session, actor: Actor, patients: Sequence[Patient], service_id: int, department_id: int
) -> list[PlaceRow]:
    request = QueueInput(
        name="General medicine",
        kind=QueueKind.DEPARTMENT,
        department_id=department_id,
        ordering=QueueOrder.ARRIVAL,
        prefix="G",
    )
    queue_id = queues.add_queue(session, actor, request=request).id
    return [
        receive_walk_in(
            session,
            actor,
            request=WalkInInput(
                patient_id=patient.key,
                service_id=service_id,
                queue_id=queue_id,
                urgent_reason="Short of breath" if number == WALK_INS - 1 else "",
            ),
        )
        for number, patient in enumerate(patients)
    ]


def _begin(session: Session, actor: Actor, seen: Sequence[PlaceRow]) -> None:
    """One is done, one is being seen, one is called."""
    for place, stages in zip(
        seen, ((QueueStage.WITH_DOCTOR, QueueStage.DONE), (QueueStage.WITH_DOCTOR,), ()), strict=False
    ):
        for stage in stages:
            move_in_queue(session, actor, place_id=place.id, stage=stage)
        if not stages:
            places.call_place(session, actor, place_id=place.id)
