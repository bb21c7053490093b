"""Users, for the administrator's screens."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.paging import COUNT_CAP, PAGE_SIZE, Page, capped_label, read_bookmark
from hms_app.core.paging import bookmark as bookmark_of
from hms_app.core.permissions import Permission
from hms_app.core.text import fold, normal_address
from hms_app.core.use_case import use_case
from hms_app.domain.security.tables import AppUser, Role, TotpDevice, UserRole, UserSession
from hms_app.domain.security.values import RoleHeldRow, UserDetail, UserRow, UserStatus


@use_case(Permission.SECURITY_USER_READ)
def list_users(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    status: UserStatus | None = None,
    bookmark: str | None = None,
) -> Page[UserRow]:
    """A page of users by name; `text` finds any part of the name or address, without accents."""
    backwards, place = _read_place(bookmark)
    statement = _found_by(select(AppUser), text, status).limit(PAGE_SIZE + 1)
    order = sa.tuple_(col(AppUser.search_name), col(AppUser.id))
    if place is not None:
        statement = statement.where(order < place if backwards else order > place)
    columns = (col(AppUser.search_name), col(AppUser.id))
    users = list(
        session.exec(
            statement.order_by(*(c.desc() for c in columns)) if backwards else statement.order_by(*columns)
        )
    )
    more, users = len(users) > PAGE_SIZE, users[:PAGE_SIZE]
    if backwards:
        users.reverse()
    return Page(
        _user_rows(session, actor, users),
        next_bookmark=_place_of(users, -1) if users and (more or backwards) else None,
        previous_bookmark=_place_of(users, 0)
        if users and (more if backwards else place is not None)
        else None,
        count_label=_count_label(session, text, status),
    )


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
        has_second_factor=row["has_second_factor"],
        created_at=actor.locale.moment(user.created_at),
        last_seen=row["last_seen"],
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


def _count_label(session: Session, text: str, status: UserStatus | None) -> str:
    capped = _found_by(select(AppUser.id), text, status).limit(COUNT_CAP + 1).subquery()
    return capped_label(session.exec(select(func.count()).select_from(capped)).one())


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
            id=str(user.key),
            name=user.name,
            email=user.email,
            status=str(user.status),
            roles=", ".join(names.get(user.key, [])),
            last_seen=actor.locale.moment(seen.get(user.key)),
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


def _read_place(text: str | None) -> tuple[bool, Any]:
    if not text:
        return False, None
    backwards, (name, user_id) = read_bookmark(text, str, int)
    return backwards, sa.tuple_(sa.literal(name), sa.literal(user_id, sa.BigInteger))


def _place_of(users: Sequence[AppUser], index: int) -> str:
    return bookmark_of(users[index].search_name, users[index].key, backwards=index == 0)
