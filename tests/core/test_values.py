"""Text, money, ages and bookmarks."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.core.keys import LARGEST_KEY, key_of
from hms_app.core.locale import HospitalLocale, age_in_words
from hms_app.core.money import CurrenciesDiffer, Money, known_currencies
from hms_app.core.paging import AddressDamaged, bookmark, capped_label, read_bookmark, with_noun
from hms_app.core.text import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Müller-Lüdenscheidt", "muller ludenscheidt"),
        ("O'Brien", "obrien"),
        ("  Ångström ", "angstrom"),
        ("ÆØ", "aeo"),
    ],
)
def test_names_are_folded_as_people_type_them(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("born", "at", "words"),
    [
        (dt.date(2026, 11, 20), dt.date(2026, 11, 23), "3 days"),
        (dt.date(2026, 11, 22), dt.date(2026, 11, 23), "1 day"),
        (dt.date(2026, 4, 1), dt.date(2026, 11, 23), "7 months"),
        (dt.date(1984, 11, 24), dt.date(2026, 11, 23), "41 years"),
        (dt.date(1984, 11, 23), dt.date(2026, 11, 23), "42 years"),
        (dt.date(2027, 1, 1), dt.date(2026, 11, 23), ""),
    ],
)
def test_ages_are_said_as_people_say_them(born: dt.date, at: dt.date, words: str) -> None:
    assert age_in_words(born, at) == words


def test_times_are_shown_in_the_hospitals_zone() -> None:
    berlin = HospitalLocale("Europe/Berlin", "EUR", "en")
    assert berlin.moment(dt.datetime(2026, 11, 23, 13, 5, tzinfo=dt.UTC)) == "23 Nov 2026, 14:05"


def test_days_end_at_the_hospitals_midnight_also_when_the_clocks_change() -> None:
    berlin = HospitalLocale("Europe/Berlin")
    day = dt.date(2026, 3, 29)
    begins, ends = berlin.day_bounds(day, day)
    assert begins is not None
    assert ends is not None
    assert (begins.astimezone(dt.UTC).isoformat(), ends.astimezone(dt.UTC).isoformat()) == (
        "2026-03-28T23:00:00+00:00",
        "2026-03-29T22:00:00+00:00",
    )
    assert berlin.day_bounds(None) == (None, None)
    assert berlin.day_bounds(dt.date.max, dt.date.max)[1] is None


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_rounding_moves_an_amount_by_at_most_half_a_minor_unit(amount: Decimal) -> None:
    assert abs(Money(amount, "EUR").rounded().amount - amount) <= Decimal("0.005")
    assert abs(Money(amount, "JPY").rounded().amount - amount) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("currency", "shown"),
    [
        ("EUR", "1,234.57 EUR"),
        ("JPY", "1,235 JPY"),
        ("KWD", "1,234.568 KWD"),
        ("RSD", "1,234.57 RSD"),  # Dinars have paras by ISO 4217, whatever shops round to.
        ("DEM", "1,234.57 DEM"),
    ],
)
def test_an_amount_is_shown_in_its_minor_unit(currency: str, shown: str) -> None:
    assert HospitalLocale().money(Money(Decimal("1234.5675"), currency)) == shown


def test_money_never_mixes_with_another() -> None:
    euros = Money(Decimal("0.10"), "EUR")
    assert Money.total([euros] * 3, "EUR") == Money(Decimal("0.30"), "EUR")
    assert euros * 3 - euros == Money(Decimal("0.20"), "EUR")
    for mix in (euros.__add__, euros.__sub__, euros.__lt__, euros.__le__):
        with pytest.raises(CurrenciesDiffer):
            mix(Money.nothing("USD"))
    with pytest.raises(ValueError, match="finite"):
        Money(Decimal("NaN"), "EUR")
    assert {"EUR", "IQD"} <= known_currencies()
    assert not {"XAU", "XTS", "DEM"} & known_currencies()


STORED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
KEYS = st.integers(min_value=-LARGEST_KEY, max_value=LARGEST_KEY)


@given(st.lists(st.one_of(KEYS, STORED), max_size=4), st.booleans())
def test_a_bookmark_reads_back_what_was_marked(values: list[str | int], backwards: bool) -> None:
    kinds = [type(value) for value in values]
    assert read_bookmark(bookmark(*values, backwards=backwards), *kinds) == (backwards, values)


@pytest.mark.parametrize("forged", ["", "%%%", "\0", "é", "bm90IGpzb24", "W2ZhbHNlLCJvbmUiLDJd", "A" * 5000])
def test_a_forged_bookmark_is_refused_with_a_sentence(forged: str) -> None:
    with pytest.raises(AddressDamaged, match="address is damaged"):
        read_bookmark(forged, str, int)


@pytest.mark.parametrize(
    "values", [("one",), ("one", "two"), (1, 2), ("one", True), ("one", 2, 3), ("one", 1.5)]
)
def test_a_bookmark_of_another_kind_of_list_is_refused(values: tuple[Any, ...]) -> None:
    with pytest.raises(AddressDamaged):
        read_bookmark(bookmark(*values), str, int)


def test_a_bookmark_that_was_cut_off_or_changed_is_refused() -> None:
    whole = bookmark("Berg", 17)
    assert "Berg" not in whole
    for damaged in (whole[:-3], whole[3:], ("A" if whole[20] != "A" else "B").join((whole[:20], whole[21:]))):
        with pytest.raises(AddressDamaged):
            read_bookmark(damaged, str, int)


def test_counts_are_capped() -> None:
    assert [capped_label(n) for n in (0, 1000, 1001)] == ["0", "1,000", "1,000+"]


def test_a_count_says_what_is_counted() -> None:
    assert [with_noun(label, "room") for label in ("0", "1", "1,000+", "")] == [
        "0 rooms",
        "1 room",
        "1,000+ rooms",
        "",
    ]
    assert with_noun("2", "entry", "entries") == "2 entries"


@pytest.mark.parametrize("text", ["1", "17", str(LARGEST_KEY)])
def test_a_key_is_read_as_it_was_written(text: str) -> None:
    assert key_of(text) == int(text)


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1", "1.0", "1e3", " 1", "٣", "²", "x", str(LARGEST_KEY + 1), "9" * 5000, None, True, [1]],
)
def test_what_no_record_can_have_is_no_key(text: object) -> None:
    assert key_of(text) is None
