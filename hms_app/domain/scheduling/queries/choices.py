"""What the day's screens offer to choose from."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Department, Practitioner, Room
from hms_app.domain.organization.values import Choice
from hms_app.domain.scheduling.tables import HealthcareService, Queue, Resource

MOST_OFFERED: Final = 300


@dataclass(frozen=True)
class DayChoices:
    """Departments, practitioners whose time is given out, services, rooms and queues, all in use and by name."""

    departments: list[Choice]
    practitioners: list[Choice]
    services: list[Choice]
    rooms: list[Choice]
    queues: list[Choice]


@use_case(Permission.SCHEDULING_QUEUE_READ)
def day_choices(session: Session, actor: Actor) -> DayChoices:
    """What a screen of the day offers to filter by and to choose."""
    practitioners = session.exec(
        select(Practitioner)
        .where(
            Practitioner.is_active,
            sa.exists().where(col(Resource.practitioner_id) == col(Practitioner.id)),
        )
        .order_by(col(Practitioner.name_key))
        .limit(MOST_OFFERED)
    )
    return DayChoices(
        departments=_named(session, Department),
        practitioners=[
            _choice(one.key, display_name(one.prefix, one.given_names, one.family_name), one.specialty)
            for one in practitioners
        ],
        services=_named(session, HealthcareService),
        rooms=_named(session, Room),
        queues=_named(session, Queue),
    )


def _named(
    session: Session, table: type[Department] | type[HealthcareService] | type[Room] | type[Queue]
) -> list[Choice]:
    found = session.execute(
        sa.select(col(table.id), col(table.name))
        .where(col(table.is_active))
        .order_by(col(table.name_key), col(table.id))
        .limit(MOST_OFFERED)
    )
    return [_choice(key, name) for key, name in found]


def _choice(key: int, label: str, detail: str = "") -> Choice:
    return {"value": str(key), "label": label, "detail": detail}
