"""The one pager: pages neither skip nor repeat, walk back, and take no place that another list made."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.core.keyset import Keyset
from hms_app.core.paging import AddressDamaged, Page, bookmark

SIZE: Final = 3
BY_NAME: Final = Keyset("names", (str, int))
Row = tuple[str, int]


def _page(rows: list[Row], at: str | None) -> Page[Row]:
    """A page of sorted rows, as a list's query reads it."""
    place = BY_NAME.place(at)
    found = sorted(rows, reverse=place.is_back)
    if place:
        found = [row for row in found if (row < place.values if place.is_back else row > place.values)]
    return BY_NAME.cut(found[: SIZE + 1], place, values_of=lambda row: row, size=SIZE)


@given(st.lists(st.text("ab", max_size=2), max_size=14))
def test_pages_show_each_row_once_and_lead_back_the_same_way(names: list[str]) -> None:
    rows = sorted((name, number) for number, name in enumerate(names))
    pages = [_page(rows, None)]
    while pages[-1].next_bookmark:
        pages.append(_page(rows, pages[-1].next_bookmark))
    assert [row for page in pages for row in page.rows] == rows
    assert pages[0].previous_bookmark is None
    for page, before in zip(pages[:0:-1], pages[-2::-1], strict=True):
        assert _page(rows, page.previous_bookmark).rows == before.rows


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, "Müller"),
        (int, 7),
        (dt.date, dt.date(2024, 2, 29)),
        (dt.datetime, dt.datetime(2024, 2, 29, 12, 0, 0, 1, dt.UTC)),
        (Decimal, Decimal("12.50")),
    ],
)
def test_a_place_holds_the_very_value_of_each_kind(kind: Any, value: Any) -> None:
    keyset = Keyset("kinds", (kind, int))
    place = keyset.place(keyset.mark((value, 1), backwards=True))
    assert (place.values, place.is_back) == ((value, 1), True)
    assert [type(one) for one in place.values] == [type(value), int]


def test_a_place_of_another_list_or_sort_is_refused() -> None:
    for made in (
        Keyset("rooms", (str, int)).mark(("a", 1)),
        Keyset("names", (int,)).mark((1,)),
        bookmark("names", "a"),
        bookmark("a", 1),
        "forged",
    ):
        with pytest.raises(AddressDamaged):
            BY_NAME.place(made)


def test_a_text_that_is_no_date_is_refused_in_a_date_s_place() -> None:
    with pytest.raises(AddressDamaged):
        Keyset("days", (dt.date, int)).place(bookmark("days", "tomorrow", 1))


def test_a_list_that_grows_has_no_way_back() -> None:
    growing = Keyset("timeline", (int,), grows=True)
    page = growing.cut([4, 5, 6, 7], growing.place(growing.mark((3,))), values_of=lambda row: (row,), size=3)
    assert (page.rows, page.previous_bookmark) == ([4, 5, 6], None)
    with pytest.raises(AddressDamaged):
        growing.place(growing.mark((3,), backwards=True))
