"""The devices on a user's page: who sees them, and what ending one does to the person behind it."""

import pytest
from reflex_base.registry import RegistrationContext
from sqlmodel import Session, col, select

from hms_app.domain.security.tables import AppUser, UserSession
from hms_app.state.security.user_detail import UserDetailState
from tests.event_path import browser
from tests.factories.security import make_user, signed_in
from tests.state.security.conftest import Open, act

pytestmark = pytest.mark.asyncio
USERS = "/administration/users"


@pytest.fixture
def nurse(session: Session) -> AppUser:
    """A nurse who has signed in nowhere."""
    user = make_user(session, "nurse", name="Noa Lind")
    session.commit()
    return user


def come_in(session: Session, user: AppUser) -> str:
    token = signed_in(session, user)
    session.commit()
    return token


def _handler(ending: str) -> str:
    return next(name for name in RegistrationContext.get().event_handlers if name.endswith(ending))


async def test_one_device_is_ended_after_a_question_that_names_it(
    session: Session, opened: Open, administrator: str, nurse: AppUser
) -> None:
    come_in(session, nurse)
    come_in(session, nurse)
    page = await opened(UserDetailState, administrator, f"{USERS}/{nurse.key}")
    await act(page, "load")
    lost, kept = page.sessions
    await act(page, "ask_session_end", lost["id"])
    assert (page.dialog, page.session_device) == ("session", f"{lost['device']}, {lost['ip_address']}")
    assert len(page.sessions) == 2
    done = str(await act(page, "end_session"))
    assert f"Noa Lind is signed out on {lost['device']}" in done
    assert (page.dialog, page.sessions) == ("", [kept])


async def test_somebody_elses_session_cannot_be_asked_about_nor_smuggled_in(
    session: Session, opened: Open, administrator: str, nurse: AppUser
) -> None:
    come_in(session, nurse)
    other = make_user(session, "doctor")
    come_in(session, other)
    theirs = session.exec(select(UserSession).where(UserSession.user_id == other.id)).one()
    page = await opened(UserDetailState, administrator, f"{USERS}/{nurse.key}")
    await act(page, "load")
    await act(page, "ask_session_end", str(theirs.key))
    assert page.dialog == ""
    for smuggled in (str(theirs.key), "", "1 OR 1=1", "9" * 30):
        page.session_id = smuggled
        await act(page, "end_session")
        assert page.problem.startswith("There is no such session")
    session.refresh(theirs)
    assert theirs.ended_at is None


async def test_ones_own_device_is_marked(opened: Open, administrator: str, session: Session) -> None:
    own = session.exec(select(AppUser).where(AppUser.name == "Ada Admin")).one()
    page = await opened(UserDetailState, administrator, f"{USERS}/{own.key}")
    await act(page, "load")
    assert [row["is_current"] for row in page.sessions] == [True]


async def test_who_may_not_end_sessions_sees_none(session: Session, opened: Open, nurse: AppUser) -> None:
    come_in(session, nurse)
    officer = come_in(session, make_user(session, "privacy_officer"))
    page = await opened(UserDetailState, officer, f"{USERS}/{nurse.key}")
    await act(page, "load")
    assert page.name == "Noa Lind"
    assert (page.rights["revoke"], page.sessions) == (False, [])


async def test_no_token_hash_reaches_the_page(
    session: Session, opened: Open, administrator: str, nurse: AppUser
) -> None:
    come_in(session, nurse)
    page = await opened(UserDetailState, administrator, f"{USERS}/{nurse.key}")
    await act(page, "load")
    assert len(page.sessions) == 1
    hashes = session.exec(select(UserSession.token_hash).where(col(UserSession.user_id) == nurse.id)).all()
    assert not any(stored in str(page.dict()) for stored in hashes)


async def test_the_next_event_of_an_ended_device_is_refused(
    session: Session, opened: Open, administrator: str, nurse: AppUser
) -> None:
    token = come_in(session, nurse)
    page = await opened(UserDetailState, administrator, f"{USERS}/{nurse.key}")
    await act(page, "load")
    async with browser() as client:
        await client.send(_handler("shell_state.load_shell"), session=token, tab="ward")
        assert "Patients" in client.sent_text()
        await act(page, "ask_session_end", page.sessions[0]["id"])
        await act(page, "end_session")
        await client.send(_handler("shell_state.load_shell"), session=token, tab="ward")
        assert "/sign-in?problem=signed-out" in client.sent_text()
        assert "Patients" not in client.sent_text()
