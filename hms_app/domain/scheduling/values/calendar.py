"""What a calendar asks for and shows."""

import datetime as dt
from dataclasses import dataclass

from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import ExceptionCause, ResourceKind

MOST_COLUMNS = 12
"""More columns than this nobody reads at once; who is left out is counted."""
WEEK_DAYS = 7


@dataclass(frozen=True)
class CalendarWish:
    """Which days, with a column for whom: `thing_id` is one practitioner or room; empty fields narrow nothing.

    A week is of one practitioner or room: without one of the reader's own, or of the first.
    """

    day: dt.date
    is_week: bool = False
    by: ResourceKind = ResourceKind.PRACTITIONER
    thing_id: int | None = None
    department_id: int | None = None
    service_id: int | None = None


@dataclass(frozen=True)
class Closing:
    """Time that leave, a closure or a holiday takes."""

    span: Span
    cause: ExceptionCause


@dataclass(frozen=True)
class CalendarColumn:
    """One practitioner or room on one day: when it is open, closed, and booked; `plain_name` has no title."""

    thing_id: int
    name: str
    plain_name: str
    day: dt.date
    open: tuple[Span, ...]
    closed: tuple[Closing, ...]
    appointments: tuple[AppointmentRow, ...]


@dataclass(frozen=True)
class CalendarView:
    """The columns of a day, or the days of a week; `left_out` is how many had no room.

    `things` are all practitioners or rooms that could be asked for, id and name.
    """

    wish: CalendarWish
    things: tuple[tuple[int, str], ...]
    days: tuple[dt.date, ...]
    columns: tuple[CalendarColumn, ...]
    left_out: int
    now: dt.datetime
