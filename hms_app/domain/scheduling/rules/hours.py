"""Weekly hours and exceptions, day by day, as the openings in which a resource can be booked."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from zoneinfo import ZoneInfo

from hms_app.domain.scheduling.rules.spans import Span, without
from hms_app.domain.scheduling.rules.wall_clock import edge_of
from hms_app.domain.scheduling.values.words import ExceptionCause, ExceptionKind

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """From one time of day to another, on the next day where it is overnight; nothing when it ends before it begins."""

    start: dt.time
    end: dt.time
    is_overnight: bool = False

    def on(self, day: dt.date, zone: ZoneInfo) -> Span | None:
        """The span of these hours on a day, if there is any."""
        last = day + _DAY if self.is_overnight else day
        span = Span(edge_of(day, self.start, zone), edge_of(last, self.end, zone))
        return span if span.start < span.end else None


@dataclass(frozen=True)
class WeeklyPlan:
    """A schedule's weekly hours: `hours` by weekday (1 is Monday), in a place, in steps, for services or for all.

    `capacity` is the count of numbers of each window, 0 where it gives out times.
    """

    schedule_id: int
    valid_from: dt.date
    valid_to: dt.date | None
    step: dt.timedelta
    hours: tuple[tuple[int, Hours], ...]
    room_id: int | None = None
    department_id: int | None = None
    services: frozenset[int] = frozenset()
    capacity: int = 0

    def is_valid_on(self, day: dt.date) -> bool:
        """Whether the schedule holds on a day; its last day counts."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Exceptional:
    """Days on which the usual hours do not hold; see `AvailabilityException`.

    One that takes time away and names a department takes only hours in that department.
    """

    kind: ExceptionKind
    starts_on: dt.date
    ends_on: dt.date
    start: dt.time | None = None
    end: dt.time | None = None
    is_overnight: bool = False
    cause: ExceptionCause = ExceptionCause.OTHER
    step: dt.timedelta = dt.timedelta(minutes=15)
    room_id: int | None = None
    department_id: int | None = None

    def is_on(self, day: dt.date) -> bool:
        """Whether a day is one of these."""
        return self.starts_on <= day <= self.ends_on

    def closed(self, zone: ZoneInfo) -> Span:
        """The whole time it takes away, from its start on the first day to its end on the last."""
        start = edge_of(self.starts_on, self.start or dt.time(), zone)
        if self.end is None:
            return Span(start, edge_of(self.ends_on + _DAY, dt.time(), zone))
        last = self.ends_on + _DAY if self.is_overnight else self.ends_on
        return Span(start, edge_of(last, self.end, zone))

    def hours(self) -> Hours | None:
        """The hours it gives on each of its days, if any."""
        if self.start is None or self.end is None:
            return None
        return Hours(self.start, self.end, self.is_overnight)


@dataclass(frozen=True)
class Opening:
    """Time in which a resource can be booked. The grid of its slots counts from `grid_from` in steps."""

    span: Span
    grid_from: dt.datetime
    step: dt.timedelta
    room_id: int | None = None
    department_id: int | None = None
    services: frozenset[int] = frozenset()
    schedule_id: int | None = None
    capacity: int = 0

    def offers(self, service_id: int) -> bool:
        """Whether a service can be booked in it."""
        return not self.services or service_id in self.services


@dataclass(frozen=True)
class Plan:
    """All that says when one resource can be booked: its schedules, its exceptions and those of its house."""

    schedules: tuple[WeeklyPlan, ...] = ()
    exceptions: tuple[Exceptional, ...] = ()

    def closed(self, zone: ZoneInfo) -> list[Span]:
        """All that is taken away wherever the hours are, public holidays too."""
        return [
            item.closed(zone)
            for item in self.exceptions
            if item.kind == ExceptionKind.CLOSED and item.department_id is None
        ]

    def away(self, zone: ZoneInfo) -> list[Span]:
        """Leave and closures, which preparation and clean-up may not lie in either; public holidays are none."""
        return [
            item.closed(zone)
            for item in self.exceptions
            if item.kind == ExceptionKind.CLOSED
            and item.department_id is None
            and item.cause != ExceptionCause.PUBLIC_HOLIDAY
        ]


