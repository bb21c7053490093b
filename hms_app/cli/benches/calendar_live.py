"""How soon others see an appointment in the calendar: from its commit to the message that brings it."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.cli.benches.live import Watched, measured
from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.domain.organization.queries import hospital_locale
from hms_app.domain.organization.service import add_practitioner
from hms_app.domain.organization.values import PractitionerInput
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.services import add_service
from hms_app.domain.scheduling.values.booking import BookingInput, ConflictKind
from hms_app.domain.scheduling.values.services import ServiceInput

LONGEST_P95_MS: Final = 1000.0
_FIRST_HOUR: Final = 8
_AN_HOUR: Final = 4
"""Visits of a quarter each."""
_REASON: Final = "measured without a schedule"


def run() -> dict[str, Any]:
    """Start a demo hospital, let a hundred tabs watch a day of its calendar, and book one visit after the other."""
    day = clock.now().date() + dt.timedelta(days=2)
    page = f"/appointments/calendar?day={day.isoformat()}"
    return measured(Watched(page, _load, lambda: _prepared(day), LONGEST_P95_MS))


def _load() -> str:
    from hms_app.state.scheduling.calendar import CalendarState

    return f"{CalendarState.get_full_name()}.load"


def _prepared(day: dt.date) -> tuple[Callable[[int], str], Callable[[int], None]]:
    """A doctor, a service and patients; the first visit says from which number on the others count."""

    with_whom, service, patient = db.in_transaction(_clinic)

    def book(place: int) -> str:
        hours, quarters = divmod(place, _AN_HOUR)
        fields = {
            "key": str(uuid4()),
            "patient_id": patient,
            "service_id": service,
            "practitioner_id": with_whom,
            "day": day.isoformat(),
            "time": f"{_FIRST_HOUR + hours:02}:{quarters * 15:02}",
            "override_reason": _REASON,
            "confirmed": ",".join(kind.value for kind in ConflictKind),
        }
        booking = BookingInput.from_form(fields)
        return db.in_transaction(
            lambda session: book_appointment(session, _desk(session), booking=booking)
        ).number

    first = int(book(0))
    return (lambda number: str(first + 1 + number)), (
        lambda number: _check(book(1 + number), first + 1 + number)
    )


def _check(number: str, expected: int) -> None:
    assert number == str(expected), "Somebody else books in the measured hospital."


def _clinic(session: Session) -> tuple[int, int, int]:
    actor = _desk(session)
    doctor = PractitionerInput(prefix="Dr", given_names="Ada", family_name="Measured")
    with_whom = add_practitioner(session, actor, request=doctor).id
    visit = ServiceInput.from_form(
        {
            "name": "Measured visit",
            "duration_minutes": "15",
            "needs_practitioner": "on",
            "practitioners": str(with_whom),
        }
    )
    patient = session.execute(
        sa.text("SELECT min(id) FROM patient WHERE status = 'active' AND deceased_at IS NULL")
    ).scalar_one()
    return with_whom, add_service(session, actor, request=visit).id, patient


def _desk(session: Session) -> Actor:
    return Actor.system("measurement", hospital_locale(session))
