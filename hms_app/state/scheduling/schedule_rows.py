"""Somebody's time as its screen shows it: a week in columns, schedules and exceptions, everything a text."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, TypedDict

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.scheduling.queries.hours import OwnersTime
from hms_app.domain.scheduling.rules.hours import Opening
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.rules.week import DAYS, write_week
from hms_app.domain.scheduling.service.schedules import may_shape
from hms_app.domain.scheduling.values.schedules import ExceptionRow, ScheduleRow, Whose, Window
from hms_app.domain.scheduling.values.words import (
    ExceptionCause,
    ExceptionKind,
    ExceptionStatus,
    ScheduleMode,
)

_DAY: Final = dt.timedelta(days=1)
_FIRST_HOUR: Final = 7
_LAST_HOUR: Final = 19
"""What a week shows at least."""
CAUSE_LABELS: Final = {
    ExceptionCause.LEAVE: "Leave",
    ExceptionCause.CLOSURE: "Closed",
    ExceptionCause.PUBLIC_HOLIDAY: "Public holiday",
    ExceptionCause.OTHER: "Away",
}
KIND_LABELS: Final = {ExceptionKind.EXTRA: "Extra hours", ExceptionKind.INSTEAD: "Other hours instead"}


class BlockItem(TypedDict):
    """Hours in a day's column: where they stand in it, in percent of its height."""

    id: str
    top: str
    height: str
    hours: str
    detail: str


class DayItem(TypedDict):
    """A day of the week on screen; `note` says why it is not as usual."""

    id: str
    label: str
    is_today: str
    note: str
    blocks: list[BlockItem]


class ScheduleItem(TypedDict):
    """A schedule; `lines` are its hours, `warning` what falls together with another."""

    id: str
    version: str
    name: str
    lines: str
    valid: str
    detail: str
    warning: str


class ExceptionItem(TypedDict):
    """Days on which the usual hours do not hold."""

    id: str
    version: str
    what: str
    when: str
    note: str
    status: str
    may_grant: str
    may_withdraw: str


class PreviewItem(TypedDict):
    """A weekday of the hours that are being typed."""

    id: str
    label: str
    hours: str


class HitItem(TypedDict):
    """An appointment that stands in time that was taken away."""

    id: str
    when: str
    what: str


class TimeItem(TypedDict):
    """Somebody's time on one screen."""

    name: str
    is_mine: bool
    may_shape: bool
    may_edit_all: bool
    week_label: str
    days: list[DayItem]
    hours: list[str]
    schedules: list[ScheduleItem]
    exceptions: list[ExceptionItem]


def time_item(actor: Actor, whose: Whose, monday: dt.date, time: OwnersTime) -> TimeItem:
    """Somebody's time as texts."""
    locale = actor.locale
    days, hours = week_columns(locale, monday, time.openings, time.exceptions)
    is_mine = whose.kind.value == "practitioner" and whose.thing_id == actor.practitioner_id
    return {
        "name": time.name,
        "is_mine": is_mine,
        "may_shape": time.is_active and may_shape(actor, whose),
        "may_edit_all": may_shape(actor, None),
        "week_label": f"{locale.date(monday)} – {locale.date(monday + 6 * _DAY)}",
        "days": days,
        "hours": hours,
        "schedules": [schedule_item(locale, row) for row in time.schedules],
        "exceptions": [exception_item(actor, whose, row) for row in time.exceptions],
    }


def schedule_item(locale: HospitalLocale, row: ScheduleRow) -> ScheduleItem:
    """A schedule as texts."""
    until = f" until {locale.date(row.valid_to)}" if row.valid_to else ""
    given = (
        f"{row.capacity} numbers a session"
        if row.mode == ScheduleMode.TOKENS
        else f"steps of {row.slot_minutes} minutes"
    )
    services = ", ".join(one["label"] for one in row.services) or "all services"
    meets = write_week(row.meets).replace("\n", "; ")
    return {
        "id": str(row.id),
        "version": str(row.version),
        "name": row.name or "Weekly hours",
        "lines": write_week(row.windows),
        "valid": f"From {locale.date(row.valid_from)}{until}",
        "detail": " · ".join(part for part in (row.room, given, services) if part),
        "warning": f"Falls together with other hours: {meets}" if meets else "",
    }


