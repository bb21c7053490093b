"""Roles and what they allow."""

from collections.abc import Iterable

from sqlmodel import Session, col, func, select

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.security.tables import Role, RolePermission, UserRole
from hms_app.domain.security.values import MatrixRow, RoleMatrix, RoleRow, RoleSpell


@use_case(Permission.SECURITY_ROLE_READ)
def list_roles(session: Session, actor: Actor) -> list[RoleRow]:
    """All roles, the built-in ones first; a hospital has a few dozen at most."""
    return _role_rows(session, actor)


@use_case(Permission.SECURITY_ROLE_READ)
def role_matrix(session: Session, actor: Actor) -> RoleMatrix:
    """Every permission against every role."""
    roles = _role_rows(session, actor)
    held = {
        (str(role_id), permission)
        for role_id, permission in session.exec(
            select(RolePermission.role_id, RolePermission.permission)
        ).all()
    }
    rows = [
        MatrixRow(
            permission=permission.value,
            sentence=permission.sentence,
            domain=permission.value.split(":")[0],
            held=[(role["id"], permission.value) in held for role in roles],
        )
        for permission in sorted(Permission)
    ]
    return RoleMatrix(roles, rows)


def roles_of_users(session: Session, user_ids: Iterable[int]) -> dict[int, list[RoleSpell]]:
    """Every role these users hold or held, with its time; for a caller that has checked who asks."""
    found = session.exec(
        select(UserRole, Role.name)
        .join(Role, col(Role.id) == UserRole.role_id)
        .where(col(UserRole.user_id).in_(set(user_ids)))
        .order_by(col(Role.name))
    ).all()
    spells: dict[int, list[RoleSpell]] = {}
    for held, name in found:
        spell = RoleSpell(name, held.starts_on, held.ends_on, held.ended_at)
        spells.setdefault(held.user_id, []).append(spell)
    return spells


def _role_rows(session: Session, actor: Actor) -> list[RoleRow]:
    holders = (
        select(UserRole.role_id, func.count(func.distinct(col(UserRole.user_id))).label("users"))
        .where(col(UserRole.ended_at).is_(None))
        .group_by(col(UserRole.role_id))
        .subquery()
    )
    allowed = (
        select(RolePermission.role_id, func.count().label("permissions"))
        .group_by(col(RolePermission.role_id))
        .subquery()
    )
    found = session.exec(
        select(Role, func.coalesce(holders.c.users, 0), func.coalesce(allowed.c.permissions, 0))
        .outerjoin(holders, holders.c.role_id == Role.id)
        .outerjoin(allowed, allowed.c.role_id == Role.id)
        .order_by(col(Role.is_builtin).desc(), col(Role.id))
    ).all()
    return [
        RoleRow(
            id=str(role.key),
            code=role.code,
            name=role.name,
            description=role.description,
            is_builtin=role.is_builtin,
            users=actor.locale.number(users),
            permissions=actor.locale.number(permissions),
            version=str(role.version),
        )
        for role, users, permissions in found
    ]
