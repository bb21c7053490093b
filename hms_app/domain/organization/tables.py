"""Rows of the hospital's organization, and what the database refuses about them.

A `name_key` is the folded name (`core.text.fold`): lists sort and search by it.
"""

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field

import hms_app.domain.security.tables  # noqa: F401  (practitioner.user_id refers to app_user)
from hms_app.core.actor import House, describe_house
from hms_app.core.table import (
    Sourced,
    Table,
    flag_column,
    foreign_key,
    instant,
    not_blank,
    one_of,
    optional_key,
    sourced_once,
    text_column,
)
from hms_app.core.text import fold
from hms_app.domain.organization.values import PayerKind, RoomKind
from hms_app.domain.records.tables import Versioned

HOSPITAL_ID: Final = 1


class Hospital(Versioned, Table, table=True):
    """The one hospital of this installation."""

    __tablename__ = "hospital"
    __table_args__ = (
        sa.CheckConstraint("id = 1", name="only_one"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
        sa.CheckConstraint("country ~ '^([A-Z]{2})?$'", name="country_code"),
        not_blank("name"),
        not_blank("zone_name"),
        not_blank("language"),
    )

    id: int | None = Field(
        default=HOSPITAL_ID,
        sa_type=sa.BigInteger,
        primary_key=True,
        sa_column_kwargs={"autoincrement": False},
    )
    name: str = Field(sa_type=sa.Text)
    address_line: str = text_column()
    city: str = text_column()
    region: str = text_column()
    postal_code: str = text_column()
    country: str = text_column()
    phone: str = text_column()
    email: str = text_column()
    logo_file: str | None = Field(default=None, sa_type=sa.Text)
    currency: str = Field(sa_type=sa.Text)
    zone_name: str = Field(sa_type=sa.Text)
    language: str = Field(sa_type=sa.Text)
    founded_at: dt.datetime = instant()


class Organization(Sourced, Table, table=True):
    """An outside clinic, hospital or practice that imported files name."""

    __tablename__ = "organization"
    __table_args__ = (
        sourced_once("organization"),
        not_blank("name"),
        sa.Index("ix_organization_name", "name"),
    )

    name: str = Field(sa_type=sa.Text)
    address_line: str = text_column()
    city: str = text_column()
    region: str = text_column()
    postal_code: str = text_column()
    phone: str = text_column()


class Department(Versioned, Table, table=True):
    """A part of the hospital; closed, never deleted."""

    __tablename__ = "department"
    __table_args__ = (
        sa.UniqueConstraint("code", name="uq_department_code"),
        sa.CheckConstraint("code ~ '^[A-Z0-9-]{1,12}$'", name="code_form"),
        not_blank("name"),
        sa.Index("ix_department_list", "name_key", "id"),
    )

    name: str = Field(sa_type=sa.Text)
    name_key: str = Field(sa_type=sa.Text)
    code: str = Field(sa_type=sa.Text)
    is_active: bool = flag_column(True)

    def derived(self) -> dict[str, Any]:
        """What lists sort and search by."""
        return {"name_key": fold(self.name)}


class Room(Versioned, Table, table=True):
    """A room of a department."""

    __tablename__ = "room"
    __table_args__ = (
        one_of("room", "kind", RoomKind),
        not_blank("name"),
        sa.UniqueConstraint("department_id", "name_key", name="uq_room_name_in_department"),
        sa.Index("ix_room_list", "name_key", "id"),
    )

    department_id: int = foreign_key("department.id")
    name: str = Field(sa_type=sa.Text)
    name_key: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    is_active: bool = flag_column(True)

    def derived(self) -> dict[str, Any]:
        """What lists sort and search by."""
        return {"name_key": fold(self.name)}


class Practitioner(Sourced, Versioned, Table, table=True):
    """A person who treats patients here or, when an organization is named, elsewhere."""

    __tablename__ = "practitioner"
    __table_args__ = (
        sourced_once("practitioner"),
        sa.UniqueConstraint("registration_number", name="uq_practitioner_registration_number"),
        sa.UniqueConstraint("user_id", name="uq_practitioner_user"),
        not_blank("family_name"),
        sa.CheckConstraint("btrim(registration_number) <> ''", name="registration_number_not_blank"),
        sa.Index("ix_practitioner_list", "name_key", "id"),
        sa.Index("ix_practitioner_department_id", "department_id"),
        sa.Index("ix_practitioner_organization_id", "organization_id"),
    )

    prefix: str = text_column()
    given_names: str = text_column()
    family_name: str = Field(sa_type=sa.Text)
    name_key: str = Field(sa_type=sa.Text)
    """Folded "family given": lists sort by it."""
    specialty: str = text_column()
    registration_number: str | None = Field(default=None, sa_type=sa.Text)
    organization_id: int | None = optional_key("organization.id")
    department_id: int | None = optional_key("department.id")
    user_id: int | None = optional_key("app_user.id")
    is_active: bool = flag_column(True)

    def derived(self) -> dict[str, Any]:
        """What lists sort and search by."""
        return {"name_key": fold(f"{self.family_name} {self.given_names}")}


class Payer(Sourced, Versioned, Table, table=True):
    """Whoever pays for patients: an insurance, a public scheme, an employer."""

    __tablename__ = "payer"
    __table_args__ = (
        sourced_once("payer"),
        one_of("payer", "kind", PayerKind),
        not_blank("name"),
        sa.Index(
            "uq_payer_name",
            "name_key",
            unique=True,
            postgresql_where=sa.text("source_key IS NULL"),
        ),
        sa.Index("ix_payer_list", "name_key", "id"),
    )

    name: str = Field(sa_type=sa.Text)
    name_key: str = Field(sa_type=sa.Text)
    kind: str = Field(
        default=PayerKind.OTHER.value,
        sa_type=sa.Text,
        sa_column_kwargs={"server_default": PayerKind.OTHER.value},
    )
    address_line: str = text_column()
    city: str = text_column()
    region: str = text_column()
    postal_code: str = text_column()
    phone: str = text_column()
    is_active: bool = flag_column(True)

    def derived(self) -> dict[str, Any]:
        """What lists sort and search by."""
        return {"name_key": fold(self.name)}


describe_house(
    House(
        locale=f"(SELECT zone_name, currency, language, country FROM hospital WHERE id = {HOSPITAL_ID})",
        practitioner_id="(SELECT p.id FROM practitioner p WHERE p.user_id = u.id)",
    )
)
