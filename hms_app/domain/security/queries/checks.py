"""What must always be true of rights: each has its entry in the trail, and each that the trail gave is there.

The database refuses anything else by triggers; whoever owns it can write past them, and is found here.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from sqlmodel import Session, col, func, select

from hms_app.domain.audit import queries as audit
from hms_app.domain.audit.values import Check
from hms_app.domain.security.rules.grants import as_told
from hms_app.domain.security.tables import AppUser, Role, RolePermission, UserRole
from hms_app.domain.security.values import ADMINISTRATOR, OF_ROLES, UserStatus


def check_administrator(session: Session) -> Check:
    """A hospital that has users has an active administrator without an end date."""
    users = session.exec(select(func.count()).select_from(AppUser)).one()
    administrators = session.exec(
        select(func.count())
        .select_from(UserRole)
        .join(Role, col(Role.id) == UserRole.role_id)
        .join(AppUser, col(AppUser.id) == UserRole.user_id)
        .where(
            Role.code == ADMINISTRATOR,
            AppUser.status == UserStatus.ACTIVE,
            col(UserRole.ended_at).is_(None),
            col(UserRole.ends_on).is_(None),
        )
    ).one()
    problems = [] if administrators or not users else ["No active administrator is left."]
    return Check("administrator", not problems, users, problems)


def check_roles_of_users(session: Session) -> Check:
    """Whoever holds or held a role does so as the trail says, and what the trail says of it is there."""
    told = audit.last_told(session, subject_type="user_role", actions=OF_ROLES, field="role_id")
    held = {grant.key: as_told(grant) for grant in session.exec(select(UserRole))}
    problems = [
        sentence
        for key in sorted({*told, *held})
        for sentence in _grant_problems(key, held.get(key), told.get(key))
    ]
    return Check("rights: roles of users", not problems, len(held), problems)


def check_permissions_of_roles(session: Session) -> Check:
    """Each role has just the permissions that the trail says it has."""
    told = audit.last_told(session, subject_type="role", actions=OF_ROLES, field="permissions")
    said = {role_id: _permissions(after["permissions"]) for role_id, after in told.items()}
    held: dict[int, set[str]] = {}
    for role_id, permission in session.exec(select(RolePermission.role_id, RolePermission.permission)):
        held.setdefault(role_id, set()).add(permission)
    problems = [
        sentence
        for role_id in sorted({*said, *held})
        for sentence in _permission_problems(role_id, held.get(role_id, set()), said.get(role_id, set()))
    ]
    return Check("rights: permissions of roles", not problems, sum(map(len, held.values())), problems)


def check_codes_of_roles(session: Session) -> Check:
    """Each role has the code that it was made with: a default role is known by it, and gets new permissions by it."""
    told = audit.last_told(session, subject_type="role", actions=OF_ROLES, field="code")
    held = dict(session.exec(select(Role.id, Role.code)).all())
    problems = [
        f"Role {role_id} has the code {code} otherwise than the trail says."
        for role_id, code in sorted(held.items())
        if told.get(role_id or 0, {}).get("code") != code
    ]
    problems += [f"Role {role_id} was removed without an entry." for role_id in sorted(set(told) - set(held))]
    return Check("rights: codes of roles", not problems, len(held), problems)


def _grant_problems(
    key: int, held: Mapping[str, Any] | None, told: Mapping[str, Any] | None
) -> Collection[str]:
    if held is None:
        assert told is not None
        return [f"{_who(told, key)} held the role {told['role_id']} by the trail; the row was removed."]
    if told is None:
        return [f"{_who(held, key)} has the role {held['role_id']}, which no entry of the trail gave."]
    altered = [name for name, value in held.items() if told.get(name) != value]
    if not altered:
        return []
    return [
        f"{_who(held, key)} has the role {held['role_id']} otherwise than the trail says:"
        f" {', '.join(altered)} was changed without an entry."
    ]


def _who(grant: Mapping[str, Any], key: int) -> str:
    return f"Grant {key}: user {grant.get('user_id')}"


def _permission_problems(role_id: int, held: Collection[str], said: Collection[str]) -> Collection[str]:
    return [
        *(
            f"Role {role_id} has the permission {one}, which no entry of the trail gave."
            for one in sorted(set(held) - set(said))
        ),
        *(
            f"Role {role_id} has the permission {one} by the trail; it was taken without an entry."
            for one in sorted(set(said) - set(held))
        ),
    ]


def _permissions(told: Any) -> set[str]:
    return {str(one) for one in told} if isinstance(told, list) else set()


CHECKS: Final[list[Callable[[Session], Check]]] = [
    check_administrator,
    check_roles_of_users,
    check_permissions_of_roles,
    check_codes_of_roles,
]
"""What `hms.py verify` asks of users and rights."""
