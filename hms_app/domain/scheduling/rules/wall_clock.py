"""Wall-clock times as instants, also on the days on which the clocks change.

In spring some times do not exist, in autumn some occur twice: then the first is meant (`docs/domain/scheduling.md`).
"""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

_SECOND = dt.timedelta(seconds=1)
_DAY = dt.timedelta(days=1)


@lru_cache(maxsize=16_384)
def instant_of(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime | None:
    """The instant (UTC) at which the clocks show `time` on `day`, the first of two; None when they never do."""
    wanted = dt.datetime.combine(day, time)
    found = wanted.replace(tzinfo=zone).astimezone(dt.UTC)
    return found if found.astimezone(zone).replace(tzinfo=None) == wanted else None


@lru_cache(maxsize=16_384)
def edge_of(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The instant (UTC) at which weekly hours begin or end: where `time` does not exist, the first that does."""
    return instant_of(day, time, zone) or _end_of_gap(dt.datetime.combine(day, time), zone)


def day_edges(day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The instants at which a calendar day begins and ends; 23 or 25 hours apart when the clocks change."""
    return edge_of(day, dt.time(), zone), edge_of(day + _DAY, dt.time(), zone)


def _end_of_gap(missing: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant at which the clocks were put forward over a time that is missing, to the second."""
    before = missing.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)
    after = missing.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    there = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == there:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
