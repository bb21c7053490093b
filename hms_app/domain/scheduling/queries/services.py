"""Reads of what can be booked: lists a page at a time, choices for forms, and who offers what."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.keyset import Keyset, count_label, read_page
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.catalogue.tables import CatalogueItem
from hms_app.domain.organization.queries import MOST_CHOICES
from hms_app.domain.organization.tables import Department
from hms_app.domain.organization.values import Choice
from hms_app.domain.records.rules import text_of
from hms_app.domain.records.values import RowForm
from hms_app.domain.scheduling.queries.offerings import offerings_of
from hms_app.domain.scheduling.tables import HealthcareService
from hms_app.domain.scheduling.values.services import (
    CHOSEN,
    SERVICE_FORM,
    ServiceRow,
)
from hms_app.domain.scheduling.values.words import ServiceColour

Row = TypeVar("Row")
AnySelect = sa.Select[*tuple[Any, ...]]
_BY_NAME: Final = (str, int)


@use_case(Permission.SCHEDULING_SERVICE_READ)
def list_services(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    shows_closed: bool = False,
    department_id: int | None = None,
    at: str | None = None,
) -> Page[ServiceRow]:
    """What can be booked, by name; the text is looked for in names, departments and codes."""
    code = sa.func.lower(col(CatalogueItem.code))
    statement = matching(_services(), HealthcareService, text, shows_closed, code)
    if department_id is not None:
        statement = statement.where(col(HealthcareService.department_id) == department_id)
    page = page_by_name(session, statement, HealthcareService, at, _service)
    return page.with_rows(_with_offerings(session, page.rows))


@use_case(Permission.SCHEDULING_SERVICE_READ)
def get_service(session: Session, actor: Actor, *, service_id: int) -> ServiceRow:
    """One service; raises NotFound."""
    return service_row(session, service_id)


def service_row(session: Session, service_id: int) -> ServiceRow:
    """One service, for use cases that have asked who may; raises NotFound."""
    found = session.execute(_services().where(col(HealthcareService.id) == service_id)).first()
    if found is None:
        raise NotFound("service")
    return _with_offerings(session, [_service(*found)])[0]


@use_case(Permission.SCHEDULING_SERVICE_READ)
def find_services(session: Session, actor: Actor, *, text: str = "", limit: int = 8) -> list[Choice]:
    """Open services whose name or department holds the words of `text`, for a field to choose from."""
    statement = matching(_services(), HealthcareService, text, shows_closed=False)
    found = session.execute(statement.order_by(col(HealthcareService.name_key)).limit(limit))
    return [_choice(service, department) for service, department, _ in found]


@use_case(Permission.SCHEDULING_SERVICE_READ)
def service_choices(session: Session, actor: Actor) -> list[Choice]:
    """The open services by name; the first `MOST_CHOICES`."""
    return find_services(session, actor, limit=MOST_CHOICES)


def service_form(session: Session, _actor: Actor, service_id: int) -> RowForm:
    """One service as its form shows it."""
    return form_of(service_row(session, service_id))


def form_of(row: ServiceRow) -> RowForm:
    """A service as its form shows it, with what its ids read as."""
    plain = {name: form_text(getattr(row, name)) for name in SERVICE_FORM if name not in CHOSEN}
    chosen = {name: row.chosen(kind) for name, kind in CHOSEN.items()}
    fields = {
        **plain,
        text_of("department_id"): row.department or "",
        text_of("catalogue_item_id"): row.code,
        **{name: ",".join(str(one.thing_id) for one in some) for name, some in chosen.items()},
        **{text_of(name): ", ".join(one.name for one in some) for name, some in chosen.items()},
    }
    return RowForm(fields)


def form_text(value: Any) -> str:
    """A value as a form shows it."""
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else str(value)


def _services() -> AnySelect:
    return (
        sa.select(HealthcareService, col(Department.name), col(CatalogueItem.code))
        .outerjoin(Department, col(Department.id) == col(HealthcareService.department_id))
        .outerjoin(CatalogueItem, col(CatalogueItem.id) == col(HealthcareService.catalogue_item_id))
    )


def _with_offerings(session: Session, rows: Sequence[ServiceRow]) -> list[ServiceRow]:
    offered = offerings_of(session, [row.id for row in rows])
    return [replace(row, offerings=tuple(offered.get(row.id, ()))) for row in rows]


def matching(statement: AnySelect, table: Any, text: str, shows_closed: bool, *extra: Any) -> AnySelect:
    """The rows whose name, department or `extra` columns hold each word of the text."""
    if not shows_closed:
        statement = statement.where(table.is_active)
    for word in fold(text[:200]).split():
        columns = (table.name_key, col(Department.name_key), *extra)
        statement = statement.where(sa.or_(*(column.like(f"%{word}%") for column in columns)))
    return statement


def page_by_name(
    session: Session, statement: AnySelect, table: Any, at: str | None, make: Callable[..., Row]
) -> Page[Row]:
    """The page of a statement by name, each row as `make` makes it."""
    label = count_label(session, statement, table.id)
    keyset = Keyset(table.__tablename__, _BY_NAME)
    page = read_page(session, statement, keyset, [table.name_key, table.id], at, label=label)
    return page.map(lambda found: make(*found))


def _choice(service: HealthcareService, department: str | None) -> Choice:
    detail = f"{service.duration_minutes} min" + (f", {department}" if department else "")
    return Choice(value=str(service.id), label=service.name, detail=detail)


def _service(service: HealthcareService, department: str | None, code: str | None) -> ServiceRow:
    return ServiceRow(
        id=service.key,
        version=service.version,
        is_active=service.is_active,
        name=service.name,
        catalogue_item_id=service.catalogue_item_id,
        code=code or "",
        department_id=service.department_id,
        department=department,
        colour=ServiceColour(service.colour),
        duration_minutes=service.duration_minutes,
        preparation_minutes=service.preparation_minutes,
        cleanup_minutes=service.cleanup_minutes,
        needs_practitioner=service.needs_practitioner,
        needs_room=service.needs_room,
        needs_equipment=service.needs_equipment,
        is_bookable_online=service.is_bookable_online,
        needs_approval=service.needs_approval,
        notice_minutes=service.notice_minutes,
        ahead_days=service.ahead_days,
        latest_change_hours=service.latest_change_hours,
        most_open=service.most_open,
        wait_warning_minutes=service.wait_warning_minutes,
        wait_danger_minutes=service.wait_danger_minutes,
    )
