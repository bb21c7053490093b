"""What hydrate sends: defaults to a visitor, and nothing of one session to another."""

import asyncio

import pytest
import sqlalchemy as sa
from reflex.state import State
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.domain.security import service as security
from hms_app.domain.security.rules.codes import token_hash
from hms_app.state.base import SessionState
from hms_app.state.gate import LOAD_AGAIN
from tests.event_path import Browser, browser
from tests.security.people import signed_in

HYDRATE = "reflex___state____state.hydrate"
ENTER = next(n for n in RegistrationContext.get().event_handlers if n.endswith("entry_state.enter"))
SHELL = next(n for n in RegistrationContext.get().event_handlers if n.endswith("shell_state.load_shell"))


def _defaults() -> dict[str, object]:
    return State(_reflex_internal_init=True).dict()  # type: ignore[call-arg]


def _changed(client: Browser) -> dict[str, object]:
    """The variables that hydrate sent with another value than the public default."""
    defaults = _defaults()
    return {
        f"{state}.{name}": value
        for update in client.updates
        for state, variables in update.delta.items()
        for name, value in variables.items()
        if "router" not in name and "is_hydrated" not in name and defaults.get(state, {}).get(name) != value  # type: ignore[attr-defined]
    }


def test_a_visitor_is_sent_nothing_but_defaults(bound_engine: sa.Engine) -> None:
    async def visit() -> dict[str, object]:
        async with browser() as client:
            await client.send(HYDRATE, tab="visitor")
            assert client.updates
            return _changed(client)

    assert asyncio.run(visit()) == {}


def test_another_sessions_tab_is_emptied_before_it_is_sent(session: Session) -> None:
    token = signed_in(session, role="doctor", name="Dr Secret Name")

    async def steal() -> tuple[str, dict[str, object]]:
        async with browser() as client:
            await client.send(ENTER, {"route": "/"}, session=token, tab="shared")
            own = client.sent_text()
            await client.send(HYDRATE, tab="shared")
            return own, _changed(client)

    own, stolen = asyncio.run(steal())
    assert "Dr Secret Name" in own
    assert stolen == {}
    assert SessionState.get_fields()["user_name"].default_value() == ""


def test_an_ended_session_is_sent_nothing_on_reload(session: Session) -> None:
    token = signed_in(session, role="doctor", name="Dr Secret Name")

    async def reload() -> dict[str, object]:
        async with browser() as client:
            await client.send(ENTER, {"route": "/"}, session=token, tab="mine")
            end = sa.text("UPDATE user_session SET ended_at = now() WHERE token_hash = :hash")
            session.execute(end, {"hash": token_hash(token)})
            session.commit()
            await client.send(HYDRATE, session=token, tab="mine")
            return _changed(client)

    assert asyncio.run(reload()) == {}


def test_a_page_that_could_not_be_loaded_is_loaded_again_once_the_server_is_ready(
    bound_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(security, "resolve_actor", fail)

    async def connect(name: str) -> str:
        async with browser() as client:
            await client.send(name, session="any", tab="mine")
            return client.sent_text()

    assert LOAD_AGAIN in asyncio.run(connect(HYDRATE))
    assert LOAD_AGAIN not in asyncio.run(connect(SHELL))
