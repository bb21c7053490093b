"""What hydrate sends: defaults to a visitor, and nothing of one session to another."""

import asyncio

import pytest
import sqlalchemy as sa
from reflex.state import State
from reflex_base.registry import RegistrationContext
from sqlmodel import Session, select

from hms_app.domain.security import service as security
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.service.users import give_role
from hms_app.domain.security.tables import UserSession
from hms_app.state.base import SessionState
from hms_app.state.gate import LOAD_AGAIN
from tests.event_path import Browser, browser
from tests.factories.security import MAKER, commit, role_id, take_roles
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


LOAD_USERS = next(n for n in RegistrationContext.get().event_handlers if n.endswith("users_state.load"))
CLOSE = next(n for n in RegistrationContext.get().event_handlers if n.endswith("door_state.stop_asking"))


def _take_rights(session: Session, token: str) -> None:
    take_roles(session, _user_of(session, token))


def _user_of(session: Session, token: str) -> int:
    return session.exec(select(UserSession.user_id).where(UserSession.token_hash == token_hash(token))).one()


def test_after_a_revoked_right_the_old_rows_are_not_sent_again(session: Session) -> None:
    token = signed_in(session, role="privacy_officer", name="Rows Holder")

    async def reload() -> tuple[str, str, dict[str, object]]:
        async with browser() as client:
            await client.send(LOAD_USERS, session=token, tab="mine", address="/administration/users")
            loaded = client.sent_text()
            await client.send(HYDRATE, session=token, tab="mine")
            again = client.sent_text()
            _take_rights(session, token)
            await client.send(HYDRATE, session=token, tab="mine")
            return loaded, again, _changed(client)

    loaded, again, after = asyncio.run(reload())
    assert "Rows Holder" in loaded
    assert "Rows Holder" in again, "A reload without any change keeps what was loaded."
    assert after == {}


def test_after_a_revoked_right_the_next_act_empties_the_tab_and_loads_it_anew(session: Session) -> None:
    token = signed_in(session, role="privacy_officer", name="Rows Holder")

    async def act() -> tuple[str, dict[str, object]]:
        async with browser() as client:
            await client.send(LOAD_USERS, session=token, tab="mine", address="/administration/users")
            _take_rights(session, token)
            await client.send(CLOSE, session=token, tab="mine")
            said = client.sent_text()
            await client.send(HYDRATE, session=token, tab="mine")
            return said, _changed(client)

    said, after = asyncio.run(act())
    assert "location.reload()" in said
    assert "Rows Holder" not in said
    assert after == {}


def test_a_right_that_is_added_takes_nothing_away(session: Session) -> None:
    token = signed_in(session, role="privacy_officer", name="Rows Holder")

    async def act() -> str:
        async with browser() as client:
            await client.send(LOAD_USERS, session=token, tab="mine", address="/administration/users")
            give_role(session, MAKER, _user_of(session, token), role_id(session, "cashier"))
            commit(session)
            await client.send(CLOSE, session=token, tab="mine")
            assert "reload" not in client.sent_text()
            await client.send(HYDRATE, session=token, tab="mine")
            return client.sent_text()

    assert "Rows Holder" in asyncio.run(act())


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
