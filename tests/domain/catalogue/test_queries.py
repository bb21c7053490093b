"""The catalogue's list, and what other domains look up in it."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.domain.catalogue import queries, service
from hms_app.domain.catalogue.values import CatalogueCategory, ItemSort
from tests.factories.catalogue import make_item

SYSTEM = Actor.system("tests")


def _found(session: Session, text: str, **narrowed: object) -> list[str]:
    return [row.code for row in queries.find_items(session, SYSTEM, text=text, **narrowed)]  # type: ignore[arg-type]


@pytest.mark.parametrize("sort", list(ItemSort))
def test_pages_neither_skip_nor_repeat_and_are_sorted(session: Session, sort: ItemSort) -> None:
    for number in range(120):
        make_item(
            session, name=f"Name {number % 7}", code=f"{'P' if number % 2 else 'p'}{number * 37 % 120:03}"
        )
    seen, place = [], None
    while True:
        page = queries.list_items(session, SYSTEM, sort=sort, at=place)
        seen += page.rows
        place = page.next_bookmark
        if place is None:
            break
    assert len({row.id for row in seen}) == len(seen) == 120
    texts = [row.name if "name" in sort else row.code.lower() for row in seen]
    assert texts == sorted(texts, reverse=sort.startswith("-"))
    back = queries.list_items(session, SYSTEM, sort=sort, at=page.previous_bookmark)
    assert [row.id for row in back.rows] == [row.id for row in seen[50:100]]


def test_the_list_is_narrowed_by_category_and_leaves_out_what_is_closed(session: Session) -> None:
    scan = make_item(session, name="Chest X-ray", code="IMG-1", category="imaging")
    gone = make_item(session, name="Skull X-ray", code="IMG-2", category="imaging")
    make_item(session, name="X-ray apron", code="SUP-1", category="supply")
    service.close_item(session, SYSTEM, catalogue_item_id=gone.id, version=1)
    images = CatalogueCategory.IMAGING
    assert [row.id for row in queries.list_items(session, SYSTEM, category=images).rows] == [scan.id]
    with_closed = queries.list_items(session, SYSTEM, category=images, shows_closed=True)
    assert {row.id for row in with_closed.rows} == {scan.id, gone.id}


@pytest.mark.parametrize("text", ["röntgen thorax", "THORAX rontgen", "img-7", "rönt", "7.b"])
def test_an_item_is_found_by_name_and_code_without_accents_in_any_order(session: Session, text: str) -> None:
    item = make_item(session, name="Röntgen des Thorax", code="IMG-7.B", category="imaging")
    make_item(session, name="Ultraschall", code="IMG-8", category="imaging")
    assert [row.id for row in queries.list_items(session, SYSTEM, text=text).rows] == [item.id]
    assert _found(session, text) == ["IMG-7.B"]


def test_while_typing_the_item_of_this_code_comes_first_and_closed_ones_never(session: Session) -> None:
    make_item(session, name="A kit for CT", code="SUP-9", category="supply")
    make_item(session, name="Head scan", code="CT-2", category="imaging")
    make_item(session, name="Whole body scan", code="CT", category="imaging")
    closed = make_item(session, name="Old scan", code="CT-1", category="imaging")
    service.close_item(session, SYSTEM, catalogue_item_id=closed.id, version=1)
    assert _found(session, "ct") == ["CT", "CT-2", "SUP-9"]
    assert _found(session, "ct", categories=[CatalogueCategory.SUPPLY]) == ["SUP-9"]
    assert _found(session, "ct", limit=1) == ["CT"]


def test_an_item_is_got_by_its_code_however_it_is_capitalized(session: Session) -> None:
    item = make_item(session, code="Lab-Glu")
    assert queries.get_item_by_code(session, SYSTEM, code=" LAB-glu ").id == item.id
    with pytest.raises(NotFound):
        queries.get_item_by_code(session, SYSTEM, code="lab-gl_")


def test_the_check_finds_a_wrong_search_name(session: Session) -> None:
    make_item(session)
    assert all(check(session).ok for check in queries.CHECKS)
    session.connection().execute(sa.text("UPDATE catalogue_item SET name_key = 'wrong'"))
    session.expire_all()
    assert not queries.check_search_names(session).ok
