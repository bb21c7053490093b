"""Sessions: who is behind a token, being active, locking, ending."""

import datetime as dt
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from hms_app.config import get_settings
from hms_app.core import clock
from hms_app.core.actor import Actor, house
from hms_app.core.errors import NotFound, NotSignedIn, SessionLocked
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.security.queries.sessions import device_of
from hms_app.domain.security.rules.boards import is_board
from hms_app.domain.security.rules.codes import new_token, token_hash
from hms_app.domain.security.rules.waiting import (
    REAUTHENTICATION_MINUTES,
    SESSION,
    TOUCH_SECONDS,
    UNLOCK_ATTEMPTS,
)
from hms_app.domain.security.service import throttle
from hms_app.domain.security.service.passwords import password_matches
from hms_app.domain.security.tables import AppUser, UserSession
from hms_app.domain.security.values import ADMINISTRATOR, ProofResult, SecurityAction, UserStatus

_KNOWN: Final = {permission.value: permission for permission in Permission}
_MAX_AGENT: Final = 300

_HELD: Final = """
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT r.code) AS codes, array_agg(DISTINCT r.name) AS names,
        array_agg(DISTINCT rp.permission) AS permissions
    FROM user_role ur
    JOIN role r ON r.id = ur.role_id
    LEFT JOIN role_permission rp ON rp.role_id = r.id
    WHERE ur.user_id = u.id AND ur.ended_at IS NULL
        AND (CAST(:now AS timestamptz) AT TIME ZONE coalesce(h.zone_name, 'UTC'))::date
            BETWEEN ur.starts_on AND coalesce(ur.ends_on, 'infinity'::date)
) held"""
_SEEN: Final = """u.name, u.patient_id,
    {practitioner_id} AS practitioner_id, h.zone_name, h.currency, h.language, h.country,
    held.codes, held.names, held.permissions,
    EXISTS (SELECT FROM totp_device d WHERE d.user_id = u.id AND d.confirmed_at IS NOT NULL) AS has_second_factor"""
_RESOLVE: Final = f"""
SELECT s.id, s.user_id, s.last_seen_at, s.locked_at, s.reauthenticated_at, {_SEEN}
FROM user_session s
JOIN app_user u ON u.id = s.user_id AND u.status = 'active'
LEFT JOIN {{locale}} h ON true
{_HELD}
WHERE s.token_hash = :token_hash AND s.ended_at IS NULL AND s.expires_at > :now
"""
_BEHIND: Final = f"""
SELECT u.id AS user_id, {_SEEN} FROM app_user u LEFT JOIN {{locale}} h ON true {_HELD}
WHERE u.id = :user_id AND u.status = 'active'
"""
_OPEN: Final = sa.text("""
SELECT EXISTS (
    SELECT FROM user_session s JOIN app_user u ON u.id = s.user_id AND u.status = 'active'
    WHERE s.token_hash = :token_hash AND s.ended_at IS NULL AND s.expires_at > :now
)
""")
_TOUCH: Final = sa.text("""
UPDATE user_session SET last_seen_at = :now
WHERE id = :id AND last_seen_at < :stale AND last_seen_at > :idle AND locked_at IS NULL AND ended_at IS NULL
""")


def resolve_actor(session: Session, *, session_token: str | None, ip_address: str) -> Actor:
    """Who is behind the token, with the roles of this very moment; one statement, no write.

    Raises NotSignedIn, or SessionLocked after `idle_minutes` without activity, but for a waiting room's board. An
    administrator who must have a second factor and has none may do nothing but set one up.
    """
    if not session_token:
        raise NotSignedIn
    now = clock.now()
    found = (
        session.connection()
        .execute(_in_this_house(_RESOLVE), {"token_hash": token_hash(session_token), "now": now})
        .one_or_none()
    )
    if found is None:
        raise NotSignedIn
    permissions = _permissions(found)
    is_idle = found.last_seen_at <= _idle_since(now) and not is_board(permissions)
    if found.locked_at is not None or is_idle:
        raise SessionLocked
    return Actor(
        user_id=found.user_id,
        name=found.name,
        permissions=permissions,
        roles=tuple(found.names or ()),
        session_id=found.id,
        ip_address=ip_address,
        patient_id=found.patient_id,
        practitioner_id=found.practitioner_id,
        reauthenticated=_is_fresh(found.reauthenticated_at, now),
        seen_at=found.last_seen_at,
        locale=_locale(found),
    )


def actor_behind(session: Session, user_id: int | None) -> Actor | None:
    """A user with the roles of this very moment, for work that goes on after they left; None once disabled."""
    found = (
        session.connection()
        .execute(_in_this_house(_BEHIND), {"user_id": user_id, "now": clock.now()})
        .one_or_none()
    )
    if found is None:
        return None
    return Actor(
        user_id=found.user_id,
        name=found.name,
        permissions=_permissions(found),
        roles=tuple(found.names or ()),
        patient_id=found.patient_id,
        practitioner_id=found.practitioner_id,
        locale=_locale(found),
    )


