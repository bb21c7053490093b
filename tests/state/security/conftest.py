"""Screens' states without a browser, as somebody with a real session sees them."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

import pytest
import reflex as rx
from reflex.istate.data import RouterData
from sqlmodel import Session

from hms_app.domain.security.service import passwords
from hms_app.state.credentials import SESSION_COOKIE
from tests.factories import security as factory

S = TypeVar("S", bound=rx.State)
Open = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """bcrypt at its lowest cost: these tests are about screens."""
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)
    factory.password_hash.cache_clear()


@pytest.fixture
def opened() -> Open:
    """Open a screen's state: `await opened(UsersState, token, "/administration/users", q="ana")`."""

    async def open_state(kind: type[S], token: str | None = None, path: str = "/", **query: str) -> S:
        root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
        address = f"{path}?{urlencode(query)}" if query else path
        cookie = f"{SESSION_COOKIE}={token}" if token else ""
        headers = {"cookie": cookie, "origin": "http://hospital.test", "host": "hospital.test"}
        root.router = RouterData.from_router_data(
            {"pathname": path, "asPath": address, "query": query, "headers": headers, "ip": factory.ADDRESS}
        )
        return await root.get_state(kind)

    return open_state


@pytest.fixture
def administrator(session: Session) -> str:
    """The token of an administrator who has just signed in."""
    token = factory.signed_in(
        session, factory.make_user(session, "administrator", name="Ada Admin", search_name="ada admin")
    )
    session.commit()
    return token


async def act(state: rx.State, handler: str, *arguments: Any) -> Any:
    """Call a handler as an event would; a handler that yields is run to its end."""
    called = type(state).event_handlers[handler].fn(state, *arguments)
    if hasattr(called, "__aiter__"):
        return [event async for event in called]
    return await called
