"""The demo's today is made by the use cases, once a day, whatever the hour."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.domain.clinical.queries.checks import check_visits_of_appointments
from hms_app.domain.organization import queries as house
from hms_app.domain.scheduling.queries.desk import read_desk
from hms_app.domain.scheduling.queries.queue_checks import check_places
from hms_app.domain.scheduling.values.queues import DeskFilters
from hms_app.domain.workflows.demo_day import ARRIVED, EXPECTED, WALK_INS, fill_today
from tests.factories.organization import make_department, make_hospital, make_practitioner
from tests.factories.patients import make_patient
from tests.factories.security import make_user

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def actor(session: Session) -> Actor:
    """The demo's own hand, in a house with a doctor who signs in and enough patients."""
    make_hospital(session)
    department = make_department(session, name="General medicine", code="GEN")
    make_practitioner(session, department_id=department.id, user_id=make_user(session, "doctor").key)
    for _ in range(EXPECTED + WALK_INS):
        make_patient(session)
    return Actor.system("demo", house.hospital_locale(session))


@pytest.mark.parametrize("hour", [9, 14])
def test_the_desk_is_alive_after_the_demo_was_made(
    session: Session, actor: Actor, hour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = actor.locale.local(clock.now()).replace(hour=hour, minute=2).astimezone(dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    for _ in range(2):
        fill_today(session, actor)
    desk = read_desk(session, actor, filters=DeskFilters())
    assert len(desk.expected) == EXPECTED - ARRIVED
    assert (len(desk.waiting), len(desk.with_doctor), len(desk.over)) == (WALK_INS + ARRIVED - 2, 1, 1)
    assert check_places(session).ok
    assert check_visits_of_appointments(session).ok


def test_just_before_midnight_the_demo_has_walk_ins(
    session: Session, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = actor.locale.local(clock.now()).replace(hour=23, minute=58).astimezone(dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    fill_today(session, actor)
    desk = read_desk(session, actor, filters=DeskFilters())
    assert (len(desk.expected), len(desk.waiting) > 0) == (0, True)


def test_a_house_without_that_department_has_no_demo_day(session: Session) -> None:
    make_hospital(session)
    fill_today(session, Actor.system("demo", house.hospital_locale(session)))
    assert session.execute(sa.text("SELECT count(*) FROM queue_entry")).scalar_one() == 0
