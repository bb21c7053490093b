"""Reads of the catalogue: its list, one item, and what other domains look up."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.keyset import Keyset, count_label, read_page
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.audit.values import Check
from hms_app.domain.catalogue.tables import CatalogueItem
from hms_app.domain.catalogue.values import ITEM_FORM, CatalogueCategory, CatalogueItemRow, ItemSort
from hms_app.domain.records.values import RowForm

WHAT: Final = "catalogue item"
"""What one is called in a sentence."""
MOST_FOUND: Final = 20
"""The most items that `find_items` gives."""
_LONGEST_TEXT: Final = 200
_CODE: Final[Any] = sa.func.lower(col(CatalogueItem.code))
_SORTED_BY: Final[Mapping[str, Any]] = {"name": col(CatalogueItem.name_key), "code": _CODE}


@use_case(Permission.CATALOGUE_ITEM_READ)
def list_items(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    category: CatalogueCategory | None = None,
    shows_closed: bool = False,
    sort: str = ItemSort.NAME,
    at: str | None = None,
) -> Page[CatalogueItemRow]:
    """Items by name or code; the text is looked for in both."""
    statement = _matching(text, () if category is None else (category,))
    if not shows_closed:
        statement = statement.where(col(CatalogueItem.is_active))
    by = [_SORTED_BY[sort.removeprefix("-")], col(CatalogueItem.id)]
    label = count_label(session, statement, CatalogueItem.id)
    keyset = Keyset(f"catalogue {sort}", (str, int))
    page = read_page(session, statement, keyset, by, at, is_down=sort.startswith("-"), label=label)
    return page.map(lambda found: item_row(*found))


@use_case(Permission.CATALOGUE_ITEM_READ)
def find_items(
    session: Session,
    actor: Actor,
    *,
    text: str,
    categories: Collection[CatalogueCategory] = (),
    limit: int = 8,
) -> list[CatalogueItemRow]:
    """The open items that fit what somebody types, the one of this code first; of any category when none is named."""
    typed = text.strip().lower()
    statement = (
        _matching(text, categories)
        .where(col(CatalogueItem.is_active))
        .order_by((typed == _CODE).desc(), _CODE.startswith(typed, autoescape=True).desc())
        .order_by(col(CatalogueItem.name_key), col(CatalogueItem.id))
        .limit(max(1, min(limit, MOST_FOUND)))
    )
    return [item_row(item) for item in session.execute(statement).scalars()]


@use_case(Permission.CATALOGUE_ITEM_READ)
def get_item(session: Session, actor: Actor, *, catalogue_item_id: int) -> CatalogueItemRow:
    """One item, closed or not; raises NotFound."""
    return read_item(session, catalogue_item_id)


@use_case(Permission.CATALOGUE_ITEM_READ)
def get_item_by_code(session: Session, actor: Actor, *, code: str) -> CatalogueItemRow:
    """The item of this code, however it is capitalized, closed or not; raises NotFound."""
    found = session.exec(select(CatalogueItem).where(code.strip().lower() == _CODE)).first()
    if found is None:
        raise NotFound(WHAT)
    return item_row(found)


def read_item(session: Session, item_id: int) -> CatalogueItemRow:
    """One item, for use cases that have asked who may; raises NotFound."""
    found = session.get(CatalogueItem, item_id)
    if found is None:
        raise NotFound(WHAT)
    return item_row(found)


def item_form(session: Session, _actor: Actor, item_id: int) -> RowForm:
    """One item as its form shows it."""
    row = read_item(session, item_id)
    return RowForm({name: str(getattr(row, name)) for name in ITEM_FORM})


def item_row(item: CatalogueItem) -> CatalogueItemRow:
    """An item as it leaves this domain."""
    return CatalogueItemRow(
        id=item.key,
        version=item.version,
        is_active=item.is_active,
        code=item.code,
        name=item.name,
        category=CatalogueCategory(item.category),
    )


def _matching(text: str, categories: Collection[CatalogueCategory]) -> sa.Select[CatalogueItem]:
    """The items that have every word of the text in their name or code."""
    statement = sa.select(CatalogueItem)
    if categories:
        statement = statement.where(col(CatalogueItem.category).in_([one.value for one in categories]))
    for word in fold(text[:_LONGEST_TEXT]).split():
        wanted = f"%{word}%"
        statement = statement.where(sa.or_(col(CatalogueItem.name_key).like(wanted), _CODE.like(wanted)))
    return statement


def check_search_names(session: Session) -> Check:
    """Every name by which the catalogue sorts and searches is the folded name it stands for."""
    checked, problems = 0, []
    for item in session.exec(select(CatalogueItem)):
        checked += 1
        if item.name_key != item.derived()["name_key"]:
            problems.append(f"The catalogue item {item.code} is listed under a name it does not have.")
    return Check("catalogue: search names", not problems, checked, problems[:100])


CHECKS: Final[list[Callable[[Session], Check]]] = [check_search_names]
"""What `hms.py verify` asks of the catalogue."""
