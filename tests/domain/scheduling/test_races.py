"""Many at once over connections of their own: one gets the time, everybody else a clear sentence."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.errors import DomainError
from hms_app.domain.scheduling.queries.checks import CHECKS
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.exceptions import add_exception
from hms_app.domain.scheduling.service.moving import move_appointment
from hms_app.domain.scheduling.values.booking import BookingInput
from hms_app.domain.scheduling.values.schedules import ExceptionInput, Whose
from hms_app.domain.scheduling.values.words import ResourceKind
from tests.factories.booking import MONDAY, Clinic, make_clinic, move_to

CALLERS: Final = 200
CONNECTIONS: Final = 60
BOOKED: Final = "booked"


@pytest.fixture(autouse=True)
def saturday() -> Iterator[None]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=False):
        yield


@pytest.fixture
def crowded(committing: sa.Engine) -> Iterator[sa.Engine]:
    """Connections for a crowd."""
    engine = db.make_engine(committing.url, pool_size=CONNECTIONS)
    db.bind(engine)
    yield engine
    engine.dispose()


def in_house(make: Callable[[Session], Any]) -> Any:
    """What is made and committed before the race."""
    with db.transaction() as session:
        return make(session)


def all_at_once(acts: list[Callable[[Session], object]]) -> Counter[str]:
    """Do all of it at once; says how often each answer came."""

    def one(act: Callable[[Session], object]) -> str:
        try:
            db.in_transaction(act)
        except DomainError as refused:
            return str(refused)
        return BOOKED

    with ThreadPoolExecutor(CONNECTIONS) as crowd:
        return Counter(crowd.map(one, acts))


def booking_of(clinic: Clinic, booking: BookingInput) -> Callable[[Session], object]:
    return lambda session: book_appointment(session, clinic.desk, booking=booking)


def whole() -> None:
    with db.transaction() as session:
        assert [check(session).problems for check in CHECKS] == [[], [], []]
        db.only_read(session)


@pytest.mark.usefixtures("crowded")
def test_of_two_hundred_who_want_one_practitioner_one_gets_the_time() -> None:
    def make(session: Session) -> tuple[Clinic, list[int]]:
        clinic = make_clinic(session)
        return clinic, [clinic.patient() for _ in range(CALLERS)]

    clinic, patients = in_house(make)
    answers = all_at_once(
        [booking_of(clinic, clinic.booking(f"{MONDAY} 10:00", patient_id=patient)) for patient in patients]
    )
    assert answers == {
        BOOKED: 1,
        "Dr Ada Okafor A is already booked 10:00-10:30. Next free: 10:30.": CALLERS - 1,
    }
    whole()


@pytest.mark.usefixtures("crowded")
def test_of_two_hundred_who_want_one_room_one_gets_it() -> None:
    doctors = 20

    def make(session: Session) -> tuple[Clinic, list[int]]:
        clinic = make_clinic(session, practitioners=doctors, rooms=1)
        return clinic, [clinic.patient() for _ in range(CALLERS)]

    clinic, patients = in_house(make)
    answers = all_at_once(
        [
            booking_of(
                clinic,
                clinic.booking(
                    f"{MONDAY} 10:00",
                    patient_id=patient,
                    practitioner_id=clinic.practitioners[number % doctors],
                    room_id=clinic.rooms[0],
                ),
            )
            for number, patient in enumerate(patients)
        ]
    )
    assert answers[BOOKED] == 1
    said = "Room 1 is already booked 10:00-10:30. Next free: 10:30."
    assert sum(count for answer, count in answers.items() if said in answer) == CALLERS - 1
    whole()


@pytest.mark.usefixtures("crowded")
def test_of_two_hundred_bookings_of_one_patient_at_once_one_stands() -> None:
    doctors = 100
    clinic = in_house(lambda session: make_clinic(session, practitioners=doctors))
    answers = all_at_once(
        [
            booking_of(
                clinic,
                clinic.booking(f"{MONDAY} 10:00", practitioner_id=clinic.practitioners[number % doctors]),
            )
            for number in range(CALLERS)
        ]
    )
    assert answers[BOOKED] == 1
    said = "The patient is booked 10:00-10:30 already"
    assert sum(count for answer, count in answers.items() if answer.startswith(said)) == CALLERS - 1
    assert all("Next free: 10:30" in answer for answer in answers if answer != BOOKED)
    whole()


@pytest.mark.usefixtures("crowded")
def test_anybody_is_given_to_as_many_as_there_are() -> None:
    def make(session: Session) -> tuple[Clinic, list[int]]:
        clinic = make_clinic(session, practitioners=5)
        return clinic, [clinic.patient() for _ in range(5)]

    clinic, patients = in_house(make)
    answers = all_at_once(
        [
            booking_of(clinic, clinic.booking(f"{MONDAY} 10:00", patient_id=patient, practitioner_id=None))
            for patient in patients
        ]
    )
    assert answers[BOOKED] == 5
    whole()


@pytest.mark.usefixtures("crowded")
def test_a_session_gives_out_no_more_numbers_than_it_has() -> None:
    def make(session: Session) -> tuple[Clinic, list[int]]:
        clinic = make_clinic(session, windows=("1 08:00-12:00",), schedule={"mode": "tokens", "capacity": 7})
        return clinic, [clinic.patient() for _ in range(60)]

    clinic, patients = in_house(make)
    answers = all_at_once(
        [booking_of(clinic, clinic.booking(f"{MONDAY} 08:00", patient_id=patient)) for patient in patients]
    )
    assert answers[BOOKED] == 7
    assert sum(count for answer, count in answers.items() if answer.startswith("All 7 numbers")) == 53
    with db.transaction() as session:
        numbers = session.execute(sa.text("SELECT token_number FROM appointment ORDER BY 1")).scalars().all()
    assert numbers == list(range(1, 8))
    whole()


@pytest.mark.usefixtures("crowded")
def test_leave_and_bookings_at_once_leave_no_booking_that_the_leave_did_not_see() -> None:
    """Whatever leave does not find when it is entered is refused afterwards."""

    def make(session: Session) -> tuple[Clinic, list[int]]:
        clinic = make_clinic(session)
        return clinic, [clinic.patient() for _ in range(18)]

    clinic, patients = in_house(make)
    seen: list[str] = []

    def enter_leave(session: Session) -> None:
        leave = ExceptionInput(starts_on=dt.date.fromisoformat(MONDAY))
        whose = Whose(ResourceKind.PRACTITIONER, clinic.practitioners[0])
        saved = add_exception(session, clinic.desk, whose=whose, request=leave)
        seen.extend(hit.number for hit in saved.hits)

    times = [f"{8 + number // 2:02}:{number % 2 * 30:02}" for number in range(18)]
    acts: list[Callable[[Session], object]] = [
        booking_of(clinic, clinic.booking(f"{MONDAY} {time}", patient_id=patient))
        for time, patient in zip(times, patients, strict=True)
    ]
    acts.insert(9, enter_leave)
    answers = all_at_once(acts)
    with db.transaction() as session:
        there = session.execute(sa.text("SELECT number FROM appointment")).scalars().all()
    assert sorted(there) == sorted(seen)
    assert answers[BOOKED] == len(there) + 1


@pytest.mark.usefixtures("crowded")
def test_two_who_swap_their_times_end_without_a_circle_or_a_double_booking() -> None:
    def make(session: Session) -> tuple[Clinic, list[int]]:
        clinic = make_clinic(session, practitioners=2)
        rows = [
            book_appointment(
                session,
                clinic.desk,
                booking=clinic.booking(
                    f"{MONDAY} 10:00", patient_id=clinic.patient(), practitioner_id=practitioner
                ),
            ).id
            for practitioner in clinic.practitioners
        ]
        return clinic, rows

    clinic, rows = in_house(make)

    def moving(number: int) -> Callable[[Session], object]:
        move = move_to(f"{MONDAY} 10:00", practitioner_id=clinic.practitioners[1 - number])
        return lambda session: move_appointment(session, clinic.desk, appointment_id=rows[number], move=move)

    answers = all_at_once([moving(0), moving(1)] * 5)
    assert set(answers) <= {
        "Dr Ada Okafor A is already booked 10:00-10:30. Next free: 10:30.",
        "Dr Ada Okafor B is already booked 10:00-10:30. Next free: 10:30.",
    }
    whole()
