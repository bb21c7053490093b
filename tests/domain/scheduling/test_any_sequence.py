"""Whatever is booked, moved, cancelled, missed and restored, in whatever order: what must always be true stays true."""

import datetime as dt
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import Session

from hms_app.core.errors import DomainError
from hms_app.domain.scheduling.queries.checks import CHECKS
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.cancelling import cancel_appointment, mark_no_show, restore_appointment
from hms_app.domain.scheduling.service.moving import move_appointment
from hms_app.domain.scheduling.service.statuses import move_status
from hms_app.domain.scheduling.values.words import AppointmentStatus
from tests.factories.booking import MONDAY, Clinic, make_clinic, move_to, put_service
from tests.factories.scheduling import put_schedule

NOW = "2026-11-30 09:00+00:00"
"""Monday, 10:00 in Berlin: what begins earlier has begun."""
TIMES = st.sampled_from(
    ["09:00", "09:15", "10:00", "10:15", "10:30", "11:00", "11:45", "12:00", "16:45", "18:00", "19:30"]
)
PLACES = st.integers(0, 1)
PATIENTS = st.integers(0, 2)
MINUTES = st.sampled_from([15, 30, 60])
REASONS = st.sampled_from(["", "", "emergency"])
WHICH = st.integers(0, 30)


class Diary(RuleBasedStateMachine):
    """One clinic of two doctors and two rooms, and three patients; everything is undone after each run."""

    session: ClassVar[Session]

    def __init__(self) -> None:
        super().__init__()
        self.undone = self.session.begin_nested()
        self.clinic: Clinic = make_clinic(self.session, practitioners=2, rooms=2, cleanup_minutes=5)
        self.free_of_rooms = put_service(self.session, self.clinic.resources, name="Talk")
        for resource in self.clinic.resources:
            put_schedule(self.session, resource, ("1 18:00-20:00",), mode="tokens", capacity=2)
        self.patients = [self.clinic.patient_id, self.clinic.patient(), self.clinic.patient()]
        self.numbers: dict[int, str] = {}

    def teardown(self) -> None:
        self.undone.rollback()
        self.session.expire_all()

    def _try(self, act: Any, *arguments: Any, **named: Any) -> Any:
        """Do it or be refused; a refusal leaves nothing."""
        before = self._rows()
        try:
            with self.session.begin_nested():
                return act(self.session, self.clinic.desk, *arguments, **named)
        except DomainError as refused:
            self.session.expire_all()
            assert str(refused)
            assert self._rows() == before
            return None

    def _rows(self) -> list[Any]:
        columns = "id, status, starts_at, ends_at, practitioner_id, room_id, version"
        statement = f"SELECT {columns} FROM appointment ORDER BY id"
        return list(self.session.execute(sa.text(statement)).all())

    def _one(self, which: int) -> int:
        keys = sorted(self.numbers)
        return keys[which % len(keys)] if keys else 0

    @rule(time=TIMES, doctor=PLACES, patient=PATIENTS, minutes=MINUTES, override=REASONS, talk=st.booleans())
    def book(self, time: str, doctor: int, patient: int, minutes: int, override: str, talk: bool) -> None:
        booking = self.clinic.booking(
            f"{MONDAY} {time}",
            practitioner_id=self.clinic.practitioners[doctor],
            patient_id=self.patients[patient],
            duration_minutes=minutes,
            override_reason=override,
            service_id=self.free_of_rooms if talk else self.clinic.service_id,
            confirmed="close_by,same_day_elsewhere,in_session",
        )
        if booked := self._try(book_appointment, booking=booking):
            self.numbers[booked.id] = booked.number

    @rule(which=WHICH, time=TIMES, doctor=PLACES, minutes=MINUTES, override=REASONS)
    def move(self, which: int, time: str, doctor: int, minutes: int, override: str) -> None:
        move = move_to(
            f"{MONDAY} {time}",
            practitioner_id=self.clinic.practitioners[doctor],
            duration_minutes=minutes,
            override_reason=override,
            confirmed="close_by,same_day_elsewhere,in_session",
        )
        self._try(move_appointment, appointment_id=self._one(which), move=move)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        self._try(cancel_appointment, appointment_id=self._one(which), reason="x")

    @rule(which=WHICH)
    def miss(self, which: int) -> None:
        self._try(mark_no_show, appointment_id=self._one(which))

    @rule(which=WHICH)
    def restore(self, which: int) -> None:
        self._try(restore_appointment, appointment_id=self._one(which))

    @rule(which=WHICH, wanted=st.sampled_from(list(AppointmentStatus)))
    def step(self, which: int, wanted: AppointmentStatus) -> None:
        if wanted not in (
            AppointmentStatus.BOOKED,
            AppointmentStatus.CANCELLED,
            AppointmentStatus.NO_SHOW,
        ):
            self._try(_step, self._one(which), wanted)

    @invariant()
    def nobody_is_twice_at_once_and_all_that_should_be_held_is(self) -> None:
        assert [check(self.session).problems for check in CHECKS] == [[], [], []]

    @invariant()
    def numbers_stay(self) -> None:
        found = self.session.execute(sa.text("SELECT id, number FROM appointment"))
        assert {row.id: row.number for row in found} == self.numbers

    @invariant()
    def every_step_is_in_the_history(self) -> None:
        lacking = self.session.execute(
            sa.text(
                "SELECT a.id FROM appointment a WHERE a.status <> (SELECT c.to_status FROM appointment_change c"
                " WHERE c.appointment_id = a.id ORDER BY c.id DESC LIMIT 1)"
            )
        )
        assert lacking.all() == []


def _step(session: Session, actor: Any, which: int, wanted: AppointmentStatus) -> object:
    return move_status(session, actor, which, wanted)


@pytest.mark.timeout(300)
def test_any_sequence_of_acts_keeps_every_promise(session: Session) -> None:
    Diary.session = session
    with time_machine.travel(dt.datetime.fromisoformat(NOW), tick=False):
        run_state_machine_as_test(
            Diary,
            settings=settings(
                max_examples=12,
                stateful_step_count=18,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
