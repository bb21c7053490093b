""" "Why can't I?": which permission something wants, which roles give it, and why a person lacks it."""

import datetime as dt
from collections.abc import Sequence

from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.security.tables import AppUser, Role, RolePermission, UserRole
from hms_app.domain.security.values import AccessExplanation, UserStatus


@use_case(Permission.SECURITY_ACCESS_EXPLAIN)
def explain_access(
    session: Session, actor: Actor, *, user_id: int, permission: Permission
) -> AccessExplanation:
    """Why the user may, or may not, do what `permission` allows."""
    user = session.get(AppUser, user_id)
    if user is None:
        raise NotFound("user")
    giving = session.exec(
        select(Role)
        .join(RolePermission, col(RolePermission.role_id) == Role.id)
        .where(RolePermission.permission == permission.value)
        .order_by(col(Role.name))
    ).all()
    held = session.exec(
        select(UserRole).where(UserRole.user_id == user_id).order_by(col(UserRole.id).desc())
    ).all()
    names = {role.key: role.name for role in giving}
    current = [grant for grant in held if grant.role_id in names and _state(actor, grant) == ""]
    allowed = bool(current) and user.status == UserStatus.ACTIVE
    reasons = [] if allowed else _reasons(actor, user, held, names)
    through = ", ".join(sorted({names[grant.role_id] for grant in current}))
    sentence = f"{user.name} may do this, through: {through}." if allowed else f"{user.name} may not do this."
    return AccessExplanation(
        allowed, permission.value, permission.sentence, sentence, [role.name for role in giving], reasons
    )


def _reasons(actor: Actor, user: AppUser, held: Sequence[UserRole], names: dict[int, str]) -> list[str]:
    reasons = []
    if user.status == UserStatus.DISABLED:
        reasons.append("The user is disabled.")
    if user.status == UserStatus.INVITED:
        reasons.append("The user has not accepted the invitation yet.")
    for grant in held:
        if grant.role_id in names and (state := _state(actor, grant)):
            reasons.append(f"The role {names[grant.role_id]} {state}.")
    if not names:
        reasons.append("No role gives this permission.")
    elif not any(grant.role_id in names for grant in held):
        reasons.append(f"The user has none of the roles that give it: {', '.join(names.values())}.")
    return reasons


def _state(actor: Actor, grant: UserRole) -> str:
    today: dt.date = actor.locale.today()
    if grant.ended_at is not None:
        return f"was taken away on {actor.locale.date_of(grant.ended_at)}"
    if grant.starts_on > today:
        return f"starts on {actor.locale.date(grant.starts_on)}"
    if grant.ends_on is not None and grant.ends_on < today:
        return f"ended on {actor.locale.date(grant.ends_on)}"
    return ""
