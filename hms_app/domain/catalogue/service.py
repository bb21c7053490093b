"""Writes of the catalogue: what is added, changed, closed and offered again."""

from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.catalogue import queries
from hms_app.domain.catalogue.tables import CatalogueItem
from hms_app.domain.catalogue.values import CatalogueAction as Did
from hms_app.domain.catalogue.values import CatalogueItemInput, CatalogueItemRow
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind

_ITEMS: Final = RowKind(CatalogueItem, queries.WHAT, queries.item_form)


@use_case(Permission.CATALOGUE_ITEM_EDIT)
def add_item(session: Session, actor: Actor, *, request: CatalogueItemInput) -> CatalogueItemRow:
    """Add an item; its code is refused when another has it."""
    item = CatalogueItem(**request.model_dump(mode="json"), name_key="")
    records.add_row(session, actor, item, Did.ITEM_ADDED)
    return queries.item_row(item)


@use_case(Permission.CATALOGUE_ITEM_EDIT)
def change_item(
    session: Session, actor: Actor, *, catalogue_item_id: int, version: int, request: CatalogueItemInput
) -> CatalogueItemRow:
    """Change an item's code, name or category; raises Conflict."""
    item = records.locked_row(session, actor, _ITEMS, catalogue_item_id, version=version)
    records.save_row(session, actor, item, Did.ITEM_CHANGED, **request.model_dump(mode="json"))
    return queries.item_row(item)


@use_case(Permission.CATALOGUE_ITEM_EDIT)
def close_item(session: Session, actor: Actor, *, catalogue_item_id: int, version: int) -> None:
    """Offer an item no longer; what names it already goes on doing so."""
    item = records.locked_row(session, actor, _ITEMS, catalogue_item_id, version=version)
    records.save_row(session, actor, item, Did.ITEM_CLOSED, is_active=False)


@use_case(Permission.CATALOGUE_ITEM_EDIT)
def reopen_item(session: Session, actor: Actor, *, catalogue_item_id: int, version: int) -> None:
    """Offer an item again."""
    item = records.locked_row(session, actor, _ITEMS, catalogue_item_id, version=version)
    records.save_row(session, actor, item, Did.ITEM_REOPENED, is_active=True)
