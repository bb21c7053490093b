"""How late it runs today."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Practitioner
from hms_app.domain.scheduling.tables import Delay, Resource
from hms_app.domain.scheduling.values.queues import DelayRow


def delays_today(session: Session, actor: Actor, *narrowed: Any) -> list[DelayRow]:
    """Who runs late today, by name, for use cases that have asked who may."""
    found = session.execute(
        sa.select(Practitioner, col(Delay.minutes), col(Delay.announced_at))
        .join(Resource, col(Resource.practitioner_id) == col(Practitioner.id))
        .join(Delay, col(Delay.resource_id) == col(Resource.id))
        .where(col(Delay.day) == actor.locale.today(), col(Delay.minutes) > 0, *narrowed)
        .order_by(col(Practitioner.name_key), col(Practitioner.id))
    )
    return [
        DelayRow(
            practitioner_id=one.key,
            practitioner=display_name(one.prefix, one.given_names, one.family_name),
            minutes=minutes,
            announced_at=announced_at,
        )
        for one, minutes, announced_at in found
    ]
