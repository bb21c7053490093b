"""What `hms.py verify` asks of appointments: nobody is booked twice, time is held by who should, sessions add up."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE
from sqlmodel import Session, col

from hms_app.domain.audit.values import Check
from hms_app.domain.scheduling.tables import Appointment, Reservation, Resource, TokenSession
from hms_app.domain.scheduling.values.words import KEEPING_TIME, ResourceKind

_SHOWN: Final = 100
_KEEPS: Final = col(Appointment.status).in_([status.value for status in KEEPING_TIME])
_IS_TIMED: Final = col(Appointment.session_id).is_(None)


def check_overlaps(session: Session) -> Check:
    """No resource and no patient is reserved twice at once, but on purpose; those are counted."""
    during = col(Reservation.during)
    before = sa.func.max(sa.func.upper(during)).over(
        partition_by=col(Reservation.holder), order_by=sa.func.lower(during), rows=(None, -1)
    )
    rows = (
        sa.select(
            col(Reservation.appointment_id).label("key"),
            sa.func.lower(during).label("start"),
            before.label("end"),
        )
        .where(col(Reservation.override_reason).is_(None))
        .subquery()
    )
    found = session.execute(sa.select(rows.c.key).where(rows.c.start < rows.c.end).limit(_SHOWN)).scalars()
    checked, on_purpose = session.execute(
        sa.select(sa.func.count(), sa.func.count(col(Reservation.override_reason))).select_from(Reservation)
    ).one()
    problems = [f"Appointment {key} is in the time of another." for key in found]
    return Check(
        f"scheduling: nobody twice at once ({on_purpose} on purpose)", not problems, checked, problems
    )


def check_reservations(session: Session) -> Check:
    """Each active timed appointment holds its time of its patient, practitioner and room, and nothing else is held."""
    problems = [*_lacking(session), *_left_over(session)]
    checked = session.execute(
        sa.select(sa.func.count()).select_from(Appointment).where(_KEEPS, _IS_TIMED)
    ).scalar_one()
    return Check("scheduling: reservations", not problems, checked, problems[:_SHOWN])


def check_sessions(session: Session) -> Check:
    """Each session has given out as many numbers as appointments have one of it, and no more than it has."""
    counted = (
        sa.select(col(Appointment.session_id).label("session_id"), sa.func.count().label("count"))
        .where(col(Appointment.session_id).is_not(None), _KEEPS)
        .group_by(col(Appointment.session_id))
        .subquery()
    )
    count = sa.func.coalesce(counted.c["count"], 0)
    found = session.execute(
        sa.select(col(TokenSession.id), col(TokenSession.taken), count)
        .outerjoin(counted, counted.c.session_id == col(TokenSession.id))
        .where(sa.or_(col(TokenSession.taken) != count, count > col(TokenSession.capacity)))
        .limit(_SHOWN)
    )
    problems = [
        f"Session {key} counts {taken} numbers, and {there} appointments have one."
        for key, taken, there in found
    ]
    checked = session.execute(sa.select(sa.func.count()).select_from(TokenSession)).scalar_one()
    return Check("scheduling: numbers of sessions", not problems, checked, problems)


def _lacking(session: Session) -> list[str]:
    """What active timed appointments do not hold, or not for all of their time."""
    minute = sa.text("interval '1 minute'")
    whole = sa.func.tstzrange(
        col(Appointment.starts_at) - col(Appointment.preparation_minutes) * minute,
        col(Appointment.ends_at) + col(Appointment.cleanup_minutes) * minute,
        type_=TSTZRANGE(),
    )
    visit = sa.func.tstzrange(col(Appointment.starts_at), col(Appointment.ends_at), type_=TSTZRANGE())
    missing = {
        "patient": ~_held(
            col(Reservation.patient_id) == col(Appointment.patient_id), col(Reservation.during) == visit
        ),
        "practitioner": col(Appointment.practitioner_id).is_not(None)
        & ~_held(
            col(Resource.practitioner_id) == col(Appointment.practitioner_id),
            col(Reservation.during) == whole,
        ),
        "room": col(Appointment.room_id).is_not(None)
        & ~_held(col(Resource.room_id) == col(Appointment.room_id), col(Reservation.during) == whole),
    }
    problems = []
    for what, lacks in missing.items():
        found = session.execute(
            sa.select(col(Appointment.number)).where(_KEEPS, _IS_TIMED, lacks).limit(_SHOWN)
        ).scalars()
        problems += [f"Appointment {number} does not hold the time of its {what}." for number in found]
    return problems


def _held(*conditions: Any) -> Any:
    return (
        sa.select(sa.literal(1))
        .select_from(Reservation)
        .outerjoin(Resource, col(Resource.id) == col(Reservation.resource_id))
        .where(col(Reservation.appointment_id) == col(Appointment.id), *conditions)
        .correlate(Appointment)
        .exists()
    )


def _left_over(session: Session) -> list[str]:
    """What is held by an appointment that is over, has a number instead, or is somebody else's or elsewhere."""
    elsewhere = sa.or_(
        col(Reservation.patient_id) != col(Appointment.patient_id),
        col(Resource.practitioner_id).is_distinct_from(col(Appointment.practitioner_id))
        & (col(Resource.kind) == ResourceKind.PRACTITIONER.value),
        col(Resource.room_id).is_distinct_from(col(Appointment.room_id))
        & (col(Resource.kind) == ResourceKind.ROOM.value),
    )
    found = session.execute(
        sa.select(col(Appointment.number))
        .join(Reservation, col(Reservation.appointment_id) == col(Appointment.id))
        .outerjoin(Resource, col(Resource.id) == col(Reservation.resource_id))
        .where(sa.or_(~_KEEPS, ~_IS_TIMED, elsewhere))
        .distinct()
        .limit(_SHOWN)
    ).scalars()
    return [f"Appointment {number} holds time that is not its own." for number in found]


CHECKS = (check_overlaps, check_reservations, check_sessions)
"""What `hms.py verify` asks of appointments; each is a function of a session."""
