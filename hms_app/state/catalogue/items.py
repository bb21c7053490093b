"""The catalogue: a page of its items, and the form in the drawer."""

from typing import ClassVar, Final

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.catalogue import queries, service
from hms_app.domain.catalogue.values import (
    CATEGORY_LABELS,
    ITEM_FORM,
    CatalogueCategory,
    CatalogueItemInput,
    CatalogueItemRow,
    ItemSort,
)
from hms_app.domain.organization.values import Choice
from hms_app.state.lists.entries import Entries, EntriesScreen, EntryItem, entry_item
from hms_app.state.lists.kinds import CLOSED_TOO, Filter, ListKind, one_of


class CatalogueItem(EntryItem):
    """An item in its list and its form."""

    code: str
    category: str
    category_label: str


def catalogue_item(row: CatalogueItemRow) -> CatalogueItem:
    """An item as texts."""
    return {
        **entry_item(row),
        "code": row.code,
        "category": row.category.value,
        "category_label": CATEGORY_LABELS[row.category],
    }


def item_choice(row: CatalogueItemRow) -> Choice:
    """An item to choose in a combobox."""
    return {
        "value": str(row.id),
        "label": row.name,
        "detail": f"{row.code} · {CATEGORY_LABELS[row.category]}",
    }


CATALOGUE: Final = ListKind(
    name="catalogue",
    noun="catalogue item",
    read=Permission.CATALOGUE_ITEM_READ,
    export=Permission.CATALOGUE_ITEM_READ,
    find=queries.list_items,
    present=lambda row, _actor: catalogue_item(row),
    columns={"code": "Code", "name": "Name", "category_label": "Category", "status": "Status"},
    filters=(Filter("category", "category", one_of(CatalogueCategory)), CLOSED_TOO),
    sorts=tuple(sort.value for sort in ItemSort),
    rights={"may_edit": Permission.CATALOGUE_ITEM_EDIT},
)


class CatalogueState(EntriesScreen, rx.State):
    """What the catalogue's screen knows."""

    rows: list[CatalogueItem] = []
    listed: ClassVar = CATALOGUE
    entries: ClassVar = Entries(
        kind="catalogue_item",
        edit=Permission.CATALOGUE_ITEM_EDIT,
        get=queries.get_item,
        shown=catalogue_item,
        request=CatalogueItemInput,
        form=ITEM_FORM,
        add=service.add_item,
        change=service.change_item,
        close=service.close_item,
        reopen=service.reopen_item,
    )
