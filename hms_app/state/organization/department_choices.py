"""The departments a form or a filter offers."""

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries
from hms_app.domain.organization.values import Choice


def department_choices(session: Session, actor: Actor) -> list[Choice]:
    """The open departments; none for somebody who may not see them."""
    may_see = actor.can(Permission.ORGANIZATION_DEPARTMENT_READ)
    return queries.department_choices(session, actor) if may_see else []
