"""An administrator sees on which devices somebody is signed in, and ends one of them."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted, NotSignedIn
from hms_app.core.permissions import Permission
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.security import queries
from hms_app.domain.security import service as security
from hms_app.domain.security.queries.sessions import device_of
from hms_app.domain.security.service.sessions import start_session
from hms_app.domain.security.tables import AppUser, UserSession
from tests.factories.security import actor_of, make_user

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/138.0 Mobile Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0 Safari/537.36 Edg/138.0"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def administrator(actor_with: Callable[..., Actor]) -> Actor:
    """Somebody who may end other people's sessions."""
    return actor_with(Permission.SECURITY_SESSION_REVOKE)


def came_in(session: Session, user: AppUser, *, user_agent: str = FIREFOX, address: str = "10.0.0.7") -> str:
    return start_session(session, user, ip_address=address, user_agent=user_agent)


def number_of(session: Session, token: str) -> int:
    return actor_of(session, token).session_id or 0


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Chrome on iOS"),
        (EDGE, "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18.5 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (X11; CrOS x86_64 16181.61.0) Chrome/138.0 Safari/537.36", "Chrome on ChromeOS"),
        ("curl/8.5", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_device_is_named_in_words(user_agent: str, words: str) -> None:
    assert device_of(user_agent) == words


def test_somebodys_live_sessions_are_listed_with_what_tells_them_apart(
    session: Session, administrator: Actor, clock: time_machine.Traveller
) -> None:
    user, other = make_user(session), make_user(session)
    came_in(session, other)
    ended = came_in(session, user)
    security.sign_out(session, session_token=ended, ip_address="10.0.0.7")
    came_in(session, user, user_agent=EDGE, address="10.0.0.8")
    clock.shift(dt.timedelta(minutes=20))
    locked = came_in(session, user, address="10.0.0.9")
    security.lock_session(session, session_token=locked)
    clock.shift(dt.timedelta(minutes=1))
    came_in(session, user, user_agent=IPHONE)
    rows = queries.list_sessions_of(session, administrator, user_id=user.key)
    assert [(row["device"], row["ip_address"], row["is_locked"]) for row in rows] == [
        ("Chrome on iOS", "10.0.0.7", False),
        ("Firefox on Linux", "10.0.0.9", True),
        ("Edge on Windows", "10.0.0.8", True),
    ]
    assert rows[0]["started_at"] == rows[0]["last_seen_at"] == "23 Nov 2026, 12:21"
    clock.shift(dt.timedelta(hours=12))
    assert queries.list_sessions_of(session, administrator, user_id=user.key) == []


def test_no_row_carries_what_could_open_a_session(session: Session, administrator: Actor) -> None:
    user = make_user(session)
    token = came_in(session, user)
    stored = session.exec(select(UserSession.token_hash).where(UserSession.user_id == user.id)).one()
    shown = str(queries.list_sessions_of(session, administrator, user_id=user.key))
    assert stored not in shown
    assert token not in shown


def test_the_list_is_one_statement_however_many_devices(session: Session, administrator: Actor) -> None:
    user = make_user(session)
    for _ in range(12):
        came_in(session, user)
    session.flush()
    statements: list[str] = []
    sa.event.listen(session.connection(), "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert len(queries.list_sessions_of(session, administrator, user_id=user.key)) == 12
    assert len(statements) == 1


def test_one_device_is_signed_out_at_once_and_the_others_stay(session: Session, administrator: Actor) -> None:
    user = make_user(session)
    lost, kept = came_in(session, user), came_in(session, user)
    security.revoke_session_of(session, administrator, user_id=user.key, session_id=number_of(session, lost))
    with pytest.raises(NotSignedIn):
        actor_of(session, lost)
    assert actor_of(session, kept).user_id == user.id


def test_a_session_of_somebody_else_is_refused_under_this_users_id(
    session: Session, administrator: Actor
) -> None:
    user, other = make_user(session), make_user(session)
    theirs = came_in(session, other)
    for session_id in (number_of(session, theirs), 0, 2**62):
        with pytest.raises(NotFound):
            security.revoke_session_of(session, administrator, user_id=user.key, session_id=session_id)
    assert actor_of(session, theirs).user_id == other.id


def test_a_session_that_is_over_cannot_be_ended_again(session: Session, administrator: Actor) -> None:
    user = make_user(session)
    session_id = number_of(session, came_in(session, user))
    security.revoke_session_of(session, administrator, user_id=user.key, session_id=session_id)
    with pytest.raises(NotFound):
        security.revoke_session_of(session, administrator, user_id=user.key, session_id=session_id)


def test_who_lacks_the_permission_neither_sees_nor_ends_sessions(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    user = make_user(session)
    token = came_in(session, user)
    everything_else = actor_with(*(set(Permission) - {Permission.SECURITY_SESSION_REVOKE}))
    with pytest.raises(NotPermitted):
        queries.list_sessions_of(session, everything_else, user_id=user.key)
    with pytest.raises(NotPermitted):
        security.revoke_session_of(
            session, everything_else, user_id=user.key, session_id=number_of(session, token)
        )
    assert actor_of(session, token).user_id == user.id


def test_the_trail_says_whose_session_was_ended_on_which_device(
    connection: sa.Connection, administrator: Actor
) -> None:
    with db.transaction() as session:
        user = make_user(session)
        session_id = number_of(session, came_in(session, user, user_agent=EDGE))
    with db.transaction() as session:
        security.revoke_session_of(session, administrator, user_id=user.key, session_id=session_id)
    with db.transaction() as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject_type, entry.subject_id) == (
        "security.session.revoked",
        "user_session",
        session_id,
    )
    assert entry.actor_user_id == administrator.user_id
    assert entry.before == {"user_id": user.key, "device": "Edge on Windows", "ip_address": "10.0.0.7"}