def is_session_open(session: Session, *, session_token: str) -> bool:
    """Whether there is a session of that token, perhaps a locked one."""
    asked = {"token_hash": token_hash(session_token), "now": clock.now()}
    return bool(session.connection().execute(_OPEN, asked).scalar_one())


def touch_session(session: Session, actor: Actor) -> None:
    """Count as activity of the actor's session; asks the database only when that was not counted for half a minute.

    A session that idled too long is never woken by it.
    """
    now = clock.now()
    stale = now - dt.timedelta(seconds=TOUCH_SECONDS)
    if actor.session_id is None or (actor.seen_at is not None and actor.seen_at >= stale):
        return
    session.connection().execute(
        _TOUCH,
        {"id": actor.session_id, "now": now, "stale": stale, "idle": _idle_since(now)},
    )


def start_session(session: Session, user: AppUser, *, ip_address: str, user_agent: str) -> str:
    """Sign a person in and return the new session's token, which is stored nowhere."""
    now, token = clock.now(), new_token()
    started = UserSession(
        user_id=user.key,
        token_hash=token_hash(token),
        created_at=now,
        last_seen_at=now,
        expires_at=now + dt.timedelta(hours=get_settings().session_hours),
        reauthenticated_at=now,
        ip_address=ip_address[:100],
        user_agent=user_agent.replace("\x00", "")[:_MAX_AGENT],
    )
    session.add(started)
    session.flush()
    actor = acting_user(user, ip_address, started.key)
    audit.record(session, actor, SecurityAction.SIGNED_IN, started)
    return token


def acting_user(user: AppUser, ip_address: str, session_id: int | None = None) -> Actor:
    """The user as the audit trail names them, before any permission is known."""
    return Actor(user.id, user.name, frozenset(), session_id=session_id, ip_address=ip_address)


def sign_out(session: Session, *, session_token: str | None, ip_address: str) -> None:
    """End the token's session, also a locked one; an unknown token is fine."""
    found = _live(session, session_token)
    if found is None:
        return
    user_session, user = found
    user_session.ended_at = clock.now()
    session.add(user_session)
    session.flush()
    audit.record(
        session, acting_user(user, ip_address, user_session.key), SecurityAction.SIGNED_OUT, user_session
    )


def lock_session(session: Session, *, session_token: str | None) -> None:
    """Lock now instead of after the idle limit."""
    found = _live(session, session_token)
    if found is not None:
        found[0].locked_at = found[0].locked_at or clock.now()
        session.add(found[0])
        session.flush()


def unlock(session: Session, *, session_token: str | None, password: str, ip_address: str) -> ProofResult:
    """Go on with a locked session; after ten wrong passwords it ends. The result must be committed either way."""
    return _prove(session, session_token, password, ip_address, SecurityAction.SESSION_UNLOCKED)


def reauthenticate(
    session: Session, *, session_token: str | None, password: str, ip_address: str
) -> ProofResult:
    """Confirm the password for dangerous acts, good for five minutes. Commit the result either way."""
    return _prove(session, session_token, password, ip_address, SecurityAction.SESSION_REAUTHENTICATED)


def prove_password(session: Session, actor: Actor, password: str) -> ProofResult:
    """Whether it is the actor's password, counted like every guess at it. Commit the result either way."""
    user_session = session.get(UserSession, actor.session_id) if actor.session_id is not None else None
    user = session.get(AppUser, actor.user_id)
    if user_session is None or user is None:
        return ProofResult(False, str(NotSignedIn()), session_ended=True)
    action = SecurityAction.SESSION_REAUTHENTICATED
    return _compared(session, user_session, user, password, actor.ip_address, action)


@use_case(SIGNED_IN)
def revoke_own_session(session: Session, actor: Actor, *, session_id: int) -> None:
    """End one of one's own sessions."""
    _revoke(session, actor, actor.user_id, session_id)


@use_case(Permission.SECURITY_SESSION_REVOKE)
def revoke_session_of(session: Session, actor: Actor, *, user_id: int, session_id: int) -> None:
    """End one session of somebody else; raises NotFound when it is not theirs, or over already."""
    _revoke(session, actor, user_id, session_id)


@use_case(SIGNED_IN)
def sign_out_everywhere(session: Session, actor: Actor, *, keep_current: bool = False) -> int:
    """End all of one's own sessions and say how many."""
    ended = end_sessions(session, actor.user_id, keep=actor.session_id if keep_current else None)
    audit.record(
        session,
        actor,
        SecurityAction.SESSIONS_ENDED,
        AppUser,
        subject_id=actor.user_id,
        after={"ended": ended},
    )
    return ended


