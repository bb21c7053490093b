"""A calendar as the kit draws it: places on the axis, and texts."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from hms_app.core.locale import HospitalLocale
from hms_app.domain.scheduling.rules.day_axis import DayAxis, Mark
from hms_app.domain.scheduling.rules.spans import Span, without
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.values.calendar import CalendarColumn, CalendarView
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import (
    APPOINTMENT_LIFE,
    HOLDING_TIME,
    KEEPING_TIME,
    AppointmentStatus,
    ExceptionCause,
    ResourceKind,
)
from hms_app.state.shell import initials_of

STEP_MINUTES: Final = 15
STATUS_TONES: Final = {
    AppointmentStatus.PROPOSED: "warning",
    AppointmentStatus.BOOKED: "info",
    AppointmentStatus.ARRIVED: "accent",
    AppointmentStatus.IN_CONSULTATION: "accent",
    AppointmentStatus.FULFILLED: "success",
    AppointmentStatus.CANCELLED: "neutral",
    AppointmentStatus.NO_SHOW: "danger",
    AppointmentStatus.EXPIRED: "neutral",
}
DOUBLE: Final = "Double-booked"
TAKEN: Final = "Taken"
"""What stands for a patient whom the reader may not know of."""
_SHOWN: Final = (*KEEPING_TIME, AppointmentStatus.NO_SHOW)
_CAUSES: Final = {
    ExceptionCause.LEAVE: "Leave",
    ExceptionCause.CLOSURE: "Closed",
    ExceptionCause.PUBLIC_HOLIDAY: "Public holiday",
    ExceptionCause.OTHER: "Closed",
}
_MORNING: Final = 8 * 60
_BEFORE_NOW: Final = 90


class MarkItem(TypedDict):
    """An hour on the axis."""

    at: int
    clock: int
    label: str


class AxisItem(TypedDict):
    """The axis of what is shown; see `kit.calendar`."""

    shown: str
    length: int
    step: int
    focus: int
    now: int
    marks: list[MarkItem]


class ColumnItem(TypedDict):
    """The head of a column."""

    id: str
    title: str
    initials: str
    detail: str
    notes: str
    is_today: bool


class SpanItem(TypedDict):
    """Time that is shut."""

    column: str
    start: int
    end: int
    kind: str
    label: str


class EventItem(TypedDict):
    """An appointment in a column."""

    id: str
    column: str
    start: int
    end: int
    title: str
    lines: list[str]
    colour: str
    status: str
    status_word: str
    flags: list[str]
    holds: bool
    is_movable: bool


class DayItem(TypedDict):
    """An appointment in the list that stands for the calendar on a phone."""

    id: str
    day: str
    time: str
    title: str
    detail: str
    status: str
    tone: str


@dataclass(frozen=True)
class CalendarItems:
    """All that is drawn of a calendar."""

    axis: AxisItem
    columns: list[ColumnItem]
    spans: list[SpanItem]
    events: list[EventItem]
    listed: list[DayItem]


NO_AXIS: Final = AxisItem(shown="", length=1440, step=STEP_MINUTES, focus=_MORNING, now=-1, marks=[])


def calendar_items(view: CalendarView, locale: HospitalLocale, *, by_status: bool) -> CalendarItems:
    """What is drawn of a view, coloured by service or by status."""
    axis = DayAxis(view.days, locale.zone)
    columns = [(column_id(column), column) for column in view.columns]
    spans = [span for key, column in columns for span in _spans(key, column, axis)]
    events = [event for key, column in columns for event in _events(key, column, axis, view, by_status)]
    return CalendarItems(
        _axis(axis, view, locale, spans, events),
        [_column(key, column, view, locale) for key, column in columns],
        spans,
        events,
        list(_listed(view, locale)),
    )


def column_id(column: CalendarColumn) -> str:
    """How the browser names a column: whose it is, and which day's."""
    return f"{column.thing_id}_{column.day.isoformat()}"


def place_in(column: object) -> tuple[int, dt.date] | None:
    """Whose column it is and which day's, of what the browser sent; None for anything that is none."""
    thing, _, day = str(column).partition("_")
    try:
        return (int(thing), dt.date.fromisoformat(day)) if thing.isdecimal() and len(thing) < 19 else None
    except ValueError:
        return None


def status_word(status: AppointmentStatus) -> str:
    """A status as people read it."""
    return APPOINTMENT_LIFE.labels[status]


def _axis(
    axis: DayAxis,
    view: CalendarView,
    locale: HospitalLocale,
    spans: Sequence[SpanItem],
    events: Sequence[EventItem],
) -> AxisItem:
    today = locale.local(view.now).date()
    now = axis.minute_of(view.now, today) if today in view.days else -1
    return AxisItem(
        shown=f"{view.wish.by}_{view.days[0].isoformat()}_{len(view.days)}",
        length=axis.length,
        step=STEP_MINUTES,
        focus=_focus(now if len(view.days) == 1 else -1, spans, events),
        now=now,
        marks=[_mark(mark) for mark in axis.marks()],
    )


