"""Leave, closures, extra hours and public holidays on a real database."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.organization.service import close_practitioner
from hms_app.domain.records.errors import Conflict
from hms_app.domain.scheduling.errors import BookingRefused
from hms_app.domain.scheduling.queries.hours import get_time
from hms_app.domain.scheduling.queries.public_holidays import list_public_holidays
from hms_app.domain.scheduling.rules.public_holidays import public_holidays
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.exceptions import (
    add_exception,
    add_public_holidays,
    close_house,
    grant_exception,
    withdraw_exception,
)
from hms_app.domain.scheduling.values.schedules import ExceptionInput, Whose
from hms_app.domain.scheduling.values.words import ExceptionStatus, ResourceKind
from tests.factories.booking import BERLIN, DESK, Clinic, make_clinic
from tests.factories.organization import make_practitioner
from tests.factories.scheduling import trail_of
from tests.waiting import wait_until

MONDAY = dt.date(2026, 11, 30)


def form(first: str = "2026-11-30", **fields: Any) -> ExceptionInput:
    return ExceptionInput.from_form({"starts_on": first, **fields})


def of(practitioner_id: int) -> Whose:
    return Whose(ResourceKind.PRACTITIONER, practitioner_id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"starts_on": ""}, "starts_on"),
        ({"ends_on": "2026-11-29"}, "ends_on"),
        ({"start_time": "10:00"}, "end_time"),
        ({"start_time": "10:00", "end_time": "10:00"}, "end_time"),
        ({"kind": "extra"}, "end_time"),
        ({"kind": "always"}, "kind"),
    ],
)
def test_what_a_form_says_wrongly_stands_beside_its_field(wrong: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        form(**{"first": wrong.pop("starts_on", "2026-11-30"), **wrong})
    assert set(refused.value.problems) == {field}


def test_leave_names_the_appointments_that_it_hits_and_takes_the_time(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2)
    ada, ben = clinic.practitioners
    hit = book_appointment(session, clinic.desk, booking=clinic.booking("2026-11-30 10:00"))
    other = clinic.patient()
    book_appointment(
        session,
        clinic.desk,
        booking=clinic.booking("2026-11-30 10:00", practitioner_id=ben, patient_id=other),
    )
    book_appointment(
        session, clinic.desk, booking=clinic.booking("2026-12-01 10:00", patient_id=clinic.patient())
    )
    saved = add_exception(session, clinic.desk, whose=of(ada), request=form(note="Skiing"))
    assert [(one.number, one.service) for one in saved.hits] == [(hit.number, "Consultation")]
    assert (saved.row.note, saved.row.status) == ("Skiing", ExceptionStatus.GRANTED)
    with pytest.raises(BookingRefused):
        book_appointment(
            session, clinic.desk, booking=clinic.booking("2026-11-30 11:00", patient_id=clinic.patient())
        )
    [entry] = trail_of(session, "scheduling.exception")
    assert (entry["after"]["cause"], entry["after"]["note"]) == ("leave", "Skiing")


@pytest.mark.parametrize(
    ("fields", "at", "is_hit"),
    [
        ({"start_time": "09:00", "end_time": "10:00"}, "10:00", False),
        ({"start_time": "09:00", "end_time": "10:15"}, "10:00", True),
        ({"kind": "instead"}, "10:00", True),
        ({"kind": "instead", "start_time": "10:00", "end_time": "12:00"}, "10:00", False),
        ({"kind": "instead", "start_time": "10:15", "end_time": "12:00"}, "10:00", True),
        ({"kind": "extra", "start_time": "18:00", "end_time": "20:00"}, "10:00", False),
        ({"first": "2026-11-28", "ends_on": "2026-12-01"}, "10:00", True),
    ],
)
def test_an_exception_hits_what_lies_in_the_time_it_takes(
    session: Session, fields: dict[str, str], at: str, is_hit: bool
) -> None:
    clinic = make_clinic(session)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"2026-11-30 {at}"))
    saved = add_exception(session, clinic.desk, whose=of(clinic.practitioners[0]), request=form(**fields))
    assert len(saved.hits) == is_hit


def test_what_is_over_already_is_refused_and_what_goes_on_is_not(session: Session) -> None:
    clinic = make_clinic(session)
    whose = of(clinic.practitioners[0])
    now = clock.now().astimezone(BERLIN.zone)
    yesterday = (now.date() - dt.timedelta(days=1)).isoformat()
    with pytest.raises(DomainError, match="over already") as refused:
        add_exception(session, clinic.desk, whose=whose, request=form(yesterday))
    assert refused.value.field == "ends_on"
    going_on = form(yesterday, ends_on=now.date().isoformat())
    assert add_exception(session, clinic.desk, whose=whose, request=going_on).row.starts_on < now.date()


def test_leave_that_is_asked_for_takes_no_time_until_it_is_granted(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    clinic = make_clinic(session)
    ada = clinic.practitioners[0]
    own = actor_with(Permission.SCHEDULING_SCHEDULE_EDIT_OWN, practitioner_id=ada, locale=BERLIN)
    asked = add_exception(session, own, whose=of(ada), request=form(is_request="on")).row
    assert asked.status == ExceptionStatus.REQUESTED
    assert len(get_time(session, DESK, whose=of(ada), monday=MONDAY).openings) == 5
    with pytest.raises(NotPermitted):
        grant_exception(session, own, exception_id=asked.id, version=1)
    book_appointment(
        session,
        clinic.desk,
        booking=clinic.booking("2026-11-30 10:00", confirmed="leave_requested"),
    )
    granted = grant_exception(session, DESK, exception_id=asked.id, version=1)
    assert (granted.row.status, len(granted.hits)) == (ExceptionStatus.GRANTED, 1)
    assert len(get_time(session, DESK, whose=of(ada), monday=MONDAY).openings) == 4
    with pytest.raises(DomainError, match="asked for"):
        grant_exception(session, DESK, exception_id=asked.id, version=2)


def test_one_takes_back_just_ones_own_leave(session: Session, actor_with: Callable[..., Actor]) -> None:
    clinic = make_clinic(session, practitioners=2)
    ada, ben = clinic.practitioners
    own = actor_with(Permission.SCHEDULING_SCHEDULE_EDIT_OWN, practitioner_id=ada, locale=BERLIN)
    mine = add_exception(session, own, whose=of(ada), request=form()).row
    bens = add_exception(session, DESK, whose=of(ben), request=form()).row
    house = close_house(session, DESK, request=form()).row
    with pytest.raises(NotPermitted):
        add_exception(session, own, whose=of(ben), request=form())
    for others in (bens, house):
        with pytest.raises(NotPermitted):
            withdraw_exception(session, own, exception_id=others.id, version=1)
    with pytest.raises(Conflict):
        withdraw_exception(session, own, exception_id=mine.id, version=7)
    withdraw_exception(session, own, exception_id=mine.id, version=1)
    withdraw_exception(session, DESK, exception_id=house.id, version=1)
    time = get_time(session, DESK, whose=of(ada), monday=MONDAY)
    assert (len(time.openings), time.exceptions) == (5, ())


def test_a_closure_hits_the_whole_house_or_one_department(session: Session) -> None:
    clinic = make_clinic(session)
    book_appointment(session, clinic.desk, booking=clinic.booking("2026-11-30 10:00"))
    department = close_house(session, DESK, request=form(), department_id=clinic.department_id)
    assert (department.row.department, len(department.hits)) == ("Cardiology", 1)
    assert len(close_house(session, DESK, request=form()).hits) == 1
    time = get_time(session, DESK, whose=of(clinic.practitioners[0]), monday=MONDAY)
    assert [one.is_shared for one in time.exceptions] == [True, True]
    assert len(time.openings) == 4


def test_who_no_longer_works_here_takes_no_leave(session: Session, everyone_allowed: Actor) -> None:
    gone = make_practitioner(session)
    close_practitioner(session, everyone_allowed, practitioner_id=gone.id, version=1)
    with pytest.raises(DomainError, match="no longer works here"):
        add_exception(session, DESK, whose=of(gone.id), request=form())


def test_the_library_knows_the_holidays_of_a_year_by_name() -> None:
    germany = public_holidays("DE", 2027, "en")
    assert germany[dt.date(2027, 1, 1)] == "New Year's Day"
    assert germany[dt.date(2027, 5, 6)] == "Ascension Day"
    assert public_holidays("DE", 2027, "de")[dt.date(2027, 1, 1)] == "Neujahr"
    assert all(day.year == 2027 for day in germany)
    assert public_holidays("XX", 2027, "en") == public_holidays("DE", 9999, "en") == {}


def test_public_holidays_are_chosen_added_once_and_not_again(session: Session) -> None:
    clinic = make_clinic(session, windows=[f"{day} 08:00-12:00" for day in range(1, 8)])
    asked: dict[str, Any] = {"country": "DE", "year": 2027}
    offered = list_public_holidays(session, DESK, **asked)
    assert not any(one.is_added for one in offered)
    chosen = [offered[0].day, offered[1].day]
    assert add_public_holidays(session, DESK, days=chosen, **asked) == 2
    assert add_public_holidays(session, DESK, days=[one.day for one in offered], **asked) == len(offered) - 2
    assert add_public_holidays(session, DESK, days=chosen, **asked) == 0
    assert all(one.is_added for one in list_public_holidays(session, DESK, **asked))
    entries = trail_of(session, "scheduling.holidays")
    assert [len(entry["after"]["days"]) for entry in entries] == [2, len(offered) - 2]
    new_year = get_time(session, DESK, whose=of(clinic.practitioners[0]), monday=dt.date(2026, 12, 28))
    assert len(new_year.openings) == 6
    assert next(one.note for one in new_year.exceptions) == "New Year's Day"


def test_only_days_of_the_list_are_added(session: Session) -> None:
    asked: dict[str, Any] = {"country": "DE", "year": 2027}
    for days in ([], [dt.date(2027, 1, 2)], [dt.date(2026, 1, 1)]):
        with pytest.raises(DomainError) as refused:
            add_public_holidays(session, DESK, days=days, **asked)
        assert refused.value.field == "days"


def test_holidays_that_many_add_at_once_are_there_once(committing: sa.Engine) -> None:
    def add(_: int) -> int:
        return db.in_transaction(
            lambda session: add_public_holidays(
                session, DESK, country="DE", year=2027, days=[dt.date(2027, 1, 1)]
            )
        )

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(add, range(8))) == [0] * 7 + [1]


@dataclass
class Rivals:
    """Somebody who books on Monday, and somebody who takes that day away, of the practitioner or of the house."""

    clinic: Clinic
    is_house: bool

    def book(self, session: Session) -> str:
        """The number of the booking; "" when it was refused."""
        try:
            booking = self.clinic.booking("2026-11-30 10:00")
            return book_appointment(session, self.clinic.desk, booking=booking).number
        except BookingRefused:
            return ""

    def close(self, session: Session) -> set[str]:
        """The numbers of the bookings that are hit."""
        if self.is_house:
            saved = close_house(session, self.clinic.desk, request=form())
        else:
            whose = of(self.clinic.practitioners[0])
            saved = add_exception(session, self.clinic.desk, whose=whose, request=form())
        return {one.number for one in saved.hits}


@pytest.fixture(params=[False, True], ids=["leave", "closure"])
def rivals(request: pytest.FixtureRequest, committing: sa.Engine) -> Rivals:
    """A clinic that is committed."""
    with db.transaction() as session:
        clinic = make_clinic(session)
    return Rivals(replace(clinic, session=None), request.param)  # type: ignore[arg-type]


def ensure_waits(engine: sa.Engine, other: Future[Any]) -> None:
    """The other waits for a lock, and is not through."""

    def is_known() -> bool:
        with engine.connect() as connection:
            waiting = sa.text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return other.done() or bool(connection.scalar(waiting))

    wait_until(is_known, seconds=60)
    assert not other.done()


def test_who_books_while_the_day_is_taken_away_waits_and_is_refused(
    committing: sa.Engine, rivals: Rivals
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as session:
            rivals.close(session)
            booked = pool.submit(db.in_transaction, rivals.book)
            ensure_waits(committing, booked)
        assert booked.result() == ""


def test_a_day_that_is_taken_away_while_somebody_books_waits_and_sees_the_booking(
    committing: sa.Engine, rivals: Rivals
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as session:
            number = rivals.book(session)
            closed = pool.submit(db.in_transaction, rivals.close)
            ensure_waits(committing, closed)
        assert closed.result() == {number}
