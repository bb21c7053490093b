"""A small clinic, and screens opened by who works in it."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core.locale import HospitalLocale
from hms_app.domain.scheduling.service.booking import book_appointment
from tests.factories.booking import MONDAY, Clinic, make_clinic

NOON = "2026-11-28 12:00+00:00"


@pytest.fixture
def saturday() -> Iterator[None]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def clinic(session: Session, saturday: None, connection: sa.Connection) -> Clinic:
    """Two doctors and two rooms, Monday to Friday from 8 to 17."""
    made = make_clinic(session, practitioners=2, rooms=2, locale=HospitalLocale())
    session.commit()
    return made


@pytest.fixture
def booked(clinic: Clinic) -> int:
    """An appointment with the first doctor, Monday at 10:00."""
    row = book_appointment(clinic.session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    clinic.session.commit()
    return row.id


def column_of(practitioner_id: int, day: str = MONDAY) -> str:
    """How the browser names a practitioner's column on a day."""
    return f"{practitioner_id}_{dt.date.fromisoformat(day).isoformat()}"
