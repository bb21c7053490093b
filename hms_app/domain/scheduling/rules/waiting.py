"""Who comes next, how long somebody has waited, and how long the others still will."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

from hms_app.domain.scheduling.values.words import QueueOrder

PLACES_BACK: Final = 3
"""Behind how many others somebody comes who was called and was not there."""
FEWEST_VISITS: Final = 5
"""Visits of a service from which their median length says more than the service's planned length."""
LATE_MINUTES: Final = 5
"""Minutes after the appointed time from which somebody who has not come is late."""
_AFTER: Final = dt.timedelta(microseconds=1)
_MINUTE: Final = dt.timedelta(minutes=1)


class Turn(NamedTuple):
    """What decides when somebody's turn is: the smaller one comes first."""

    is_later: bool
    """Not urgent, or absent when called: an urgent one who was not there waits like everybody."""
    sorted_at: dt.datetime
    place_id: int


def turn_of(*, is_urgent: bool, absences: int, sorted_at: dt.datetime, place_id: int) -> Turn:
    """Somebody's turn: the urgent first, then the queue's order, then who came into the queue first."""
    return Turn(not is_urgent or absences > 0, sorted_at, place_id)


def sorted_at(
    ordering: QueueOrder,
    *,
    arrived_at: dt.datetime,
    starts_at: dt.datetime | None,
    day_at: dt.datetime,
    number: int,
) -> dt.datetime:
    """The instant by which somebody stands in a queue's order.

    By time it is the appointed one, or the arrival of who came later than that or has none; by token it counts the
    numbers from the start of the day (`day_at`), a second each.
    """
    if ordering is QueueOrder.TOKEN:
        return day_at + dt.timedelta(seconds=number)
    if ordering is QueueOrder.TIME and starts_at is not None:
        return max(starts_at, arrived_at)
    return arrived_at


def behind_the_next(others: Sequence[dt.datetime], now: dt.datetime) -> dt.datetime:
    """Where somebody stands who was called and was not there: behind the third of the `others`, who are in order."""
    passed = others[:PLACES_BACK]
    return passed[-1] + _AFTER if passed else now


def waited_minutes(*, arrived_at: dt.datetime, starts_at: dt.datetime | None, now: dt.datetime) -> int:
    """Whole minutes that somebody has waited beyond what they came early: below zero until their time has come."""
    since = max(arrived_at, starts_at) if starts_at else arrived_at
    return (now - since) // _MINUTE


def is_late(starts_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether somebody who has not come should have been here by now."""
    return now >= starts_at + LATE_MINUTES * _MINUTE


def wait_tone(minutes: int, *, warning: int, danger: int) -> str:
    """How the waiting minutes are marked at a service's limits: "danger", "warning" or ""."""
    if minutes >= danger:
        return "danger"
    return "warning" if minutes >= warning else ""


def expected_minutes(lengths: Sequence[float], planned: int) -> float:
    """How long a visit takes: the median of the last ones when there are enough, else as planned."""
    return median(lengths) if len(lengths) >= FEWEST_VISITS else float(planned)


@dataclass(frozen=True)
class Ahead:
    """A queue as somebody in it sees it: what goes on now, and what comes before them, in minutes."""

    under_way: tuple[float, ...] = ()
    """What is left of each visit that goes on; one that takes longer than expected ends any moment: 0."""
    before: tuple[float, ...] = ()
    """How long the visits of those who come before will take."""
    servers: int = 1
    """How many see people of this queue at the same time."""


def estimated_minutes(ahead: Ahead) -> int:
    """Minutes until somebody is seen: all that goes on or comes before, over as many as work at once, rounded up.

    E = (sum of what is left + sum of what comes before) / servers. Those who are expected but not here are not in it.
    """
    total = sum(ahead.under_way) + sum(ahead.before)
    return -int(-total // max(1, ahead.servers))
