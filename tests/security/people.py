"""Signed-in people of every default role, made without the sign-in page."""

import datetime as dt

from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.domain.security.rules.codes import new_token, token_hash
from hms_app.domain.security.service import seed_roles
from hms_app.domain.security.tables import AppUser, Role, UserRole, UserSession
from hms_app.domain.security.values import UserStatus


def signed_in(session: Session, *, role: str, name: str = "") -> str:
    """A new user who holds `role`, with a live session; returns the session's token."""
    seed_roles(session)
    token = new_token()
    now = clock.now()
    person = AppUser(
        email=f"{token_hash(token)[:12]}@example.org",
        name=name or f"The {role}",
        search_name=role,
        status=UserStatus.ACTIVE,
        password_hash="unused",
    )
    session.add(person)
    session.flush()
    role_id = session.exec(select(Role.id).where(col(Role.code) == role)).one()
    session.add(UserRole(user_id=person.key, role_id=role_id, starts_on=dt.date(2020, 1, 1)))
    session.add(
        UserSession(
            user_id=person.key,
            token_hash=token_hash(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + dt.timedelta(hours=1),
        )
    )
    session.commit()
    return token