def exception_item(actor: Actor, whose: Whose, row: ExceptionRow) -> ExceptionItem:
    """An exception as texts, with what may be done about it."""
    is_requested = row.status == ExceptionStatus.REQUESTED
    scope = (row.department or "Whole hospital") if row.is_shared else ""
    return {
        "id": str(row.id),
        "version": str(row.version),
        "what": ": ".join(part for part in (scope, exception_label(row)) if part),
        "when": when(actor.locale, row),
        "note": row.note,
        "status": "Requested" if is_requested else "",
        "may_grant": "yes" if is_requested and may_shape(actor, None) else "",
        "may_withdraw": "yes" if may_shape(actor, None if row.is_shared else whose) else "",
    }


def exception_label(row: ExceptionRow) -> str:
    """What an exception is, in a word or two."""
    return KIND_LABELS.get(row.kind) or CAUSE_LABELS[row.cause]


def when(locale: HospitalLocale, row: ExceptionRow) -> str:
    """The days and hours of an exception."""
    days = locale.date(row.starts_on)
    if row.ends_on != row.starts_on:
        days = f"{days} – {locale.date(row.ends_on)}"
    if row.start_time is None or row.end_time is None:
        return f"{days}, no hours" if row.kind == ExceptionKind.INSTEAD else days
    return f"{days}, {row.start_time:%H:%M}–{row.end_time:%H:%M}"


def preview_items(windows: Sequence[Window]) -> list[PreviewItem]:
    """The seven weekdays of hours that are being typed."""
    return [
        {
            "id": str(day),
            "label": label,
            "hours": "\n".join(window.text for window in windows if window.weekday == day),
        }
        for day, label in enumerate(DAYS, start=1)
    ]


def week_columns(
    locale: HospitalLocale, monday: dt.date, found: Sequence[Opening], exceptions: Sequence[ExceptionRow]
) -> tuple[list[DayItem], list[str]]:
    """The seven days with their hours drawn to scale, and the hours that stand at their side."""
    days = [monday + number * _DAY for number in range(7)]
    parts = [part for opening in found for part in _by_day(locale, opening, days)]
    first = min([_FIRST_HOUR * 60, *(start for _, start, _, _ in parts)]) // 60
    last = -(-max([_LAST_HOUR * 60, *(end for _, _, end, _ in parts)]) // 60)
    scale = (last - first) * 60
    items: list[DayItem] = [
        {
            "id": day.isoformat(),
            "label": locale.weekday(day),
            "is_today": "yes" if day == locale.today() else "",
            "note": _note(day, exceptions),
            "blocks": [
                {
                    "id": f"{day.isoformat()} {start} {opening.schedule_id}",
                    "top": f"{(start - first * 60) / scale:.2%}",
                    "height": f"{(end - start) / scale:.2%}",
                    "hours": f"{_clock(start)}–{_clock(end)}",
                    "detail": f"{opening.capacity} numbers" if opening.capacity else "",
                }
                for of, start, end, opening in parts
                if of == day
            ],
        }
        for day in days
    ]
    return items, [f"{hour:02}:00" for hour in range(first, last)]


def _by_day(
    locale: HospitalLocale, opening: Opening, days: Sequence[dt.date]
) -> list[tuple[dt.date, int, int, Opening]]:
    """The parts of an opening that lie on these days, each from one minute of its wall clock to another."""
    parts = []
    for day in days:
        begins, ends = day_edges(day, locale.zone)
        start, end = max(begins, opening.span.start), min(ends, opening.span.end)
        if start < end:
            parts.append(
                (day, _minute(locale, start), 24 * 60 if end == ends else _minute(locale, end), opening)
            )
    return parts


def _minute(locale: HospitalLocale, instant: dt.datetime) -> int:
    local = locale.local(instant)
    return local.hour * 60 + local.minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _note(day: dt.date, exceptions: Sequence[ExceptionRow]) -> str:
    """Why a day is not as usual; what is only asked for is no reason yet."""
    those = [
        row
        for row in exceptions
        if row.starts_on <= day <= row.ends_on and row.status == ExceptionStatus.GRANTED
    ]
    names = [
        row.note if row.cause == ExceptionCause.PUBLIC_HOLIDAY else exception_label(row) for row in those
    ]
    return ", ".join(dict.fromkeys(names))
