"""Guessing through the doors, at a clinic whose people share one address with everybody in its waiting room."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext
from sqlmodel import Session
from starlette.testclient import TestClient

from hms_app.core.cookies import DEVICE_COOKIE
from hms_app.domain.security.service import passwords
from tests.event_path import browser
from tests.factories import security as factory
from tests.factories.security import PASSWORD, make_user
from tests.security.house import House
from tests.whole_application import SAME_ORIGIN, client_of

_places = count(1)
SET_UP_FORM = {
    "name": "Taken Over",
    "currency": "EUR",
    "zone_name": "UTC",
    "language": "en",
    "country": "DE",
    "code": "AAAA-BBBB-CCCC-DDDD",
    "admin_name": "Mallory",
    "admin_email": "mallory@example.org",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """bcrypt at its lowest cost."""
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)
    factory.password_hash.cache_clear()
    yield
    factory.password_hash.cache_clear()


@pytest.fixture
def visit(application: Any, house: House) -> Callable[[], TestClient]:
    """A browser behind the clinic's one address, which is another in each test."""
    clinic = f"203.0.113.{next(_places)}"
    return lambda: client_of(application, client=(clinic, 4711))


def _sign_in(client: TestClient, email: str, password: str = PASSWORD) -> str:
    answer = client.post(
        "/auth/sign-in",
        data={"email": email, "password": password},
        headers=SAME_ORIGIN,
        follow_redirects=False,
    )
    return str(answer.headers["location"])


def _person(session: Session) -> str:
    user = make_user(session, "nurse")
    factory.commit(session)
    return user.email


def test_wrong_tries_in_the_waiting_room_do_not_lock_the_clinic_out(
    session: Session, visit: Callable[[], TestClient]
) -> None:
    staff, own = _person(session), visit()
    assert _sign_in(own, staff) == "/"
    stranger = visit()
    for number in range(31):
        _sign_in(stranger, f"nobody{number}@example.org", "wrong")
    for _ in range(6):
        _sign_in(stranger, staff, "wrong")
    assert _sign_in(stranger, _person(session)).startswith("/sign-in?problem=throttled")
    assert _sign_in(visit(), staff).startswith("/sign-in?problem=throttled")
    assert _sign_in(own, staff) == "/"


def test_the_cookie_of_a_known_browser_is_no_scripts_business_and_opens_nothing(
    session: Session, visit: Callable[[], TestClient]
) -> None:
    email, client = _person(session), visit()
    answer = client.post(
        "/auth/sign-in",
        data={"email": email, "password": PASSWORD},
        headers=SAME_ORIGIN,
        follow_redirects=False,
    )
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if DEVICE_COOKIE in one]
    for mark in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert mark in cookie
    token = client.cookies[DEVICE_COOKIE]
    assert _sign_in(client, email) == "/"
    assert client.cookies[DEVICE_COOKIE] == token
    thief = visit()
    thief.cookies.set(DEVICE_COOKIE, token)
    assert thief.get("/exports/audit.csv", headers={"accept": "application/json"}).status_code == 401
    assert _sign_in(thief, email, "wrong") == "/sign-in?problem=refused"


def test_a_link_is_not_guessed_at_the_door(visit: Callable[[], TestClient]) -> None:
    client = visit()
    answers = [
        client.post(
            "/auth/accept-invitation",
            data={"token": f"guess{number}", "password": PASSWORD},
            headers=SAME_ORIGIN,
            follow_redirects=False,
        ).headers["location"]
        for number in range(32)
    ]
    assert answers[0] == "/invitation?problem=link"
    assert "problem=throttled" in answers[-1]


async def test_a_set_up_code_is_not_guessed_at_the_door(house: House) -> None:
    handlers = RegistrationContext.get().event_handlers
    (name,) = (name for name in handlers if name.endswith("set_up_state.submit"))
    async with browser() as client:
        for _ in range(22):
            await client.send(name, {"form": SET_UP_FORM}, tab="set-up", address="/set-up")
            assert client.failures == []
        assert "Too many wrong tries" in client.sent_text()
