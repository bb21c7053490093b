"""Signed-in people of every default role, made without the sign-in page."""

import datetime as dt

from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.domain.security.rules.codes import new_token, token_hash
from hms_app.domain.security.service import seed_roles
from hms_app.domain.security.service.users import give_role
from hms_app.domain.security.tables import AppUser, Role, UserSession
from hms_app.domain.security.values import UserStatus
from tests.factories.security import MAKER, commit


def signed_in(
    session: Session,
    *,
    role: str,
    also: tuple[str, ...] = (),
    name: str = "",
    patient_id: int | None = None,
    is_fresh: bool = False,
) -> str:
    """A new user who holds `role` (and those in `also`), with a live session; returns the session's token.

    A fresh session has confirmed its password just now, so that dangerous acts are open to it.
    """
    seed_roles(session)
    token = new_token()
    now = clock.now()
    person = AppUser(
        email=f"{token_hash(token)[:12]}@example.org",
        name=name or f"The {role}",
        search_name=role,
        status=UserStatus.ACTIVE,
        password_hash="unused",
        patient_id=patient_id,
    )
    session.add(person)
    session.flush()
    for held in session.exec(select(Role).where(col(Role.code).in_((role, *also)))):
        give_role(session, MAKER, person.key, held.key, starts_on=dt.date(2020, 1, 1))
    session.add(
        UserSession(
            user_id=person.key,
            token_hash=token_hash(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + dt.timedelta(hours=1),
            reauthenticated_at=now if is_fresh else None,
        )
    )
    commit(session)
    return token
