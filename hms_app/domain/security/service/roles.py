"""Roles: made, changed, seeded.

An entry that changes what a role permits holds all its permissions as they are from then on: the newest one is what
`hms.py verify` and the database compare the rows with. Those of its making say its code, which never changes.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from hms_app.domain.security.tables import Role, RolePermission, SeededPermission
from hms_app.domain.security.values import RoleEdit, RoleInput, SecurityAction

_ROLES: Final = RowKind(Role, "role")
_SEEDER: Final = Actor.system("default roles")


@use_case(Permission.SECURITY_ROLE_EDIT, dangerous=True)
def make_role(session: Session, actor: Actor, *, request: RoleInput) -> int:
    """Make a role, empty or as a copy; returns its id."""
    code = fold(request.name).replace(" ", "_")
    if not code:
        raise DomainError("Give the role a name with letters.", field="name")
    role = Role(code=code, name=request.name, description=request.description)
    session.add(role)
    session.flush()
    copied = permissions_of(session, request.copy_of_role_id) if request.copy_of_role_id else set()
    _grant(session, role.key, copied)
    audit.record(
        session,
        actor,
        SecurityAction.ROLE_MADE,
        role,
        after={"name": role.name, "code": role.code, "permissions": copied},
    )
    return role.key


@use_case(Permission.SECURITY_ROLE_EDIT, dangerous=True)
def edit_role(session: Session, actor: Actor, *, role_id: int, request: RoleEdit) -> None:
    """Set a role's name, description and all its permissions; holders feel it at once."""
    role = records.locked_row(session, actor, _ROLES, role_id, version=request.version)
    held, wanted = permissions_of(session, role_id), {str(permission) for permission in request.permissions}
    _grant(session, role_id, wanted - held)
    session.exec(
        delete(RolePermission).where(
            col(RolePermission.role_id) == role_id, col(RolePermission.permission).in_(held - wanted)
        )
    )
    records.save_row(
        session,
        actor,
        role,
        SecurityAction.ROLE_EDITED,
        beside=({"permissions": held}, {"permissions": wanted}),
        name=request.name,
        description=request.description,
    )


def seed_roles(session: Session) -> None:
    """Make the default roles that are missing and give new permissions to their default roles, each once ever.

    What an administrator took away later stays taken away. Each role that got any has its own entry.
    """
    session.connection().execute(text("SELECT pg_advisory_xact_lock(7310579613282)"))
    seeded = set(session.exec(select(SeededPermission.permission)).all())
    fresh = {permission for permission in Permission if permission.value not in seeded}
    known = set(session.exec(select(Role.code)).all())
    missing = [default for default in DEFAULT_ROLES if default.code not in known]
    if not fresh and not missing:
        return
    session.add_all(
        Role(code=default.code, name=default.name, description=default.description, is_builtin=True)
        for default in missing
    )
    session.flush()
    # Held to the commit: what an administrator changes meanwhile would not be in the entry.
    roles = {role.code: role for role in session.exec(select(Role).order_by(col(Role.id)).with_for_update())}
    for default in DEFAULT_ROLES:
        wanted = default.permissions if default in missing else default.permissions & fresh
        _seed(session, roles[default.code], {str(permission) for permission in wanted})
    session.add_all(SeededPermission(permission=permission.value) for permission in fresh)
    audit.record(
        session,
        _SEEDER,
        SecurityAction.ROLES_SEEDED,
        Role,
        after={"roles": [default.code for default in missing], "permissions": fresh},
    )


def permissions_of(session: Session, role_id: int) -> set[str]:
    """The permissions a role gives."""
    return set(session.exec(select(RolePermission.permission).where(RolePermission.role_id == role_id)).all())


def _seed(session: Session, role: Role, wanted: set[str]) -> None:
    held = permissions_of(session, role.key)
    if wanted <= held:
        return
    _grant(session, role.key, wanted - held)
    audit.record(
        session,
        _SEEDER,
        SecurityAction.ROLES_SEEDED,
        role,
        before={"permissions": held},
        after={"name": role.name, "code": role.code, "permissions": held | wanted},
    )


def _grant(session: Session, role_id: int, permissions: Iterable[str]) -> None:
    session.add_all(
        RolePermission(role_id=role_id, permission=permission) for permission in sorted(permissions)
    )
