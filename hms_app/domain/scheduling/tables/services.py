"""What can be booked, and what it takes: services and resources."""

from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field

import hms_app.domain.catalogue.tables
import hms_app.domain.organization.tables  # noqa: F401  (resources are its practitioners and rooms)
from hms_app.core.table import (
    Table,
    count_column,
    flag_column,
    foreign_key,
    not_blank,
    one_of,
    optional_key,
    text_column,
    word_column,
)
from hms_app.core.text import fold
from hms_app.domain.records.tables import Versioned
from hms_app.domain.scheduling.values.words import (
    ResourceKind,
    ServiceColour,
)

LONGEST_DAY_MINUTES: Final = 1440


def minutes_of_a_day(column: str, least: int = 0) -> sa.CheckConstraint:
    """A check that a column holds so many minutes, at most a day."""
    return sa.CheckConstraint(f"{column} BETWEEN {least} AND {LONGEST_DAY_MINUTES}", name=f"{column}_range")


class HealthcareService(Versioned, Table, table=True):
    """What can be booked: an appointment type. Its code and category are its catalogue item's."""

    __tablename__ = "healthcare_service"
    __table_args__ = (
        not_blank("name"),
        one_of("healthcare_service", "colour", ServiceColour),
        minutes_of_a_day("duration_minutes", 1),
        minutes_of_a_day("preparation_minutes"),
        minutes_of_a_day("cleanup_minutes"),
        sa.CheckConstraint(
            "notice_minutes >= 0 AND ahead_days BETWEEN 1 AND 1100 AND latest_change_hours >= 0 AND most_open >= 0",
            name="limits",
        ),
        sa.CheckConstraint(
            "wait_warning_minutes > 0 AND wait_danger_minutes >= wait_warning_minutes", name="wait_limits"
        ),
        sa.CheckConstraint("needs_practitioner OR needs_room OR needs_equipment", name="needs_something"),
        sa.Index(
            "uq_healthcare_service_name", "name_key", unique=True, postgresql_where=sa.text("is_active")
        ),
        sa.Index("ix_healthcare_service_list", "name_key", "id"),
        sa.Index("ix_healthcare_service_department_id", "department_id"),
        sa.Index("ix_healthcare_service_catalogue_item_id", "catalogue_item_id"),
    )

    name: str = Field(sa_type=sa.Text)
    name_key: str = Field(sa_type=sa.Text)
    catalogue_item_id: int | None = optional_key("catalogue_item.id")
    department_id: int | None = optional_key("department.id")
    colour: str = word_column(ServiceColour.ONE.value)
    duration_minutes: int
    preparation_minutes: int = count_column(0)
    cleanup_minutes: int = count_column(0)
    needs_practitioner: bool = flag_column(True)
    needs_room: bool = flag_column(False)
    needs_equipment: bool = flag_column(False)
    is_bookable_online: bool = flag_column(False)
    needs_approval: bool = flag_column(False)
    notice_minutes: int = count_column(0)
    """How soon a free time can still be booked by patients."""
    ahead_days: int = count_column(180)
    latest_change_hours: int = count_column(24)
    most_open: int = count_column(0)
    """Open bookings of this service a patient may have at once; 0 is any number."""
    wait_warning_minutes: int = count_column(20)
    wait_danger_minutes: int = count_column(40)
    is_active: bool = flag_column(True)

    def derived(self) -> dict[str, Any]:
        """What lists sort and search by."""
        return {"name_key": fold(self.name)}


class Resource(Versioned, Table, table=True):
    """Whatever can be reserved: a practitioner, a room, or a piece of equipment, which has a name of its own here.

    Whoever books or closes time locks these rows first, in the order of their ids.
    """

    __tablename__ = "resource"
    __table_args__ = (
        one_of("resource", "kind", ResourceKind),
        sa.UniqueConstraint("practitioner_id", name="uq_resource_practitioner"),
        sa.UniqueConstraint("room_id", name="uq_resource_room"),
        sa.CheckConstraint(
            "(kind = 'practitioner') = (practitioner_id IS NOT NULL) AND (kind = 'room') = (room_id IS NOT NULL)"
            " AND (kind = 'equipment') = (btrim(name) <> '')",
            name="is_one_thing",
        ),
        sa.Index(
            "uq_resource_equipment_name",
            "name_key",
            unique=True,
            postgresql_where=sa.text("kind = 'equipment' AND is_active"),
        ),
    )

    kind: str = Field(sa_type=sa.Text)
    practitioner_id: int | None = optional_key("practitioner.id")
    room_id: int | None = optional_key("room.id")
    name: str = text_column()
    name_key: str = text_column()
    department_id: int | None = optional_key("department.id")
    is_active: bool = flag_column(True)

    def derived(self) -> dict[str, Any]:
        """What lists sort and search by."""
        return {"name_key": fold(self.name)}


class ServiceResource(Table, table=True):
    """Who offers a service, in which rooms, with which equipment. A service without rooms named may be in any."""

    __tablename__ = "service_resource"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "resource_id", name="uq_service_resource"),
        sa.Index("ix_service_resource_resource_id", "resource_id", "service_id"),
    )

    service_id: int = foreign_key("healthcare_service.id")
    resource_id: int = foreign_key("resource.id")
