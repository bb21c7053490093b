"""States without a browser: a signed-in tab on the test's own database."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import reflex as rx
import sqlalchemy as sa
from reflex.istate.data import RouterData
from sqlmodel import Session

from hms_app.state.credentials import SESSION_COOKIE
from tests.factories.security import make_user, signed_in

Open = Callable[..., Awaitable[Any]]


@pytest.fixture
def opened(connection: sa.Connection) -> Open:
    """Open a screen's state as somebody with a role, at an address."""

    async def open_state(state: type[Any], role: str, address: str = "/") -> Any:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            token = signed_in(session, make_user(session, role))
            session.commit()
        root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
        root.router = RouterData.from_router_data(
            {
                "pathname": address.partition("?")[0],
                "asPath": address,
                "query": {},
                "headers": {"cookie": f"{SESSION_COOKIE}={token}", "origin": "http://localhost"},
                "ip": "192.0.2.7",
                "token": "tab",
                "sid": "1",
            }
        )
        return await root.get_state(state)

    return open_state


async def drained(result: Any) -> list[Any]:
    """What a handler returned or yielded."""
    if hasattr(result, "__aiter__"):
        return [event async for event in result]
    event = await result
    return [event] if event is not None else []
