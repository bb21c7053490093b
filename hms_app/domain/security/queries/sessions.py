"""Who is signed in where: one's own devices, and for an administrator somebody else's."""

import datetime as dt
import re
from typing import Final

from sqlmodel import Session, col, select

from hms_app.config import get_settings
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotSignedIn
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.security.tables import UserSession
from hms_app.domain.security.values import SessionRow

SESSIONS_SHOWN: Final = 50
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrom|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@use_case(SIGNED_IN)
def list_own_sessions(session: Session, actor: Actor) -> list[SessionRow]:
    """One's live sign-ins, the one used last first."""
    return _live_sessions(session, actor, actor.user_id)


@use_case(SIGNED_IN)
def get_own_session_end(session: Session, actor: Actor) -> dt.datetime:
    """When the session that asks is over for good, however much its person does."""
    found = session.exec(select(UserSession.expires_at).where(UserSession.id == actor.session_id)).first()
    if found is None:
        raise NotSignedIn
    return found


@use_case(Permission.SECURITY_SESSION_REVOKE)
def list_sessions_of(session: Session, actor: Actor, *, user_id: int) -> list[SessionRow]:
    """A user's live sign-ins, the one used last first."""
    return _live_sessions(session, actor, user_id)


def device_of(user_agent: str) -> str:
    """ "Firefox on Linux", as far as the browser says."""
    browser = _named(user_agent, _BROWSERS) or "A browser"
    system = _named(user_agent, _SYSTEMS)
    return f"{browser} on {system}" if system else browser


def _named(user_agent: str, marks: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in marks if re.search(mark, user_agent)), "")


def _live_sessions(session: Session, actor: Actor, user_id: int | None) -> list[SessionRow]:
    now = clock.now()
    found = session.exec(
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            col(UserSession.ended_at).is_(None),
            UserSession.expires_at > now,
        )
        .order_by(col(UserSession.last_seen_at).desc())
        .limit(SESSIONS_SHOWN)
    ).all()
    idle_since = now - dt.timedelta(minutes=get_settings().idle_minutes)
    return [
        SessionRow(
            id=str(row.key),
            started_at=actor.locale.moment(row.created_at),
            last_seen_at=actor.locale.moment(row.last_seen_at),
            ip_address=row.ip_address,
            device=device_of(row.user_agent),
            is_current=row.id == actor.session_id,
            is_locked=row.locked_at is not None or row.last_seen_at <= idle_since,
        )
        for row in found
    ]
