"""The axis of a calendar: a minute for each minute of the wall clock, on which all days of a view stand side by side.

Where the clocks are put back on one of the days, the axis has the hour that occurs twice two times; where they are put
forward, the missing hour is there. Each day says which minutes of the axis it does not have.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.rules.wall_clock import day_edges

DAY_MINUTES = 1440
_QUARTER = 15


@dataclass(frozen=True)
class Mark:
    """An hour on the axis: where it stands, and the minute of the day that its clock shows."""

    at: int
    clock: int


@dataclass(frozen=True)
class DayAxis:
    """The axis of some days in a zone; clocks are changed by whole quarters of an hour."""

    days: tuple[dt.date, ...]
    zone: ZoneInfo

    @property
    def length(self) -> int:
        """The minutes from the top of the axis to its end."""
        return DAY_MINUTES + sum(end - start for start, end in self._twice)

    def marks(self) -> list[Mark]:
        """Every full hour, and the one that occurs twice two times."""
        hours = [Mark(self._place(minute, is_second=False), minute) for minute in range(0, DAY_MINUTES, 60)]
        again = [Mark(self._place(start, is_second=True), start) for start, _ in self._twice]
        return sorted(hours + again, key=lambda mark: mark.at)

    def minute_of(self, instant: dt.datetime, day: dt.date) -> int:
        """Where an instant stands on the axis of a day: at its top or end when it lies before or after that day."""
        start, end = day_edges(day, self.zone)
        if instant >= end:
            return self.length
        local = max(instant, start).astimezone(self.zone)
        return self._place(_clock(local), is_second=bool(local.fold))

    def instant_at(self, minute: int, day: dt.date) -> dt.datetime | None:
        """The instant (UTC) at a place on the axis of a day; None where that day has no such time."""
        into_it = minute % _QUARTER
        quarter = self._quarters[day].get(minute - into_it)
        return None if quarter is None else quarter + dt.timedelta(minutes=into_it)

    def absent(self, day: dt.date) -> list[tuple[int, int]]:
        """The parts of the axis that a day does not have, from and to."""
        parts: list[tuple[int, int]] = []
        for place in range(0, self.length, _QUARTER):
            if place in self._quarters[day]:
                continue
            if parts and parts[-1][1] == place:
                parts[-1] = (parts[-1][0], place + _QUARTER)
            else:
                parts.append((place, place + _QUARTER))
        return parts

    def part(self, span: Span, day: dt.date) -> tuple[int, int] | None:
        """The part of the axis that a span takes on a day, if any."""
        start, end = day_edges(day, self.zone)
        inside = span.within(Span(start, end))
        return (self.minute_of(inside.start, day), self.minute_of(inside.end, day)) if inside else None

    @cached_property
    def _twice(self) -> list[tuple[int, int]]:
        """The minutes of the clock that one of the days has two times, from and to, in order."""
        return sorted({part for day in self.days for part in _put_back(day, self.zone)})

    @cached_property
    def _quarters(self) -> dict[dt.date, dict[int, dt.datetime]]:
        """The quarters of an hour of each day, by their place."""
        return {
            day: {self.minute_of(quarter, day): quarter for quarter in _quarters(day, self.zone)}
            for day in self.days
        }

    def _place(self, clock: int, *, is_second: bool) -> int:
        place = clock
        for start, end in self._twice:
            if clock >= end or (is_second and start <= clock):
                place += end - start
        return place


def _put_back(day: dt.date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """The minutes of the clock that a day has twice, because its clocks are put back."""
    for one, other in pairwise(_quarters(day, zone)):
        before, after = one.astimezone(zone), other.astimezone(zone)
        if after.fold and not before.fold:
            yield _clock(after), _clock(before) + _QUARTER


def _quarters(day: dt.date, zone: ZoneInfo) -> Iterator[dt.datetime]:
    quarter, end = day_edges(day, zone)
    while quarter < end:
        yield quarter
        quarter += dt.timedelta(minutes=_QUARTER)


def _clock(local: dt.datetime) -> int:
    return local.hour * 60 + local.minute
