"""Only what a person does puts off the idle limit: no polling, no page that loads itself, no refused try."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any, Final

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.api import routing
from hms_app.core import clock
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.permissions import PUBLIC, SIGNED_IN
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from hms_app.hms_app import app
from hms_app.pages.guard import PAGES
from hms_app.state.base import PASSIVE_ATTRIBUTE
from hms_app.state.gate import is_framework_event
from hms_app.state.security.door import DoorState
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


def _loading() -> list[Any]:
    """The functions that run when a page loads."""
    found = {
        getattr(event, "handler", event).fn: None  # type: ignore[union-attr]
        for events in app._load_events.values()
        for event in events
    }
    return [fn for fn in found if hasattr(fn, GUARD_ATTRIBUTE)]


def _send(
    token: str, *events: tuple[str, dict[str, Any]], address: str = "/", loads_pages: bool = False
) -> None:
    async def send() -> None:
        async with browser(loads_pages=loads_pages) as client:
            for name, payload in events:
                await client.send(name, payload, session=token, tab="t", address=address)

    asyncio.run(send())


def _parts_of(part: Any) -> Iterator[Any]:
    """A component and everything in it, whatever it depends on."""
    yield part
    inner = [*(getattr(part, "children", None) or [])]
    inner += [getattr(part, name) for name in ("comp1", "comp2") if getattr(part, name, None) is not None]
    for child in inner:
        yield from _parts_of(child)


def test_what_pages_ask_by_themselves_is_no_activity() -> None:
    asked = [
        (screen.route, spec.handler.fn)
        for screen, page in PAGES.items()
        for part in _parts_of(page())
        if "data-look-again" in (getattr(part, "custom_attrs", None) or {})
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


def test_what_runs_when_a_page_loads_is_no_activity(
    application: Any, quiet: str, is_quiet: Callable[[], bool]
) -> None:
    names = {fn: name for name, fn in _handlers().items()}
    loads = [names[fn] for fn in _loading()]
    assert len(loads) > 20
    _send(quiet, *[(name, fitting_payload(_handlers()[name])) for name in loads])
    assert is_quiet()


def test_every_handler_that_a_page_runs_by_itself_is_passive(application: Any) -> None:
    mounted = [
        spec.handler.fn
        for page in PAGES.values()
        for part in _parts_of(page())
        for trigger in ("on_mount", "on_unmount")
        if trigger in part.event_triggers
        for spec in getattr(part.event_triggers[trigger], "events", [])
        if hasattr(spec.handler.fn, GUARD_ATTRIBUTE)
    ]
    assert len(_loading()) > 20
    wrong = [fn.__qualname__ for fn in (*_loading(), *mounted) if not getattr(fn, PASSIVE_ATTRIBUTE, False)]
    assert wrong == []


def test_a_page_that_loads_or_connects_again_is_no_activity(
    application: Any, quiet: str, is_quiet: Callable[[], bool]
) -> None:
    boots = [
        (name, {}) for name in _handlers() if name.endswith(("state.hydrate_and_load", "on_load_internal"))
    ]
    assert len(boots) == 2
    for screen in (one for one in PAGES if "[" not in one.route):
        _send(quiet, *boots, address=screen.route, loads_pages=True)
        assert is_quiet(), screen.route


def test_what_follows_of_something_that_ran_by_itself_is_no_activity(
    quiet: str, is_quiet: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = _handlers()
    first = next(name for name in handlers if name.endswith("door_state.load_door"))
    then = next(name for name in handlers if name.endswith("door_state.stop_asking"))
    assert not getattr(handlers[then], PASSIVE_ATTRIBUTE, False)
    registry = RegistrationContext.get().event_handlers
    both = _followed_by(handlers[first], DoorState.stop_asking)
    with_more = replace(registry[first], handler=replace(registry[first].handler, fn=both))
    monkeypatch.setitem(registry, first, with_more)
    _send(quiet, (first, {}))
    assert is_quiet()
    _send(quiet, (then, {}))
    assert not is_quiet()


def _followed_by(handler: Any, then: Any) -> Any:
    """The handler, and another event after it."""

    @wraps(handler)
    async def both(self: Any) -> Any:
        await handler(self)
        return then

    return both


def test_typing_and_pointing_are_activity(application: Any, quiet: str, is_quiet: Callable[[], bool]) -> None:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, quiet, domain=HOST)
    assert client.post("/auth/awake", headers=SAME_ORIGIN).status_code == 204
    assert not is_quiet()


def test_nothing_wakes_a_session_that_is_locked_already(
    application: Any, session: Session, quiet: str, is_quiet: Callable[[], bool]
) -> None:
    session.execute(sa.text("UPDATE user_session SET locked_at = now()"))
    session.commit()
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, quiet, domain=HOST)
    answer = client.post("/auth/awake", headers={**SAME_ORIGIN, "accept": "application/json"})
    assert (answer.status_code, answer.json()["signed_out"]) == (401, False)
    assert is_quiet()


def test_nothing_that_is_only_asked_for_is_activity(
    application: Any, quiet: str, is_quiet: Callable[[], bool]
) -> None:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, quiet, domain=HOST)
    asked = [one for one in routing.ROUTES if "GET" in one.methods and one.guard in {SIGNED_IN, *HELD}]
    for one in asked:
        for method in ("GET", "HEAD"):
            answer = client.request(method, one.path.replace("{", "").replace("}", ""))
            assert answer.status_code != 401
    assert is_quiet()


def test_no_address_that_knows_no_session_and_no_refused_one_is_activity(
    application: Any, quiet: str, is_quiet: Callable[[], bool]
) -> None:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, quiet, domain=HOST)
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
    client.cookies.set(SESSION_COOKIE, quiet, domain=HOST)
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
