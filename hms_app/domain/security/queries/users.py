"""Users, for the administrator's screens."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.keyset import Keyset, count_label, read_page
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.text import fold, normal_address
from hms_app.core.use_case import use_case
from hms_app.domain.security.tables import AppUser, Role, TotpDevice, UserRole, UserSession
from hms_app.domain.security.values import RoleHeldRow, UserDetail, UserRow, UserStatus

_BY_NAME: Final = Keyset("users", (str, int))


@use_case(Permission.SECURITY_USER_READ)
def list_users(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    status: UserStatus | None = None,
    at: str | None = None,
) -> Page[UserRow]:
    """A page of users by name; `text` finds any part of the name or address, without accents."""
    statement = _found_by(select(AppUser), text, status)
    label = count_label(session, statement, col(AppUser.id))
    keys = [col(AppUser.search_name), col(AppUser.id)]
    page = read_page(session, statement, _BY_NAME, keys, at, label=label)
    return page.with_rows(_user_rows(session, actor, [user for (user,) in page.rows]))


@use_case(Permission.SECURITY_USER_READ)
def get_user(session: Session, actor: Actor, *, user_id: int) -> UserDetail:
    """A user with every role that was given and not taken away."""
    user = session.get(AppUser, user_id)
    if user is None:
        raise NotFound("user")
    (row,) = _user_rows(session, actor, [user])
    return UserDetail(
        id=user.key,
        name=user.name,
        email=user.email,
        status=UserStatus(user.status),
        patient_id=user.patient_id,
        has_second_factor=row.has_second_factor,
        created_at=actor.locale.moment(user.created_at),
        last_seen=actor.locale.moment(row.last_seen_at),
        version=user.version,
        roles=_roles_held(session, actor, user_id),
    )


@use_case(Permission.SECURITY_USER_READ)
def find_user_id(session: Session, actor: Actor, *, email: str) -> int | None:
    """The user with this address, however it is written."""
    found = find_by_address(session, normal_address(email))
    return found.key if found else None


def find_by_address(session: Session, address: str) -> AppUser | None:
    """The user with an address in its normal form; for a caller that has checked who asks."""
    return session.exec(select(AppUser).where(AppUser.email_key == address)).first()


def _found_by(statement: Any, text: str, status: UserStatus | None) -> Any:
    for word in fold(text).split():
        statement = statement.where(col(AppUser.search_name).contains(word, autoescape=True))
    if status is not None:
        statement = statement.where(AppUser.status == status)
    return statement


def _user_rows(session: Session, actor: Actor, users: Sequence[AppUser]) -> list[UserRow]:
    ids = [user.key for user in users]
    names: dict[int, list[str]] = {}
    for user_id, name in session.exec(
        select(UserRole.user_id, Role.name)
        .join(Role, col(Role.id) == UserRole.role_id)
        .where(col(UserRole.user_id).in_(ids), _is_current(actor))
        .order_by(col(Role.name))
    ):
        names.setdefault(user_id, []).append(name)
    seen = dict(
        session.exec(
            select(UserSession.user_id, func.max(UserSession.last_seen_at))
            .where(col(UserSession.user_id).in_(ids))
            .group_by(col(UserSession.user_id))
        ).all()
    )
    protected = set(
        session.exec(
            select(TotpDevice.user_id).where(
                col(TotpDevice.user_id).in_(ids), col(TotpDevice.confirmed_at).is_not(None)
            )
        )
    )
    return [
        UserRow(
            id=user.key,
            name=user.name,
            email=user.email,
            status=UserStatus(user.status),
            roles=tuple(names.get(user.key, ())),
            last_seen_at=seen.get(user.key),
            has_second_factor=user.key in protected,
        )
        for user in users
    ]


def _roles_held(session: Session, actor: Actor, user_id: int) -> list[RoleHeldRow]:
    today = actor.locale.today()
    found = session.exec(
        select(UserRole, Role.name)
        .join(Role, col(Role.id) == UserRole.role_id)
        .where(UserRole.user_id == user_id, col(UserRole.ended_at).is_(None))
        .order_by(col(UserRole.starts_on).desc(), col(UserRole.id).desc())
    ).all()
    return [
        RoleHeldRow(
            id=str(held.key),
            role_id=str(held.role_id),
            name=name,
            starts_on=actor.locale.date(held.starts_on),
            ends_on=actor.locale.date(held.ends_on),
            is_current=held.starts_on <= today and (held.ends_on is None or held.ends_on >= today),
        )
        for held, name in found
    ]


def _is_current(actor: Actor) -> sa.ColumnElement[bool]:
    today = clock.today(actor.locale.zone)
    return sa.and_(
        col(UserRole.ended_at).is_(None),
        col(UserRole.starts_on) <= today,
        sa.or_(col(UserRole.ends_on).is_(None), col(UserRole.ends_on) >= today),
    )
