"""Hours and five services for a kind of clinic, and the first booking that they make possible."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.organization.queries import list_practitioners
from hms_app.domain.scheduling.queries.hours import get_time
from hms_app.domain.scheduling.queries.services import list_services
from hms_app.domain.scheduling.rules.week import read_week
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.values.booking import BookingInput
from hms_app.domain.scheduling.values.clinics import CLINIC_STARTS, ClinicKind, ClinicStarted
from hms_app.domain.scheduling.values.schedules import Whose
from hms_app.domain.scheduling.values.words import ResourceKind
from hms_app.domain.workflows.demo_calendar import open_calendar
from hms_app.domain.workflows.start_clinic import start_clinic
from tests.factories.booking import DESK
from tests.factories.organization import make_department, make_hospital, make_practitioner
from tests.factories.patients import make_patient
from tests.factories.scheduling import make_service, trail_of

MONDAY = dt.date(2026, 11, 30)


@pytest.mark.parametrize("kind", ClinicKind)
def test_each_kind_of_clinic_has_five_services_and_hours(kind: ClinicKind) -> None:
    start = CLINIC_STARTS[kind]
    assert len({service.name for service in start.services}) == 5
    assert len({service.colour for service in start.services}) == 5
    assert len(read_week(start.hours)) == 10


def test_the_first_booking_is_possible_right_after_the_start(session: Session) -> None:
    make_hospital(session)
    ada = make_practitioner(session)
    started = start_clinic(session, DESK, kind=ClinicKind.GENERAL_PRACTICE)
    assert started == ClinicStarted(services=5, practitioners=1)
    service = list_services(session, DESK, text="first visit").rows[0]
    booking = BookingInput.from_form(
        {
            "key": "11111111-1111-4111-8111-111111111111",
            "patient_id": make_patient(session).key,
            "service_id": service.id,
            "practitioner_id": ada.id,
            "day": "2026-11-30",
            "time": "08:00",
        }
    )
    assert book_appointment(session, DESK, booking=booking).practitioner == "Dr Ada Okafor"
    [entry] = trail_of(session, "scheduling.clinic")
    assert (entry["after"]["kind"], len(entry["after"]["services"])) == ("general_practice", 5)


def test_a_second_start_adds_only_what_is_missing(session: Session) -> None:
    make_practitioner(session)
    make_service(session, name="massage")
    assert start_clinic(session, DESK, kind=ClinicKind.PHYSIOTHERAPY) == ClinicStarted(4, 1)
    assert start_clinic(session, DESK, kind=ClinicKind.PHYSIOTHERAPY) == ClinicStarted(0, 0)
    ben = make_practitioner(session, given_names="Ben")
    assert start_clinic(session, DESK, kind=ClinicKind.PHYSIOTHERAPY) == ClinicStarted(0, 1)
    time = get_time(session, DESK, whose=Whose(ResourceKind.PRACTITIONER, ben.id), monday=MONDAY)
    assert len(time.openings) == 10


def test_who_may_not_change_everybodys_schedule_starts_no_clinic(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    make_practitioner(session)
    with pytest.raises(NotPermitted):
        start_clinic(session, actor_with(Permission.SCHEDULING_SERVICE_EDIT), kind=ClinicKind.DENTIST)


def test_the_demo_has_services_hours_a_leave_and_holidays_once(session: Session) -> None:
    make_hospital(session)
    for name, code in (("Cardiology", "CARD"), ("General medicine", "GEN"), ("Surgery", "SURG")):
        make_department(session, name=name, code=code)
    open_calendar(session, DESK)
    open_calendar(session, DESK)
    people = list_practitioners(session, DESK).rows
    assert len(people) == 3
    assert len(list_services(session, DESK).rows) == 5
    nia = next(one for one in people if one.given_names == "Nia")
    time = get_time(session, DESK, whose=Whose(ResourceKind.PRACTITIONER, nia.id), monday=MONDAY)
    assert len(time.schedules) == 1
    assert {"Away", "Christmas Day"} <= {one.note for one in time.exceptions}
