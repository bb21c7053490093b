"""Setting up an empty hospital: all of it or nothing, once."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput
from hms_app.domain.organization import queries
from hms_app.domain.scheduling.queries.hours import get_time
from hms_app.domain.scheduling.queries.services import list_services
from hms_app.domain.scheduling.values.schedules import Whose
from hms_app.domain.scheduling.values.words import ResourceKind
from hms_app.domain.security import service as security
from hms_app.domain.security.errors import AlreadySetUp, WrongSetupCode
from hms_app.domain.workflows.set_up_hospital import parse_set_up, set_up_hospital

PASSWORD = "quiet lanterns over harbour seven"
FORM: dict[str, object] = {
    "name": "St Mary",
    "currency": "EUR",
    "zone_name": "Europe/Berlin",
    "language": "de",
    "admin_name": "Ada Okafor",
    "admin_email": "ada@hospital.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
}
VISITOR = Actor.nobody("127.0.0.1")


def _set_up(code: str, **changed: Any) -> int:
    request, password = parse_set_up({**FORM, "code": code, **changed})
    with db.transaction() as session:
        return set_up_hospital(session, VISITOR, request=request, password=password)


def _code() -> str:
    with db.transaction() as session:
        return security.issue_setup_code(session) or ""


def test_the_code_opens_the_set_up_once(connection: sa.Connection) -> None:
    code = _code()
    assert _set_up(code) > 0
    with pytest.raises(AlreadySetUp):
        _set_up(code)
    with Session(connection) as session:
        assert queries.is_founded(session)
        assert security.issue_setup_code(session) is None


def test_a_wrong_code_sets_nothing_up(connection: sa.Connection) -> None:
    _code()
    with pytest.raises(WrongSetupCode):
        _set_up("AAAA-BBBB-CCCC-DDDD")
    with Session(connection) as session:
        assert not queries.is_founded(session)


def test_a_weak_password_leaves_the_code_usable(connection: sa.Connection) -> None:
    code = _code()
    weak = "aaaaaaaaaaaaaaaaaaaa"
    with pytest.raises(DomainError) as refused:
        _set_up(code, password=weak, password_again=weak)
    assert refused.value.field == "password"
    with Session(connection) as session:
        assert not queries.is_founded(session)
    assert _set_up(code) > 0


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_set_up({"password": "one", "password_again": "two", "currency": "EUR"})
    assert set(refused.value.problems) == {
        "code",
        "name",
        "zone_name",
        "admin_name",
        "admin_email",
        "password_again",
    }


def test_the_administrator_can_sign_in_and_holds_the_settings(connection: sa.Connection) -> None:
    _set_up(_code())
    with db.transaction() as session:
        result = security.sign_in(
            session,
            email="ADA@hospital.example",
            password=PASSWORD,
            code="",
            ip_address="127.0.0.1",
            user_agent="tests",
        )
        assert result.token
    with db.transaction() as session:
        actor = security.resolve_actor(session, session_token=result.token, ip_address="127.0.0.1")
        assert actor.locale.zone_name == "Europe/Berlin"
        assert queries.get_hospital(session, actor).name == "St Mary"


def test_a_clinic_whose_kind_is_said_can_be_booked_at_once(connection: sa.Connection) -> None:
    _set_up(_code(), clinic_kind="dentist", sees_patients="on")
    somebody = Actor.system("tests")
    with db.transaction() as session:
        [practitioner] = queries.list_practitioners(session, somebody).rows
        assert (practitioner.name, practitioner.user_name) == ("Ada Okafor", "Ada Okafor")
        services = list_services(session, somebody).rows
        assert len(services) == 5
        assert {one.name for service in services for one in service.offerings} == {"Ada Okafor"}
        whose = Whose(ResourceKind.PRACTITIONER, practitioner.id)
        assert len(get_time(session, somebody, whose=whose, monday=dt.date(2027, 1, 4)).openings) == 10


def test_a_hospital_of_no_kind_has_no_services_and_no_practitioner(connection: sa.Connection) -> None:
    _set_up(_code())
    somebody = Actor.system("tests")
    with db.transaction() as session:
        assert list_services(session, somebody).rows == []
        assert queries.list_practitioners(session, somebody).rows == []
