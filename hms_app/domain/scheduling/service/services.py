"""Writes of what can be booked: services, and equipment."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

import hms_app.domain.scheduling.errors  # noqa: F401  (what the database refuses, as sentences)
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.organization.service import ensure_department_open
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind
from hms_app.domain.scheduling.queries.equipment import equipment_form, equipment_row
from hms_app.domain.scheduling.queries.offerings import offerings_of
from hms_app.domain.scheduling.queries.services import service_form, service_row
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.tables import HealthcareService, Resource, ServiceResource
from hms_app.domain.scheduling.values.audited import SchedulingAction as Did
from hms_app.domain.scheduling.values.services import (
    CHOSEN,
    EquipmentInput,
    EquipmentRow,
    ServiceInput,
    ServiceRow,
)
from hms_app.domain.scheduling.values.words import ResourceKind

_SERVICES: Final = RowKind(HealthcareService, "service", service_form)
_EQUIPMENT: Final = RowKind(Resource, "equipment", equipment_form)


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def add_service(session: Session, actor: Actor, *, request: ServiceInput) -> ServiceRow:
    """Add what can be booked, with who offers it, where and with what; its name is unique among the open ones."""
    _ensure_department(session, request.department_id)
    service = HealthcareService(**_columns(request), name_key=fold(request.name))
    session.add(service)
    session.flush()  # What it names needs its id.
    _name_resources(session, service.key, _wanted(session, request))
    after = {**records.content_of(service), **_named(session, service.key)}
    records.record_row(session, actor, Did.SERVICE_ADDED, service, after=after)
    return service_row(session, service.key)


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def change_service(
    session: Session, actor: Actor, *, service_id: int, version: int, request: ServiceInput
) -> ServiceRow:
    """Change a service; what is booked already stays as it was booked. Raises Conflict."""
    service = records.locked_row(session, actor, _SERVICES, service_id, version=version)
    if request.department_id != service.department_id:
        _ensure_department(session, request.department_id)
    before = _named(session, service_id)
    _name_resources(session, service_id, _wanted(session, request))
    beside = (before, _named(session, service_id))
    records.save_row(session, actor, service, Did.SERVICE_CHANGED, beside=beside, **_columns(request))
    return service_row(session, service_id)


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def close_service(session: Session, actor: Actor, *, service_id: int, version: int) -> None:
    """Offer a service no longer; what is booked stays booked."""
    service = records.locked_row(session, actor, _SERVICES, service_id, version=version)
    records.save_row(session, actor, service, Did.SERVICE_CLOSED, is_active=False)


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def reopen_service(session: Session, actor: Actor, *, service_id: int, version: int) -> None:
    """Offer a closed service again; its department must be open."""
    service = records.locked_row(session, actor, _SERVICES, service_id, version=version)
    _ensure_department(session, service.department_id)
    records.save_row(session, actor, service, Did.SERVICE_REOPENED, is_active=True)


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def add_equipment(session: Session, actor: Actor, *, request: EquipmentInput) -> EquipmentRow:
    """Add a piece of equipment that can be booked; its name is unique among those in use."""
    _ensure_department(session, request.department_id)
    resource = Resource(kind=ResourceKind.EQUIPMENT.value, **request.model_dump())
    records.add_row(session, actor, resource, Did.EQUIPMENT_ADDED)
    return equipment_row(session, resource.key)


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def change_equipment(
    session: Session, actor: Actor, *, equipment_id: int, version: int, request: EquipmentInput
) -> EquipmentRow:
    """Change the name or the department of a piece of equipment; raises Conflict."""
    resource = _locked_equipment(session, actor, equipment_id, version)
    if request.department_id != resource.department_id:
        _ensure_department(session, request.department_id)
    records.save_row(session, actor, resource, Did.EQUIPMENT_CHANGED, **request.model_dump())
    return equipment_row(session, equipment_id)


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def close_equipment(session: Session, actor: Actor, *, equipment_id: int, version: int) -> None:
    """Take a piece of equipment out of use; what is booked stays booked."""
    resource = _locked_equipment(session, actor, equipment_id, version)
    records.save_row(session, actor, resource, Did.EQUIPMENT_CLOSED, is_active=False)


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def reopen_equipment(session: Session, actor: Actor, *, equipment_id: int, version: int) -> None:
    """Take a piece of equipment into use again; its department must be open."""
    resource = _locked_equipment(session, actor, equipment_id, version)
    _ensure_department(session, resource.department_id)
    records.save_row(session, actor, resource, Did.EQUIPMENT_REOPENED, is_active=True)


def _locked_equipment(session: Session, actor: Actor, equipment_id: int, version: int) -> Resource:
    """The row of a piece of equipment, held; a practitioner's or room's is none."""
    equipment_row(session, equipment_id)
    return records.locked_row(session, actor, _EQUIPMENT, equipment_id, version=version)


def _ensure_department(session: Session, department_id: int | None) -> None:
    if department_id is not None:
        ensure_department_open(session, department_id)


def _columns(request: ServiceInput) -> dict[str, Any]:
    values = request.model_dump(exclude={*CHOSEN, "notice_hours", "colour"})
    return {**values, "colour": request.colour.value, "notice_minutes": request.notice_hours * 60}


def _wanted(session: Session, request: ServiceInput) -> set[int]:
    """The resources that a form chose; raises DomainError beside the field in which one is not there."""
    return {
        _chosen(session, name, kind, thing_id)
        for name, kind in CHOSEN.items()
        for thing_id in getattr(request, name)
    }


def _chosen(session: Session, name: str, kind: ResourceKind, thing_id: int) -> int:
    try:
        return resource_of(session, kind, thing_id)
    except NotFound as refusal:
        raise DomainError(str(refusal), field=name) from None


def _name_resources(session: Session, service_id: int, wanted: set[int]) -> None:
    named = set(
        session.exec(select(ServiceResource.resource_id).where(ServiceResource.service_id == service_id))
    )
    session.execute(
        sa.delete(ServiceResource).where(
            col(ServiceResource.service_id) == service_id,
            col(ServiceResource.resource_id).in_(named - wanted),
        )
    )
    for resource_id in sorted(wanted - named):
        session.add(ServiceResource(service_id=service_id, resource_id=resource_id))
    session.flush()


def _named(session: Session, service_id: int) -> Mapping[str, Sequence[str]]:
    """Whom and what a service names, as the trail keeps it."""
    offered = offerings_of(session, [service_id]).get(service_id, ())
    return {name: [one.name for one in offered if one.kind == kind] for name, kind in CHOSEN.items()}
