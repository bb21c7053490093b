"""The departments a form or a filter offers."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries
from hms_app.domain.organization.values import Choice
from hms_app.domain.records.rules import text_of


def department_choices(session: Session, actor: Actor) -> list[Choice]:
    """The open departments; none for somebody who may not see them."""
    may_see = actor.can(Permission.ORGANIZATION_DEPARTMENT_READ)
    return queries.department_choices(session, actor) if may_see else []


def named_in(choices: list[Choice], form: Mapping[str, Any], name: str) -> dict[str, str]:
    """What the choice in a field of a form reads as, under the name of that field's text."""
    chosen = str(form.get(name) or "")
    label = next((choice["label"] for choice in choices if choice["value"] == chosen), "")
    return {text_of(name): label}
