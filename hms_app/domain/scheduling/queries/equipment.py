"""Reads of the equipment that can be booked."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.organization.tables import Department
from hms_app.domain.records.rules import text_of
from hms_app.domain.records.values import RowForm
from hms_app.domain.scheduling.queries.services import form_text, matching, page_by_name
from hms_app.domain.scheduling.tables import Resource, ServiceResource
from hms_app.domain.scheduling.values.services import EQUIPMENT_FORM, EquipmentRow
from hms_app.domain.scheduling.values.words import ResourceKind

AnySelect = sa.Select[*tuple[Any, ...]]


@use_case(Permission.SCHEDULING_SERVICE_READ)
def list_equipment(
    session: Session, actor: Actor, *, text: str = "", shows_closed: bool = False, at: str | None = None
) -> Page[EquipmentRow]:
    """Equipment that can be booked, by name; the text is looked for in names and departments."""
    statement = matching(_equipment_statement(), Resource, text, shows_closed)
    return page_by_name(session, statement, Resource, at, _equipment)


@use_case(Permission.SCHEDULING_SERVICE_READ)
def get_equipment(session: Session, actor: Actor, *, equipment_id: int) -> EquipmentRow:
    """One piece of equipment; raises NotFound."""
    return equipment_row(session, equipment_id)


def equipment_row(session: Session, equipment_id: int) -> EquipmentRow:
    """One piece of equipment, for use cases that have asked who may; raises NotFound."""
    found = session.execute(_equipment_statement().where(col(Resource.id) == equipment_id)).first()
    if found is None:
        raise NotFound("equipment")
    return _equipment(*found)


def equipment_form(session: Session, _actor: Actor, equipment_id: int) -> RowForm:
    """One piece of equipment as its form shows it."""
    row = equipment_row(session, equipment_id)
    return RowForm(
        {
            **{name: form_text(getattr(row, name)) for name in EQUIPMENT_FORM},
            text_of("department_id"): row.department or "",
        }
    )


def _equipment_statement() -> AnySelect:
    named = sa.select(sa.func.count()).where(col(ServiceResource.resource_id) == col(Resource.id))
    return (
        sa.select(Resource, col(Department.name), named.scalar_subquery())
        .outerjoin(Department, col(Department.id) == col(Resource.department_id))
        .where(col(Resource.kind) == ResourceKind.EQUIPMENT.value)
    )


def _equipment(resource: Resource, department: str | None, services: int) -> EquipmentRow:
    return EquipmentRow(
        id=resource.key,
        version=resource.version,
        is_active=resource.is_active,
        name=resource.name,
        department_id=resource.department_id,
        department=department,
        services=services,
    )
