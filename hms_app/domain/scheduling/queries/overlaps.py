"""Bookings of two records that turn out to be one person's, and are at the same time."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from hms_app.domain.scheduling.queries.busy import holder_of_patient
from hms_app.domain.scheduling.tables import Appointment, Reservation

MOST_TOLD = 10


@dataclass(frozen=True)
class Overlap:
    """Two appointments, one of each record, that a single patient could not both have."""

    first_number: str
    second_number: str
    starts_at: dt.datetime


def overlapping_bookings(session: Session, first_id: int, second_id: int) -> list[Overlap]:
    """The timed bookings of one patient that are at the time of one of another's, in order."""
    mine, theirs = aliased(Reservation), aliased(Reservation)
    my_own, their_own = aliased(Appointment), aliased(Appointment)
    found = session.execute(
        sa.select(col(my_own.number), col(their_own.number), col(my_own.starts_at))
        .select_from(mine)
        .join(theirs, col(theirs.during).op("&&")(col(mine.during)))
        .join(my_own, col(my_own.id) == col(mine.appointment_id))
        .join(their_own, col(their_own.id) == col(theirs.appointment_id))
        .where(
            col(mine.holder) == holder_of_patient(first_id),
            col(theirs.holder) == holder_of_patient(second_id),
        )
        .order_by(col(my_own.starts_at), col(my_own.id), col(their_own.id))
        .limit(MOST_TOLD)
    )
    return [Overlap(first, second, starts_at) for first, second, starts_at in found]