@use_case(Permission.SECURITY_SESSION_REVOKE)
def revoke_sessions_of(session: Session, actor: Actor, *, user_id: int) -> int:
    """End all sessions of somebody else."""
    ended = end_sessions(session, user_id)
    audit.record(
        session, actor, SecurityAction.SESSIONS_ENDED, AppUser, subject_id=user_id, after={"ended": ended}
    )
    return ended


def end_sessions(session: Session, user_id: int | None, *, keep: int | None = None) -> int:
    """End every live session of a user, but for `keep`."""
    statement = (
        update(UserSession)
        .where(col(UserSession.user_id) == user_id, col(UserSession.ended_at).is_(None))
        .values(ended_at=clock.now())
    )
    if keep is not None:
        statement = statement.where(col(UserSession.id) != keep)
    return int(session.exec(statement).rowcount)


def _revoke(session: Session, actor: Actor, user_id: int | None, session_id: int) -> None:
    found = session.get(UserSession, session_id, populate_existing=True, with_for_update=True)
    if found is None or found.user_id != user_id or found.ended_at is not None:
        raise NotFound("session")
    found.ended_at = clock.now()
    session.add(found)
    session.flush()
    ended = {
        "user_id": user_id,
        "device": device_of(found.user_agent),
        "ip_address": found.ip_address,
    }
    audit.record(session, actor, SecurityAction.SESSION_REVOKED, found, before=ended)


def _prove(
    session: Session, token: str | None, password: str, ip_address: str, action: SecurityAction
) -> ProofResult:
    found = _live(session, token)
    if found is None:
        return ProofResult(False, str(NotSignedIn()), session_ended=True)
    return _compared(session, *found, password, ip_address, action)


def _compared(
    session: Session,
    user_session: UserSession,
    user: AppUser,
    password: str,
    ip_address: str,
    action: SecurityAction,
) -> ProofResult:
    key = (SESSION, str(user_session.key))
    if wait := throttle.charge(session, [key]):
        return ProofResult(False, f"Too many wrong tries. Wait {wait} seconds, then try again.", wait)
    actor = acting_user(user, ip_address, user_session.key)
    if not password_matches(password, user.password_hash):
        return _disproved(session, user_session, actor, key)
    now = clock.now()
    throttle.forgive(session, [key])
    user_session.reauthenticated_at = user_session.last_seen_at = now
    user_session.locked_at = None
    session.add(user_session)
    session.flush()
    audit.record(session, actor, action, user_session)
    return ProofResult(True)


def _disproved(session: Session, user_session: UserSession, actor: Actor, key: throttle.Key) -> ProofResult:
    audit.record(session, actor, SecurityAction.PASSWORD_REFUSED, user_session)
    if throttle.failures_of(session, key) < UNLOCK_ATTEMPTS:
        return ProofResult(False, "That is not your password.")
    user_session.ended_at = clock.now()
    session.add(user_session)
    session.flush()
    return ProofResult(False, "Too many wrong tries: you are signed out.", session_ended=True)


def _live(session: Session, token: str | None) -> tuple[UserSession, AppUser] | None:
    if not token:
        return None
    return session.exec(
        select(UserSession, AppUser)
        .join(AppUser, col(AppUser.id) == UserSession.user_id)
        .where(
            UserSession.token_hash == token_hash(token),
            col(UserSession.ended_at).is_(None),
            UserSession.expires_at > clock.now(),
            AppUser.status == UserStatus.ACTIVE,
        )
    ).first()


@cache
def _in_this_house(statement: str) -> sa.TextClause:
    """The statement with what higher domains own filled in."""
    return sa.text(statement.format(locale=house().locale, practitioner_id=house().practitioner_id))


def _permissions(found: Any) -> frozenset[Permission]:
    if (
        ADMINISTRATOR in (found.codes or ())
        and not found.has_second_factor
        and get_settings().require_second_factor
    ):
        return frozenset()
    return frozenset(_KNOWN[name] for name in found.permissions or () if name in _KNOWN)


def _locale(found: Any) -> HospitalLocale:
    if found.zone_name is None:
        return HospitalLocale()
    return HospitalLocale(found.zone_name, found.currency, found.language, found.country)


def _is_fresh(reauthenticated_at: dt.datetime | None, now: dt.datetime) -> bool:
    return reauthenticated_at is not None and reauthenticated_at > now - dt.timedelta(
        minutes=REAUTHENTICATION_MINUTES
    )


def _idle_since(now: dt.datetime) -> dt.datetime:
    return now - dt.timedelta(minutes=get_settings().idle_minutes)
