"""What the browser learns of its own session."""

import datetime as dt

import pytest
import time_machine
from sqlmodel import Session

from hms_app.config import get_settings
from hms_app.domain.security.tables import AppUser
from hms_app.state.security.door import DoorState
from hms_app.state.security.my_account import MyAccountState
from tests.factories.security import make_user, signed_in
from tests.state.security.conftest import Open, act

pytestmark = pytest.mark.asyncio
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def _enter(session: Session, user: AppUser) -> str:
    token = signed_in(session, user)
    session.commit()
    return token


async def _key(opened: Open, token: str | None) -> str:
    door = await opened(DoorState, token)
    await act(door, "load_door")
    return str(door.typed_key)


async def test_the_end_is_told_with_the_servers_own_clock(opened: Open, session: Session) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = _enter(session, make_user(session, "nurse"))
        clock.shift(dt.timedelta(minutes=10))
        door = await opened(DoorState, token)
        await act(door, "load_door")
    hours = dt.timedelta(hours=get_settings().session_hours)
    assert int(door.now) == int(NOON.timestamp() * 1000) + 600_000
    assert int(door.ends_at) == int((NOON + hours).timestamp() * 1000)
    assert door.ends_words == "00:00"
    assert door.idle_minutes == get_settings().idle_minutes


async def test_the_key_of_what_was_typed_is_the_persons_in_every_session_and_nobody_elses(
    opened: Open, session: Session
) -> None:
    nurse, other = make_user(session, "nurse"), make_user(session, "nurse")
    first, second = _enter(session, nurse), _enter(session, nurse)
    key = await _key(opened, first)
    assert len(key) == 44
    assert await _key(opened, second) == key
    assert await _key(opened, _enter(session, other)) != key


async def test_nobody_is_told_a_key_without_a_session_that_goes_on(opened: Open, session: Session) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = _enter(session, make_user(session, "nurse"))
        clock.shift(dt.timedelta(minutes=get_settings().idle_minutes + 1))
        assert await _key(opened, token) == ""
        clock.shift(dt.timedelta(hours=get_settings().session_hours))
        assert await _key(opened, token) == ""
    assert await _key(opened, None) == ""


async def test_whoever_was_sent_to_set_up_a_second_factor_goes_on_afterwards(
    opened: Open, session: Session
) -> None:
    token = _enter(session, make_user(session, "nurse"))
    for wanted, leads_to in (("/administration/roles", "/administration/roles"), ("//evil.example", "")):
        account = await opened(MyAccountState, token, "/my-account", next=wanted)
        await act(account, "load")
        assert await act(account, "close_dialog") is None
        account.codes = ["one"]
        gone_on = str(await act(account, "close_dialog"))
        assert (leads_to in gone_on) if leads_to else gone_on == "None"
