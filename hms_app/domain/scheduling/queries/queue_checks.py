"""What `verify` asks of queues."""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.domain.audit.values import Check
from hms_app.domain.scheduling.tables import Appointment, QueueEntry
from hms_app.domain.scheduling.values.words import AppointmentStatus, QueueStage

_MOST_PROBLEMS: Final = 20
_Q = QueueStage
_A = AppointmentStatus
_AGREEING: Final = {
    _Q.TO_NURSE: (_A.ARRIVED, _A.IN_CONSULTATION),
    _Q.READY: (_A.ARRIVED, _A.IN_CONSULTATION),
    _Q.CALLED: (_A.ARRIVED, _A.IN_CONSULTATION),
    _Q.WITH_DOCTOR: (_A.IN_CONSULTATION,),
    _Q.OUT_FOR_TESTS: (_A.IN_CONSULTATION,),
    _Q.TO_CASHIER: (_A.FULFILLED,),
    _Q.TO_PHARMACY: (_A.FULFILLED,),
    _Q.DONE: (_A.FULFILLED,),
    _Q.LEFT: (_A.CANCELLED, _A.BOOKED, _A.NO_SHOW),
}
"""Where the appointment of a place can be while the place is at a stage; after an undo it is booked again."""


def check_places(session: Session) -> Check:
    """A place in a queue is of the patient of its appointment, and at a stage that goes with where that is."""
    agrees = sa.or_(
        *(
            sa.and_(col(QueueEntry.status) == stage.value, col(Appointment.status).in_(statuses))
            for stage, statuses in _AGREEING.items()
        )
    )
    joined = sa.join(QueueEntry, Appointment, col(Appointment.id) == col(QueueEntry.appointment_id))
    wrong = session.execute(
        sa.select(col(QueueEntry.id))
        .select_from(joined)
        .where(sa.or_(~agrees, col(QueueEntry.patient_id) != col(Appointment.patient_id)))
        .order_by(col(QueueEntry.id))
        .limit(_MOST_PROBLEMS)
    ).scalars()
    checked = session.execute(sa.select(sa.func.count()).select_from(joined)).scalar_one()
    problems = [f"queue_entry {key} does not stand where its appointment does." for key in wrong]
    return Check("scheduling: places in queues go with their appointments", not problems, checked, problems)


def check_numbers(session: Session) -> Check:
    """Numbers in queues count from 1."""
    wrong = session.execute(
        sa.select(col(QueueEntry.id)).where(col(QueueEntry.number) < 1).limit(_MOST_PROBLEMS)
    ).scalars()
    checked = session.execute(sa.select(sa.func.count()).select_from(QueueEntry)).scalar_one()
    problems = [f"queue_entry {key} has a number below 1." for key in wrong]
    return Check("scheduling: numbers in queues", not problems, checked, problems)


CHECKS: Final[tuple[Callable[[Session], Check], ...]] = (check_places, check_numbers)
