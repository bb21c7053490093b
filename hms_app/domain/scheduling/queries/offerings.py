"""Who offers what: the practitioners, rooms and equipment that services name."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.organization.queries import MOST_CHOICES
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Department, Practitioner, Room
from hms_app.domain.organization.values import Choice
from hms_app.domain.scheduling.tables import Resource, ServiceResource
from hms_app.domain.scheduling.values.services import Offering, OfferingChoices
from hms_app.domain.scheduling.values.words import ResourceKind

AnySelect = sa.Select[*tuple[Any, ...]]


def offerings_of(session: Session, service_ids: Collection[int]) -> dict[int, list[Offering]]:
    """Whom and what each service names, by name."""
    found = session.execute(
        _offerings()
        .add_columns(col(ServiceResource.service_id))
        .join(ServiceResource, col(ServiceResource.resource_id) == col(Resource.id))
        .where(col(ServiceResource.service_id).in_(service_ids))
    )
    offered: dict[int, list[Offering]] = defaultdict(list)
    for *columns, service_id in found:
        offered[service_id].append(_offering(*columns))
    return {key: sorted(some, key=lambda one: fold(one.name)) for key, some in offered.items()}


def resource_names(session: Session, resource_ids: Collection[int]) -> dict[int, str]:
    """What each resource is called."""
    found = session.execute(_offerings().where(col(Resource.id).in_(resource_ids)))
    return {row[0]: _offering(*row).name for row in found}


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def offering_choices(session: Session, actor: Actor) -> OfferingChoices:
    """Who and what a service's form offers: practitioners who work here, rooms, equipment; the first `MOST_CHOICES`."""
    return OfferingChoices(practitioner_choices(session), room_choices(session), _equipment_choices(session))


def practitioner_choices(session: Session) -> list[Choice]:
    """The practitioners who work here, by name: of a department, or of no outside organization."""
    found = session.execute(
        sa.select(Practitioner, col(Department.name))
        .outerjoin(Department, col(Department.id) == col(Practitioner.department_id))
        .where(
            col(Practitioner.is_active),
            sa.or_(col(Practitioner.organization_id).is_(None), col(Practitioner.department_id).is_not(None)),
        )
        .order_by(col(Practitioner.name_key))
        .limit(MOST_CHOICES)
    )
    return [
        Choice(value=str(one.id), label=name_of(one), detail=one.specialty or department or "")
        for one, department in found
    ]


def room_choices(session: Session) -> list[Choice]:
    """The open rooms by name."""
    found = session.execute(
        sa.select(Room, col(Department.name))
        .join(Department, col(Department.id) == col(Room.department_id))
        .where(col(Room.is_active))
        .order_by(col(Room.name_key))
        .limit(MOST_CHOICES)
    )
    return [Choice(value=str(room.id), label=room.name, detail=department) for room, department in found]


def _equipment_choices(session: Session) -> list[Choice]:
    found = session.execute(
        sa.select(Resource, col(Department.name))
        .outerjoin(Department, col(Department.id) == col(Resource.department_id))
        .where(col(Resource.kind) == ResourceKind.EQUIPMENT.value, col(Resource.is_active))
        .order_by(col(Resource.name_key))
        .limit(MOST_CHOICES)
    )
    return [Choice(value=str(one.id), label=one.name, detail=department or "") for one, department in found]


def name_of(practitioner: Practitioner) -> str:
    """What a practitioner is called."""
    return display_name(practitioner.prefix, practitioner.given_names, practitioner.family_name)


def _offerings() -> AnySelect:
    return (
        sa.select(col(Resource.id), col(Resource.kind), col(Resource.name), Practitioner, Room)
        .outerjoin(Practitioner, col(Practitioner.id) == col(Resource.practitioner_id))
        .outerjoin(Room, col(Room.id) == col(Resource.room_id))
    )


def _offering(
    resource_id: int, kind: str, name: str, practitioner: Practitioner | None, room: Room | None
) -> Offering:
    if practitioner is not None:
        return Offering(resource_id, ResourceKind(kind), practitioner.key, name_of(practitioner))
    if room is not None:
        return Offering(resource_id, ResourceKind(kind), room.key, room.name)
    return Offering(resource_id, ResourceKind(kind), resource_id, name)
