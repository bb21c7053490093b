"""Rows of the catalogue, and what the database refuses about them."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

import hms_app.domain.catalogue.errors  # noqa: F401  (what people read where a constraint refuses)
from hms_app.core.table import Table, flag_column, not_blank, one_of
from hms_app.core.text import fold
from hms_app.domain.catalogue.values import CatalogueCategory
from hms_app.domain.records.tables import Versioned


class CatalogueItem(Versioned, Table, table=True):
    """Something that can be booked, ordered or sold; closed, never deleted.

    `name_key` is the folded name (`core.text.fold`): lists sort and search by it.
    """

    __tablename__ = "catalogue_item"
    __table_args__ = (
        one_of("catalogue_item", "category", CatalogueCategory),
        not_blank("name"),
        sa.CheckConstraint("code ~ '^[A-Za-z0-9][A-Za-z0-9./+-]{0,31}$'", name="code_form"),
        sa.Index("uq_catalogue_item_code", sa.text("lower(code)"), unique=True),
        sa.Index("ix_catalogue_item_list", "name_key", "id"),
        sa.Index("ix_catalogue_item_category", "category", "name_key", "id"),
    )

    code: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    name_key: str = Field(sa_type=sa.Text)
    category: str = Field(sa_type=sa.Text)
    is_active: bool = flag_column(True)

    def derived(self) -> dict[str, Any]:
        """What lists sort and search by."""
        return {"name_key": fold(self.name)}
