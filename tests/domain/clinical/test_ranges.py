"""Where a value lies to its range, and which range that is."""

import pytest

from hms_app.domain.clinical.rules import pair_mark, range_mark, range_of
from hms_app.domain.clinical.values import NO_RANGE, Range, RangeMark

HIGH, LOW, WITHIN = RangeMark.HIGH, RangeMark.LOW, RangeMark.WITHIN
USUAL, GIVEN = Range(60, 100), Range(None, 50)


@pytest.mark.parametrize(
    ("value", "within", "mark"),
    [
        (59.9, USUAL, LOW),
        (60, USUAL, WITHIN),
        (100, USUAL, WITHIN),
        (100.1, USUAL, HIGH),
        (-5, GIVEN, WITHIN),
        (51, GIVEN, HIGH),
        (1000, NO_RANGE, WITHIN),
    ],
)
def test_the_ends_belong_to_the_range_and_an_open_end_excludes_nothing(
    value: float, within: Range, mark: RangeMark
) -> None:
    assert range_mark(value, within) == mark


def test_a_given_range_wins_and_the_usual_one_is_for_adults_in_its_unit() -> None:
    def chosen(given: Range, *, is_adult: bool = True, unit: str = "/min") -> Range:
        return range_of(given, USUAL, is_adult=is_adult, unit=unit, usual_unit="/min")

    assert chosen(GIVEN) == chosen(GIVEN, is_adult=False, unit="Hz") == GIVEN
    assert chosen(NO_RANGE) == USUAL
    assert chosen(NO_RANGE, is_adult=False) == chosen(NO_RANGE, unit="Hz") == NO_RANGE


def test_a_pair_is_high_when_either_is() -> None:
    assert pair_mark(LOW, HIGH) == pair_mark(HIGH, WITHIN) == HIGH
    assert pair_mark(WITHIN, LOW) == LOW
    assert pair_mark(WITHIN, WITHIN) == WITHIN
