"""Users, roles and sessions for tests: plain functions."""

import datetime as dt
from functools import lru_cache
from itertools import count
from typing import Any

from sqlmodel import Session, select

from hms_app.core.actor import Actor
from hms_app.domain.audit import service as audit
from hms_app.domain.security import service as security
from hms_app.domain.security.service import passwords
from hms_app.domain.security.service.sessions import start_session
from hms_app.domain.security.service.users import end_role, give_role
from hms_app.domain.security.tables import AppUser, Role, UserRole
from hms_app.domain.security.values import UserStatus

PASSWORD = "quartz lantern over the harbour"
ADDRESS = "192.0.2.7"
MAKER = Actor.system("a factory")
_numbers = count(1)


@lru_cache(maxsize=1)
def password_hash() -> str:
    """`PASSWORD` as it is stored, at the cost in force when first asked."""
    return passwords.hash_password(PASSWORD)


def make_user(
    session: Session, *roles: str, starts_on: dt.date = dt.date(2020, 1, 1), **overrides: Any
) -> AppUser:
    """An active user with `PASSWORD` and these built-in roles."""
    number = next(_numbers)
    values = {
        "email": f"person{number}@example.org",
        "name": f"Person {number}",
        "search_name": f"person {number}",
        "status": UserStatus.ACTIVE,
        "password_hash": password_hash(),
    } | overrides
    user = AppUser(**values)
    session.add(user)
    session.flush()
    if roles:
        security.seed_roles(session)
        session.flush()
    for code in roles:
        give_role(session, MAKER, user.key, role_id(session, code), starts_on=starts_on)
    session.flush()
    return user


def commit(session: Session) -> None:
    """Commit for good what a session did by itself, with the entries that were noted: rights want theirs."""
    audit.write_noted(session)
    session.commit()


def take_roles(session: Session, user_id: int | None) -> None:
    """Take every role of a user away, and commit it."""
    for held in session.exec(select(UserRole).where(UserRole.user_id == user_id)).all():
        end_role(session, MAKER, user_role_id=held.key)
    commit(session)


def role_id(session: Session, code: str) -> int:
    """The id of a built-in role."""
    return session.exec(select(Role).where(Role.code == code)).one().key


def signed_in(session: Session, user: AppUser) -> str:
    """The token of a fresh session."""
    return start_session(session, user, ip_address=ADDRESS, user_agent="a test")


def actor_of(session: Session, token: str) -> Actor:
    """Who is behind the token now."""
    return security.resolve_actor(session, session_token=token, ip_address=ADDRESS)
