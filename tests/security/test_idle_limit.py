"""Only what a person does puts off the idle limit: no polling, no page that loads itself, no refused try."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.api import routing
from hms_app.core import clock
from hms_app.core.permissions import PUBLIC, SIGNED_IN
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from hms_app.pages.guard import PAGES
from hms_app.state.base import PASSIVE_ATTRIBUTE
from hms_app.state.gate import is_framework_event
from tests.event_path import browser, fitting_payload
from tests.security.people import signed_in
from tests.whole_application import HOST, SAME_ORIGIN, client_of

QUIET: Final = dt.timedelta(minutes=10)
ROLE: Final = "storekeeper"
HELD: Final = next(role.permissions for role in DEFAULT_ROLES if role.code == ROLE)
UNKNOWING: Final = ("/ping", "/healthz", "/readyz", "/files/logo", "/", "/patients", "/auth/sign-in")


@pytest.fixture
def quiet(session: Session) -> str:
    """A session in which nobody has done anything for ten minutes."""
    token = signed_in(session, role=ROLE)
    session.execute(
        sa.text("UPDATE user_session SET last_seen_at = :at WHERE token_hash = :hash"),
        {"at": clock.now() - QUIET, "hash": token_hash(token)},
    )
    session.commit()
    return token


@pytest.fixture
def is_quiet(session: Session, quiet: str) -> Callable[[], bool]:
    """Whether that is still so."""

    def read() -> bool:
        session.rollback()
        found = sa.text("SELECT last_seen_at FROM user_session WHERE token_hash = :hash")
        seen: dt.datetime = session.execute(found, {"hash": token_hash(quiet)}).scalar_one()
        return clock.now() - seen >= QUIET

    return read


def _handlers() -> dict[str, Any]:
    return {name: found.handler.fn for name, found in RegistrationContext.get().event_handlers.items()}


def _send(token: str, *events: tuple[str, dict[str, Any]]) -> None:
    async def send() -> None:
        async with browser() as client:
            for name, payload in events:
                await client.send(name, payload, session=token, tab="t", address="/")

    asyncio.run(send())


def _parts_of(part: Any) -> Iterator[Any]:
    """A component and everything in it, whatever it depends on."""
    yield part
    inner = [*(getattr(part, "children", None) or [])]
    inner += [getattr(part, name) for name in ("comp1", "comp2") if getattr(part, name, None) is not None]
    for child in inner:
        yield from _parts_of(child)


def test_what_pages_ask_by_a_timer_is_no_activity() -> None:
    asked = [
        (screen.route, spec.handler.fn)
        for screen, page in PAGES.items()
        for part in _parts_of(page())
        if "data-poll" in (getattr(part, "custom_attrs", None) or {})
        for spec in part.event_triggers["on_click"].events
    ]
    assert asked
    assert [
        f"{route} {fn.__name__}" for route, fn in asked if not getattr(fn, PASSIVE_ATTRIBUTE, False)
    ] == []


def test_polling_by_pages_and_by_the_framework_is_no_activity(
    quiet: str, is_quiet: Callable[[], bool]
) -> None:
    polled = [
        (name, fitting_payload(fn))
        for name, fn in _handlers().items()
        if getattr(fn, PASSIVE_ATTRIBUTE, False)
    ]
    polled += [
        (name, {}) for name in _handlers() if is_framework_event(name) and "hydrate" in name.split(".")[-1]
    ]
    assert len(polled) > 5
    _send(quiet, *polled, *polled)
    assert is_quiet()


def test_whatever_is_refused_or_open_to_all_is_no_activity(quiet: str, is_quiet: Callable[[], bool]) -> None:
    tried = [
        (name, fitting_payload(fn))
        for name, fn in _handlers().items()
        if hasattr(fn, GUARD_ATTRIBUTE) and getattr(fn, GUARD_ATTRIBUTE) not in {SIGNED_IN, *HELD}
    ]
    setvars = [(name, {"var_name": "x", "value": "y"}) for name in _handlers() if name.endswith(".setvar")]
    assert len(tried) > 40
    _send(quiet, *tried, *setvars)
    assert is_quiet()


def test_typing_and_pointing_are_activity(quiet: str, is_quiet: Callable[[], bool]) -> None:
    name = next(name for name in _handlers() if name.endswith("door_state.stay_awake"))
    _send(quiet, (name, {}))
    assert not is_quiet()


def test_no_address_that_knows_no_session_and_no_refused_one_is_activity(
    application: Any, quiet: str, is_quiet: Callable[[], bool]
) -> None:
    client = client_of(application)
    client.cookies.set(routing.SESSION_COOKIE, quiet, domain=HOST)
    for path in UNKNOWING:
        client.get(path)
    for one in routing.ROUTES:
        if one.guard not in {PUBLIC, SIGNED_IN, *HELD}:
            answer = client.request(
                one.methods[0], one.path.replace("{", "").replace("}", ""), headers=SAME_ORIGIN
            )
            assert answer.status_code == 403
    assert is_quiet()


def test_a_wrong_password_at_the_lock_is_no_activity(
    application: Any, quiet: str, is_quiet: Callable[[], bool]
) -> None:
    client = client_of(application)
    client.cookies.set(routing.SESSION_COOKIE, quiet, domain=HOST)
    for path in ("/auth/lock", "/auth/unlock", "/auth/reauthenticate"):
        client.post(path, data={"password": "not this one"}, headers=SAME_ORIGIN)
    assert is_quiet()


def test_a_locked_sessions_page_is_hydrated_with_defaults_only(session: Session, quiet: str) -> None:
    enter = next(name for name in _handlers() if name.endswith("entry_state.enter"))
    hydrate = next(name for name in _handlers() if name.endswith("state.hydrate"))

    async def reload() -> str:
        async with browser() as client:
            await client.send(enter, {"route": "/"}, session=quiet, tab="t")
            assert "The storekeeper" in client.sent_text()
            lock = sa.text("UPDATE user_session SET locked_at = now() WHERE token_hash = :hash")
            session.execute(lock, {"hash": token_hash(quiet)})
            session.commit()
            await client.send(hydrate, session=quiet, tab="t")
            return client.sent_text()

    assert "The storekeeper" not in asyncio.run(reload())
