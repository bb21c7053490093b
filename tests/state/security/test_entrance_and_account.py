"""The doors, and what people do to their own account."""

import pyotp
import pytest
from sqlmodel import Session

from hms_app.config import get_settings
from hms_app.state.base import SessionState
from hms_app.state.security.door import DoorState
from hms_app.state.security.entrance import EntranceState, sentence_of
from hms_app.state.security.my_account import MyAccountState
from tests.factories.security import PASSWORD, make_user, signed_in
from tests.state.security.conftest import Open, act

pytestmark = pytest.mark.asyncio
ACCOUNT = "/my-account"


@pytest.fixture
def nurse(session: Session) -> str:
    """The token of a nurse who has just signed in."""
    token = signed_in(session, make_user(session, "nurse", name="Noa Lind"))
    session.commit()
    return token


async def test_a_problem_code_becomes_a_sentence_and_nothing_else_is_echoed(opened: Open) -> None:
    wrong = await opened(EntranceState, None, "/sign-in", problem="refused")
    await act(wrong, "load")
    assert wrong.problem == "The e-mail address or the password is wrong."
    forged = await opened(EntranceState, None, "/sign-in", problem="Call 555-0100", note="<b>hi</b>")
    await act(forged, "load")
    assert (forged.problem, forged.note) == ("", "")


async def test_a_wait_is_believed_only_as_a_number() -> None:
    assert sentence_of("throttled", "8") == "Too many wrong tries. Wait 8 seconds, then try again."
    assert "Wait a minute" in sentence_of("throttled", "8 hours")


async def test_sign_ins_are_listed_only_in_a_demo_hospital(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    entrance = await opened(EntranceState, None, "/sign-in")
    await act(entrance, "load")
    assert entrance.demo_sign_ins == []
    monkeypatch.setattr(get_settings(), "demo", True)
    await act(entrance, "load")
    assert {row["role"] for row in entrance.demo_sign_ins} >= {"Doctor", "Patient"}


async def test_one_sees_oneself_and_ones_devices(opened: Open, nurse: str) -> None:
    account = await opened(MyAccountState, nurse, ACCOUNT)
    await act(account, "load")
    assert (account.name, account.roles) == ("Noa Lind", "Nurse")
    assert [row["is_current"] for row in account.sessions] == [True]


async def test_another_device_is_signed_out(session: Session, opened: Open) -> None:
    user = make_user(session, "nurse")
    here, there = signed_in(session, user), signed_in(session, user)
    session.commit()
    account = await opened(MyAccountState, here, ACCOUNT)
    await act(account, "load")
    other = next(row for row in account.sessions if not row["is_current"])
    await act(account, "end_session", other["id"])
    assert len(account.sessions) == 1
    gone = await opened(MyAccountState, there, ACCOUNT)
    await act(gone, "load")
    assert gone.name == ""


async def test_another_persons_session_is_not_ones_own_to_end(
    session: Session, opened: Open, nurse: str
) -> None:
    other = signed_in(session, make_user(session, "nurse"))
    session.commit()
    theirs = await opened(MyAccountState, other, ACCOUNT)
    await act(theirs, "load")
    account = await opened(MyAccountState, nurse, ACCOUNT)
    await act(account, "end_session", theirs.sessions[0]["id"])
    assert account.problem.startswith("There is no such session")
    await act(theirs, "load")
    assert len(theirs.sessions) == 1


async def test_a_second_factor_is_set_up_and_its_secret_is_forgotten(opened: Open, nurse: str) -> None:
    account = await opened(MyAccountState, nurse, ACCOUNT)
    await act(account, "load")
    await act(account, "begin_second_factor")
    assert account.qr.startswith("data:image/svg+xml")
    secret = account.secret
    await act(account, "confirm_second_factor", {"code": "000000x"})
    assert "code" in account.problems
    await act(account, "confirm_second_factor", {"code": pyotp.TOTP(secret).now()})
    assert account.has_second_factor
    assert len(account.codes) == 10
    assert secret not in str(account.dict())
    await act(account, "close_dialog")
    assert account.codes == []


async def test_removing_the_second_factor_wants_the_password(opened: Open, nurse: str) -> None:
    account = await opened(MyAccountState, nurse, ACCOUNT)
    await act(account, "begin_second_factor")
    await act(account, "confirm_second_factor", {"code": pyotp.TOTP(account.secret).now()})
    await act(account, "remove_second_factor", {"password": "something else entirely"})
    assert account.has_second_factor
    assert "password" in account.problems
    await act(account, "remove_second_factor", {"password": PASSWORD})
    assert not account.has_second_factor


async def test_unlocking_reloads_only_a_page_that_was_refused(opened: Open, nurse: str) -> None:
    door = await opened(DoorState, nurse)
    assert await act(door, "go_on") is None
    session_state = await door.get_state(SessionState)
    session_state.is_locked = True
    assert "reload" in str(await act(door, "go_on"))
    assert not session_state.is_locked


async def test_a_confirmed_password_stops_the_question(opened: Open, nurse: str) -> None:
    door = await opened(DoorState, nurse)
    session_state = await door.get_state(SessionState)
    session_state.asks_password = True
    await act(door, "confirmed")
    assert not session_state.asks_password
