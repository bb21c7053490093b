"""What an exception takes of a day's time."""

import datetime as dt
from zoneinfo import ZoneInfo

from hms_app.domain.scheduling.rules.hours import Exceptional
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.rules.wall_clock import edge_of
from hms_app.domain.scheduling.values.words import ExceptionKind

_DAY = dt.timedelta(days=1)


def reach(item: Exceptional, zone: ZoneInfo) -> Span:
    """From the first instant that it is about to the last."""
    if item.kind == ExceptionKind.CLOSED:
        return item.closed(zone)
    return Span(edge_of(item.starts_on, dt.time(), zone), edge_of(item.ends_on + _DAY, dt.time(), zone))


def is_over(item: Exceptional, now: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether nothing of it is still ahead."""
    return reach(item, zone).end <= now


def hits(item: Exceptional, visit: Span, zone: ZoneInfo) -> bool:
    """Whether a visit that is booked falls into time that is taken away.

    Hours that stand instead of the day's take whatever begins on their days and does not lie in them.
    """
    if item.kind == ExceptionKind.CLOSED:
        return item.closed(zone).overlaps(visit)
    if item.kind == ExceptionKind.EXTRA:
        return False
    day = visit.start.astimezone(zone).date()
    if not item.is_on(day):
        return False
    hours = item.hours()
    given = hours.on(day, zone) if hours else None
    return given is None or not given.holds(visit)