def _mark(mark: Mark) -> MarkItem:
    return MarkItem(at=mark.at, clock=mark.clock, label=f"{mark.clock // 60:02}:{mark.clock % 60:02}")


def _focus(now: int, spans: Sequence[SpanItem], events: Sequence[EventItem]) -> int:
    """What is seen first: the beginning of the day's work, or on its day an hour and a half before now."""
    opening = [span["end"] for span in spans if span["start"] == 0 and span["kind"] == "off"]
    starts = [*opening, *(event["start"] for event in events)]
    first = min(starts, default=_MORNING)
    return max(first, now - _BEFORE_NOW) if now >= 0 else first


def _column(key: str, column: CalendarColumn, view: CalendarView, locale: HospitalLocale) -> ColumnItem:
    is_week = len(view.days) > 1
    hours = ", ".join(_from_to(span, locale) for span in column.open)
    closed = [f"{_CAUSES[one.cause]} {_from_to(one.span, locale)}" for one in column.closed]
    return ColumnItem(
        id=key,
        title=locale.weekday(column.day) if is_week else column.name,
        initials=str(column.day.day) if is_week else initials_of(column.plain_name),
        detail=_booked_and_free(column, view.now),
        notes=". ".join([f"Open {hours}" if hours else "No hours", *closed]),
        is_today=column.day == locale.local(view.now).date(),
    )


def _booked_and_free(column: CalendarColumn, now: dt.datetime) -> str:
    held = [row for row in column.appointments if row.status in KEEPING_TIME]
    taken = [Span(row.starts_at, row.ends_at) for row in held if row.session_id is None]
    left = [
        part
        for span in column.open
        if span.end > now
        for part in without(Span(max(span.start, now), span.end), taken)
    ]
    minutes = int(sum((part.end - part.start for part in left), dt.timedelta()).total_seconds() // 60)
    if not column.open and not held:
        return "No hours"
    if not left and (not column.open or column.open[-1].end <= now):
        return f"{len(held)} booked"
    return f"{len(held)} booked, {_length(minutes)} free"


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02}" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def _from_to(span: Span, locale: HospitalLocale) -> str:
    return f"{locale.time(span.start)}–{locale.time(span.end)}"


def _spans(key: str, column: CalendarColumn, axis: DayAxis) -> Iterator[SpanItem]:
    """What is shut: leave and closures with their word, and all that is outside of the hours."""
    whole = Span(*day_edges(column.day, axis.zone))
    closed = [one.span for one in column.closed]
    for one in column.closed:
        yield from _shut(key, one.span, column.day, axis, "leave", _CAUSES[one.cause])
    for span in without(whole, [*column.open, *closed]):
        yield from _shut(key, span, column.day, axis, "off", "")
    for start, end in axis.absent(column.day):
        yield SpanItem(column=key, start=start, end=end, kind="absent", label="No such time")


def _shut(key: str, span: Span, day: dt.date, axis: DayAxis, kind: str, label: str) -> Iterator[SpanItem]:
    part = axis.part(span, day)
    if part and part[0] < part[1]:
        yield SpanItem(column=key, start=part[0], end=part[1], kind=kind, label=label)


def _events(
    key: str, column: CalendarColumn, axis: DayAxis, view: CalendarView, by_status: bool
) -> Iterator[EventItem]:
    for row in column.appointments:
        part = axis.part(Span(row.starts_at, row.ends_at), column.day)
        if part and row.status in _SHOWN:
            yield EventItem(
                id=str(row.id),
                column=key,
                start=part[0],
                end=part[1],
                title=_title(row),
                lines=[text for text in (row.service, _beside(row, view.wish.by), row.number) if text],
                colour=STATUS_TONES[row.status] if by_status else row.colour,
                status=row.status.value,
                status_word=status_word(row.status),
                flags=[DOUBLE] if row.is_override else [],
                holds=row.status in HOLDING_TIME and row.session_id is None,
                is_movable=row.status in HOLDING_TIME[:2] and row.session_id is None,
            )


def _title(row: AppointmentRow) -> str:
    number = f"{row.token_number} " if row.token_number is not None else ""
    return f"{number}{row.patient or TAKEN}"


def _beside(row: AppointmentRow, by: ResourceKind) -> str:
    return row.practitioner if by is ResourceKind.ROOM else row.room


def _listed(view: CalendarView, locale: HospitalLocale) -> Iterator[DayItem]:
    """All of it in the order of the clock."""
    rows = {row.id: row for column in view.columns for row in column.appointments if row.status in _SHOWN}
    day = ""
    for row in sorted(rows.values(), key=lambda one: (one.starts_at, one.id)):
        todays = locale.weekday(locale.local(row.starts_at).date())
        flags = f"{DOUBLE}, " if row.is_override else ""
        yield DayItem(
            id=str(row.id),
            day=todays if todays != day else "",
            time=_from_to(Span(row.starts_at, row.ends_at), locale),
            title=_title(row),
            detail=", ".join(text for text in (row.service, row.practitioner, row.room) if text),
            status=f"{flags}{status_word(row.status)}",
            tone=STATUS_TONES[row.status],
        )
        day = todays
