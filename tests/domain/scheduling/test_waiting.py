"""Who comes next, and how long everybody waits."""

import datetime as dt

import pytest

from hms_app.domain.scheduling.rules.waiting import (
    Ahead,
    behind_the_next,
    estimated_minutes,
    expected_minutes,
    sorted_at,
    turn_of,
    wait_tone,
    waited_minutes,
)
from hms_app.domain.scheduling.values.words import QueueOrder

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def after(minutes: int) -> dt.datetime:
    return NINE + dt.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("ordering", "starts", "arrived", "expected"),
    [
        (QueueOrder.TIME, 20, 0, after(20)),
        (QueueOrder.TIME, 20, 35, after(35)),
        (QueueOrder.TIME, None, 10, after(10)),
        (QueueOrder.ARRIVAL, 20, 0, NINE),
        (QueueOrder.TOKEN, 20, 0, MIDNIGHT + dt.timedelta(seconds=7)),
    ],
)
def test_where_somebody_stands_follows_the_order_of_the_queue(
    ordering: QueueOrder, starts: int | None, arrived: int, expected: dt.datetime
) -> None:
    found = sorted_at(
        ordering,
        arrived_at=after(arrived),
        starts_at=None if starts is None else after(starts),
        day_at=MIDNIGHT,
        number=7,
    )
    assert found == expected


def test_the_urgent_come_first_until_they_were_called_and_not_there() -> None:
    waits = turn_of(is_urgent=False, absences=0, sorted_at=NINE, place_id=1)
    urgent = turn_of(is_urgent=True, absences=0, sorted_at=after(50), place_id=2)
    absent = turn_of(is_urgent=True, absences=1, sorted_at=after(50), place_id=2)
    assert sorted([absent, waits, urgent]) == [urgent, waits, absent]


def test_who_was_not_there_comes_behind_the_third_of_the_others() -> None:
    others = [after(minutes) for minutes in (0, 5, 10, 15)]
    assert others[2] < behind_the_next(others, NINE) < others[3]
    assert behind_the_next(others[:1], NINE) > others[0]
    assert behind_the_next([], NINE) == NINE


@pytest.mark.parametrize(
    ("arrived", "starts", "expected"), [(0, None, 30), (0, 20, 10), (0, 45, -15), (25, 10, 5)]
)
def test_waiting_counts_from_the_appointed_time_or_from_who_came_later(
    arrived: int, starts: int | None, expected: int
) -> None:
    starts_at = None if starts is None else after(starts)
    assert waited_minutes(arrived_at=after(arrived), starts_at=starts_at, now=after(30)) == expected


@pytest.mark.parametrize(
    ("minutes", "tone"), [(-5, ""), (19, ""), (20, "warning"), (39, "warning"), (40, "danger")]
)
def test_minutes_turn_at_the_limits_of_the_service(minutes: int, tone: str) -> None:
    assert wait_tone(minutes, warning=20, danger=40) == tone


def test_a_visit_takes_as_long_as_the_last_ones_once_there_are_enough() -> None:
    assert expected_minutes([5, 5, 50, 50], planned=20) == 20
    assert expected_minutes([5, 10, 12, 50, 60], planned=20) == 12


@pytest.mark.parametrize(
    ("ahead", "minutes"),
    [
        (Ahead(), 0),
        (Ahead(before=(20, 20)), 40),
        (Ahead(under_way=(5,), before=(20, 20)), 45),
        (Ahead(under_way=(5, 10), before=(20, 20), servers=2), 28),
        (Ahead(before=(20,), servers=0), 20),
    ],
)
def test_the_estimate_is_what_goes_on_and_comes_before_over_those_who_work(
    ahead: Ahead, minutes: int
) -> None:
    assert estimated_minutes(ahead) == minutes
