"""What can be reserved for a service: its practitioners, rooms and equipment, by name and in use or not."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.errors import NotFound
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Practitioner, Room
from hms_app.domain.scheduling.rules.hours import Plan
from hms_app.domain.scheduling.rules.slots import Need
from hms_app.domain.scheduling.tables import HealthcareService, Resource, Schedule, ServiceResource
from hms_app.domain.scheduling.values.words import ResourceKind


@dataclass(frozen=True)
class Bookable:
    """A practitioner, a room or a piece of equipment as it is reserved; `thing_id` is the practitioner's or room's id.

    A room that was never reserved has no resource yet: its `resource_id` is 0.
    """

    resource_id: int
    kind: ResourceKind
    thing_id: int
    name: str
    specialty: str = ""
    is_active: bool = True


def get_service_row(session: Session, service_id: int) -> HealthcareService:
    """The service; raises NotFound."""
    found = session.get(HealthcareService, service_id)
    if found is None:
        raise NotFound("service")
    return found


def need_of(service: HealthcareService | None, duration_minutes: int | None = None) -> Need:
    """The time that a visit takes, its length as it is typed or as the service has it."""
    if service is None:
        return Need(timedelta(minutes=duration_minutes or 15))
    return Need(
        timedelta(minutes=duration_minutes or service.duration_minutes),
        timedelta(minutes=service.preparation_minutes),
        timedelta(minutes=service.cleanup_minutes),
    )


def bookables_of_service(session: Session, service_id: int) -> list[Bookable]:
    """Who offers a service, in which rooms, with which equipment; the closed ones too."""
    named = sa.exists().where(
        col(ServiceResource.resource_id) == col(Resource.id), col(ServiceResource.service_id) == service_id
    )
    return _found(session, _of_resources().where(named))


def bookables(session: Session, resource_ids: Collection[int]) -> list[Bookable]:
    """Resources by their ids."""
    return _found(session, _of_resources().where(col(Resource.id).in_(resource_ids))) if resource_ids else []


def bookable_practitioners(session: Session, practitioner_ids: Collection[int]) -> list[Bookable]:
    """The resources of practitioners, of those who have one."""
    return _found(session, _of_resources().where(col(Resource.practitioner_id).in_(practitioner_ids)))


def practitioners_of_specialty(session: Session, specialty: str) -> list[Bookable]:
    """The practitioners of a specialty who can be booked at all."""
    return _found(session, _of_resources().where(col(Practitioner.specialty) == specialty))


def any_rooms(session: Session, department_id: int | None) -> list[Bookable]:
    """The rooms in use, of a department if one is named, whether or not they were ever reserved."""
    statement = _of_rooms().where(col(Room.is_active))
    if department_id is not None:
        statement = statement.where(col(Room.department_id) == department_id)
    return _found(session, statement)


def rooms_by_id(session: Session, room_ids: Collection[int]) -> list[Bookable]:
    """Rooms by their own ids, the closed ones too."""
    return _found(session, _of_rooms().where(col(Room.id).in_(room_ids))) if room_ids else []


def places_of(plans: Iterable[Plan]) -> set[int]:
    """The rooms that schedules and exceptions name as their place."""
    named = [
        room_id
        for plan in plans
        for room_id in (
            *(item.room_id for item in plan.schedules),
            *(item.room_id for item in plan.exceptions),
        )
    ]
    return {room_id for room_id in named if room_id is not None}


def rooms_of_schedules(session: Session, resource_id: int) -> set[int]:
    """The resources of the rooms that somebody's schedules name, whenever they hold."""
    found = session.execute(
        sa.select(col(Resource.id))
        .join(Schedule, col(Schedule.room_id) == col(Resource.room_id))
        .where(col(Schedule.resource_id) == resource_id, col(Schedule.is_active))
    )
    return set(found.scalars())


def of_kind(found: Sequence[Bookable], kind: ResourceKind) -> list[Bookable]:
    """Those of one kind that are in use."""
    return [one for one in found if one.kind == kind and one.is_active]


def _of_resources() -> Any:
    return (
        sa.select(
            col(Resource.id),
            col(Resource.kind),
            sa.func.coalesce(col(Resource.practitioner_id), col(Resource.room_id), col(Resource.id)),
            sa.func.coalesce(col(Practitioner.prefix), ""),
            sa.func.coalesce(col(Practitioner.given_names), ""),
            sa.func.coalesce(col(Practitioner.family_name), col(Room.name), col(Resource.name)),
            sa.func.coalesce(col(Practitioner.specialty), ""),
            col(Resource.is_active)
            & sa.func.coalesce(col(Practitioner.is_active), True)
            & sa.func.coalesce(col(Room.is_active), True),
        )
        .select_from(Resource)
        .outerjoin(Practitioner, col(Practitioner.id) == col(Resource.practitioner_id))
        .outerjoin(Room, col(Room.id) == col(Resource.room_id))
        .order_by(col(Resource.id))
    )


def _of_rooms() -> Any:
    return (
        sa.select(
            sa.func.coalesce(col(Resource.id), 0),
            sa.literal(ResourceKind.ROOM.value),
            col(Room.id),
            sa.literal(""),
            sa.literal(""),
            col(Room.name),
            sa.literal(""),
            col(Room.is_active) & sa.func.coalesce(col(Resource.is_active), True),
        )
        .select_from(Room)
        .outerjoin(Resource, col(Resource.room_id) == col(Room.id))
        .order_by(col(Room.name_key), col(Room.id))
    )


def _found(session: Session, statement: Any) -> list[Bookable]:
    return [
        Bookable(key, ResourceKind(kind), thing, display_name(prefix, given, family), specialty, active)
        for key, kind, thing, prefix, given, family, specialty, active in session.execute(statement)
    ]
