"""Where times stand in a calendar, also on days on which the clocks change."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.domain.scheduling.rules.day_axis import DAY_MINUTES, DayAxis
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.rules.wall_clock import day_edges

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HAVANA = ZoneInfo("America/Havana")
SPRING, AUTUMN, PLAIN = dt.date(2026, 3, 8), dt.date(2025, 11, 2), dt.date(2025, 11, 3)
MINUTE = dt.timedelta(minutes=1)


def test_a_plain_day_has_a_minute_for_each_minute_of_the_clock() -> None:
    axis = DayAxis((PLAIN,), NEW_YORK)
    assert (axis.length, axis.absent(PLAIN)) == (DAY_MINUTES, [])
    assert [mark.at for mark in axis.marks()] == [hour * 60 for hour in range(24)]
    assert axis.minute_of(dt.datetime(2025, 11, 3, 15, 30, tzinfo=dt.UTC), PLAIN) == 10 * 60 + 30


def test_the_hour_that_is_skipped_in_spring_is_shown_as_one_that_the_day_does_not_have() -> None:
    axis = DayAxis((SPRING,), NEW_YORK)
    assert (axis.length, axis.absent(SPRING)) == (DAY_MINUTES, [(120, 180)])
    assert axis.instant_at(150, SPRING) is None
    assert axis.instant_at(180, SPRING) == dt.datetime(2026, 3, 8, 7, 0, tzinfo=dt.UTC)


def test_the_hour_that_occurs_twice_in_autumn_stands_two_times_on_the_axis() -> None:
    axis = DayAxis((AUTUMN, PLAIN), NEW_YORK)
    assert axis.length == DAY_MINUTES + 60
    assert [mark.clock for mark in axis.marks()][:4] == [0, 60, 60, 120]
    first, second = (dt.datetime(2025, 11, 2, hour, 30, tzinfo=dt.UTC) for hour in (5, 6))
    assert [axis.minute_of(at, AUTUMN) for at in (first, second)] == [90, 150]
    assert [axis.instant_at(minute, AUTUMN) for minute in (90, 150)] == [first, second]
    assert axis.absent(AUTUMN) == []
    assert axis.absent(PLAIN) == [(120, 180)]
    assert axis.instant_at(600, PLAIN) == dt.datetime(2025, 11, 3, 14, 0, tzinfo=dt.UTC)


def test_a_visit_through_the_change_is_as_long_as_it_really_is() -> None:
    axis = DayAxis((AUTUMN,), NEW_YORK)
    visit = Span(
        dt.datetime(2025, 11, 2, 5, 30, tzinfo=dt.UTC), dt.datetime(2025, 11, 2, 7, 30, tzinfo=dt.UTC)
    )
    assert axis.part(visit, AUTUMN) == (90, 210)
    assert axis.part(visit, PLAIN) is None


@pytest.mark.parametrize(
    "zone", [NEW_YORK, LORD_HOWE, HAVANA, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")]
)
@given(
    day=st.sampled_from(
        [
            SPRING,
            AUTUMN,
            PLAIN,
            dt.date(2026, 4, 5),
            dt.date(2026, 10, 4),
            dt.date(2026, 3, 29),
            dt.date(2026, 10, 25),
        ]
    ),
    others=st.lists(st.sampled_from([SPRING, AUTUMN, PLAIN, dt.date(2026, 4, 5)]), max_size=2),
    passed=st.integers(0, 1559),
)
def test_each_minute_of_a_day_has_its_own_place_and_is_found_there_again(
    zone: ZoneInfo, day: dt.date, others: list[dt.date], passed: int
) -> None:
    axis = DayAxis((day, *others), zone)
    start, end = day_edges(day, zone)
    instant = start + passed * MINUTE
    if instant >= end:
        assert axis.minute_of(instant, day) == axis.length
        return
    place = axis.minute_of(instant, day)
    assert axis.instant_at(place, day) == instant
    assert not any(first <= place < last for first, last in axis.absent(day))


@given(minute=st.integers(0, DAY_MINUTES + 59))
def test_a_place_is_a_time_of_the_day_or_absent(minute: int) -> None:
    axis = DayAxis((SPRING, AUTUMN, PLAIN), NEW_YORK)
    for day in axis.days:
        is_absent = any(first <= minute < last for first, last in axis.absent(day))
        assert (axis.instant_at(minute, day) is None) == is_absent
