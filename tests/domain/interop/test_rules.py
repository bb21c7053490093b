"""What values of an export mean, and why some cannot be taken over."""

import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.domain.interop.rules.fields import Fields, Rejected, ensure_order, without_digits
from hms_app.domain.interop.rules.keys import SeenKeys, content_digest, digest


def _field(value: str) -> Fields:
    return Fields({"X": value})


def test_names_are_shown_without_the_digits_of_the_generator() -> None:
    assert without_digits("Maynard46 Mosciski958") == "Maynard Mosciski"
    assert _field("José Eduardo181").name("X") == "José Eduardo"


@pytest.mark.parametrize(
    "value", ["2014-13-06", "06/10/2014", "20141006", "2014-10", "0099-01-01", "tomorrow"]
)
def test_a_wrong_date_is_named_with_its_value(value: str) -> None:
    with pytest.raises(Rejected, match=f"X is not a date: {value}"):
        _field(value).day("X")


def test_a_date_is_accepted_with_or_without_a_time() -> None:
    assert _field("2014-10-06").day("X") == "2014-10-06"
    assert _field("2014-10-06T23:00:00-05:00").day("X") == "2014-10-07"
    assert _field("").day("X") is None


def test_an_instant_is_kept_in_utc() -> None:
    assert _field("2023-01-27T16:17:47Z").instant("X") == "2023-01-27T16:17:47+00:00"
    assert _field("2023-01-27 16:17:47").instant("X") == "2023-01-27T16:17:47+00:00"
    assert _field("2023-01-27").instant("X") == "2023-01-27T00:00:00+00:00"
    assert _field("1987").instant("X") == "1987-01-01T00:00:00+00:00"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1_000", "1,5", "abc", "1e300"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(Rejected, match="X is not a number"):
        _field(value).number("X")


def test_amounts_are_rounded_to_the_cent_and_never_negative() -> None:
    assert _field("49112.87500000001").amount("X") == "49112.88"
    with pytest.raises(Rejected):
        _field("-1").amount("X")


@pytest.mark.parametrize("value", ["-1", "1.5", "99999999999"])
def test_a_quantity_is_a_whole_number(value: str) -> None:
    with pytest.raises(Rejected, match="X is not a whole number"):
        _field(value).whole("X")


def test_nothing_stops_before_it_starts() -> None:
    ensure_order("2020-01-01", "2020-01-01")
    ensure_order("2020-01-01", None)
    with pytest.raises(Rejected, match="STOP is before START"):
        ensure_order("2020-01-02", "2020-01-01")


READERS: list[Callable[[Fields], object]] = [
    lambda fields: fields.day("X"),
    lambda fields: fields.instant("X"),
    lambda fields: fields.number("X"),
    lambda fields: fields.amount("X"),
    lambda fields: fields.whole("X"),
    lambda fields: fields.text("X"),
    lambda fields: fields.name("X"),
]


@given(st.text(max_size=30), st.sampled_from(READERS))
def test_any_text_is_read_or_refused_with_a_reason(value: str, read: Callable[[Fields], object]) -> None:
    try:
        read(_field(value.strip()))
    except Rejected as reason:
        assert str(reason).startswith("X ")


@given(st.lists(st.integers(0, 40)))
def test_repeats_of_a_key_are_counted_in_order(numbers: list[int]) -> None:
    seen, met = SeenKeys(), dict[int, int]()
    for number in numbers:
        assert seen.times_seen(f"key {number}") == met.get(number, 0)
        met[number] = met.get(number, 0) + 1


def test_the_keys_of_many_rows_take_little_memory() -> None:
    tracemalloc.start()
    seen = SeenKeys()
    for number in range(100_000):
        assert seen.times_seen(str(number)) == 0
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 5_000_000


def test_a_digest_tells_where_one_value_ends() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert content_digest({"a": "1", "b": None}) != content_digest({"a": None, "b": "1"})