def openings(plan: Plan, zone: ZoneInfo, asked: Span) -> list[Opening]:
    """When a resource can be booked within the span that is asked for, in order.

    Hours that are given for one day (`extra`, `instead`) hold on a public holiday too; a leave or closure takes them.
    """
    first = asked.start.astimezone(zone).date() - _DAY
    last = asked.end.astimezone(zone).date()
    closed = [(item, item.closed(zone)) for item in plan.exceptions if item.kind == ExceptionKind.CLOSED]
    found = [
        part
        for day in _days(first, last)
        for opening, is_given in _of_day(plan, day, zone)
        for part in _left(opening, _taken(closed, opening, is_given) if closed else ())
    ]
    return sorted(_clipped(found, asked), key=lambda opening: (opening.span, opening.room_id or 0))


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return (first + dt.timedelta(days=number) for number in range((last - first).days + 1))


def _of_day(plan: Plan, day: dt.date, zone: ZoneInfo) -> Iterator[tuple[Opening, bool]]:
    """The openings that begin on a day, and whether they were given for that day."""
    todays = [item for item in plan.exceptions if item.kind != ExceptionKind.CLOSED and item.is_on(day)]
    for opening in _given(todays, day, zone):
        yield opening, True
    if not any(item.kind == ExceptionKind.INSTEAD for item in todays):
        for opening in _weekly(plan.schedules, day, zone):
            yield opening, False


def _left(opening: Opening, taken: Sequence[Span]) -> Iterable[Opening]:
    """What is left of an opening; mostly the whole, which is then not made anew."""
    if not taken:
        return (opening,)
    return (replace(opening, span=part) for part in without(opening.span, taken))


def _taken(closed: Sequence[tuple[Exceptional, Span]], opening: Opening, is_given: bool) -> list[Span]:
    """What is taken away of an opening; one that was given for its day stands on a public holiday too."""
    return [
        span
        for item, span in closed
        if item.department_id in (None, opening.department_id)
        and not (is_given and item.cause == ExceptionCause.PUBLIC_HOLIDAY)
    ]


def _given(items: Sequence[Exceptional], day: dt.date, zone: ZoneInfo) -> Iterator[Opening]:
    found = [
        Opening(span, span.start, item.step, item.room_id, item.department_id)
        for item in items
        if (hours := item.hours()) and (span := hours.on(day, zone))
    ]
    return _merged(found)


def _weekly(schedules: Sequence[WeeklyPlan], day: dt.date, zone: ZoneInfo) -> Iterator[Opening]:
    for plan in schedules:
        if not plan.is_valid_on(day):
            continue
        spans = [hours.on(day, zone) for weekday, hours in plan.hours if weekday == day.isoweekday()]
        found = [
            Opening(
                span,
                span.start,
                plan.step,
                plan.room_id,
                plan.department_id,
                plan.services,
                plan.schedule_id,
                plan.capacity,
            )
            for span in spans
            if span
        ]
        yield from found if plan.capacity else _merged(found)


def _merged(found: Sequence[Opening]) -> Iterator[Opening]:
    """Windows of one day that touch or overlap, of one schedule and place, are one: the earlier start is kept."""
    if len(found) < 2:
        yield from found
        return

    def place(opening: Opening) -> tuple[int, int]:
        return opening.schedule_id or 0, opening.room_id or 0

    for _, group in groupby(sorted(found, key=lambda opening: (place(opening), opening.span)), place):
        last: Opening | None = None
        for opening in group:
            if last and opening.span.start <= last.span.end:
                last = replace(last, span=Span(last.span.start, max(last.span.end, opening.span.end)))
                continue
            if last:
                yield last
            last = opening
        if last:
            yield last


def _clipped(found: Iterable[Opening], asked: Span) -> Iterator[Opening]:
    for opening in found:
        if asked.holds(opening.span):
            yield opening
        elif part := opening.span.within(asked):
            yield replace(opening, span=part)
