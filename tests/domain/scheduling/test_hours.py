"""Weekly hours and exceptions as instants, on ordinary days and on those on which the clocks change."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from hms_app.domain.scheduling.rules.hours import Exceptional, Hours, Plan, WeeklyPlan, openings
from hms_app.domain.scheduling.rules.spans import Span, common, joined, without
from hms_app.domain.scheduling.rules.wall_clock import day_edges, edge_of, instant_of
from hms_app.domain.scheduling.values.words import ExceptionCause, ExceptionKind

NEW_YORK = "America/New_York"
EVER = dt.date(2020, 1, 1)


def at(text: str) -> dt.datetime:
    """An instant such as "2026-03-08 14:00", in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def hours(text: str) -> Hours:
    """Hours such as "09:30-12:30"; a "+" after them means that they end on the next day."""
    start, end = text.rstrip("+").split("-")
    return Hours(dt.time.fromisoformat(start), dt.time.fromisoformat(end), text.endswith("+"))


def weekly(*windows: tuple[int, str], step: int = 30, schedule_id: int = 1, **rest: object) -> WeeklyPlan:
    """A schedule of (weekday, hours)."""
    return WeeklyPlan(
        schedule_id,
        rest.pop("valid_from", EVER),  # type: ignore[arg-type]
        rest.pop("valid_to", None),  # type: ignore[arg-type]
        dt.timedelta(minutes=step),
        tuple((day, hours(text)) for day, text in windows),
        **rest,  # type: ignore[arg-type]
    )


def exceptional(
    kind: ExceptionKind, day: str, text: str = "", *, until: str = "", **rest: object
) -> Exceptional:
    """An exception on a day or several, with hours or without."""
    given = hours(text) if text else None
    return Exceptional(
        kind,
        dt.date.fromisoformat(day),
        dt.date.fromisoformat(until or day),
        given.start if given else None,
        given.end if given else None,
        bool(given and given.is_overnight),
        **rest,  # type: ignore[arg-type]
    )


def local(day: str, time: str, zone: ZoneInfo) -> dt.datetime:
    """A wall-clock time as an instant."""
    found = instant_of(dt.date.fromisoformat(day), dt.time.fromisoformat(time), zone)
    assert found is not None
    return found


def spans_of(plan: Plan, zone: str, first: str, last: str) -> list[tuple[str, str]]:
    """The openings of these days, as texts in UTC."""
    there = ZoneInfo(zone)
    asked = Span(
        day_edges(dt.date.fromisoformat(first), there)[0], day_edges(dt.date.fromisoformat(last), there)[1]
    )
    return [texts(opening.span) for opening in openings(plan, there, asked)]


def texts(span: Span) -> tuple[str, str]:
    return f"{span.start:%m-%d %H:%M}", f"{span.end:%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("zone", "window", "day", "expected"),
    [
        (NEW_YORK, "10:00-16:00", "2026-03-08", ("03-08 14:00", "03-08 20:00")),
        (NEW_YORK, "10:00-16:00", "2025-11-02", ("11-02 15:00", "11-02 21:00")),
        (NEW_YORK, "00:30-06:30", "2026-03-08", ("03-08 05:30", "03-08 10:30")),
        (NEW_YORK, "00:30-06:30", "2025-11-02", ("11-02 04:30", "11-02 11:30")),
        (NEW_YORK, "02:30-09:30", "2026-03-08", ("03-08 07:00", "03-08 13:30")),
        (NEW_YORK, "09:00-17:00", "2023-11-06", ("11-06 14:00", "11-06 22:00")),
        (NEW_YORK, "13:00-18:00", "2026-03-08", ("03-08 17:00", "03-08 22:00")),
        (NEW_YORK, "13:00-18:00", "2026-03-07", ("03-07 18:00", "03-07 23:00")),
        (NEW_YORK, "22:00-06:00+", "2026-03-07", ("03-08 03:00", "03-08 10:00")),
        (NEW_YORK, "22:00-06:00+", "2025-11-01", ("11-02 02:00", "11-02 11:00")),
        ("Pacific/Apia", "09:00-10:00", "2026-01-05", ("01-04 20:00", "01-04 21:00")),
        ("Asia/Kolkata", "09:00-10:00", "2026-01-05", ("01-05 03:30", "01-05 04:30")),
        ("Asia/Kathmandu", "09:00-10:00", "2026-01-05", ("01-05 03:15", "01-05 04:15")),
        ("America/Havana", "00:30-03:00", "2026-03-08", ("03-08 05:00", "03-08 07:00")),
    ],
)
def test_weekly_hours_are_wall_clock_time(
    zone: str, window: str, day: str, expected: tuple[str, str]
) -> None:
    weekday = dt.date.fromisoformat(day).isoweekday()
    asked_until = day if not window.endswith("+") else f"{dt.date.fromisoformat(day) + dt.timedelta(days=1)}"
    assert spans_of(Plan((weekly((weekday, window)),)), zone, day, asked_until) == [expected]


def test_a_weekly_time_stays_the_same_on_the_wall_when_the_clocks_change() -> None:
    plan = Plan((weekly((7, "09:00-10:00")),))
    assert spans_of(plan, NEW_YORK, "2026-03-01", "2026-03-08") == [
        ("03-01 14:00", "03-01 15:00"),
        ("03-08 13:00", "03-08 14:00"),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "time", "expected"),
    [
        (NEW_YORK, "2026-03-01", "02:15", "2026-03-01 07:15"),
        (NEW_YORK, "2026-03-08", "02:15", None),
        (NEW_YORK, "2026-03-08", "02:30", None),
        (NEW_YORK, "2026-03-15", "02:15", "2026-03-15 06:15"),
        (NEW_YORK, "2025-11-02", "01:30", "2025-11-02 05:30"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04 14:45"),
        ("America/Havana", "2026-03-08", "00:30", None),
        ("Pacific/Apia", "2011-12-30", "12:00", None),
    ],
)
def test_a_typed_time_is_its_first_instant_or_none(
    zone: str, day: str, time: str, expected: str | None
) -> None:
    found = instant_of(dt.date.fromisoformat(day), dt.time.fromisoformat(time), ZoneInfo(zone))
    assert found == (at(expected) if expected else None)


def test_a_day_without_a_midnight_begins_at_its_first_instant() -> None:
    havana = ZoneInfo("America/Havana")
    assert edge_of(dt.date(2026, 3, 8), dt.time(), havana) == at("2026-03-08 05:00")
    start, end = day_edges(dt.date(2026, 3, 8), ZoneInfo(NEW_YORK))
    assert end - start == dt.timedelta(hours=23)
    start, end = day_edges(dt.date(2025, 11, 2), ZoneInfo(NEW_YORK))
    assert end - start == dt.timedelta(hours=25)


def test_a_day_that_a_country_skipped_has_no_length() -> None:
    start, end = day_edges(dt.date(2011, 12, 30), ZoneInfo("Pacific/Apia"))
    assert start == end == at("2011-12-30 10:00")


def test_several_windows_of_a_week_within_the_days_asked_for() -> None:
    windows = [(day, text) for day in (1, 3, 4) for text in ("09:30-12:30", "13:15-16:15")]
    assert spans_of(Plan((weekly(*windows),)), NEW_YORK, "2025-11-30", "2025-12-03") == [
        ("12-01 14:30", "12-01 17:30"),
        ("12-01 18:15", "12-01 21:15"),
        ("12-03 14:30", "12-03 17:30"),
        ("12-03 18:15", "12-03 21:15"),
    ]


def test_whole_days_are_two_openings() -> None:
    plan = Plan((weekly((1, "00:00-00:00+"), (2, "00:00-00:00+")),))
    assert spans_of(plan, NEW_YORK, "2025-12-01", "2025-12-02") == [
        ("12-01 05:00", "12-02 05:00"),
        ("12-02 05:00", "12-03 05:00"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("12:00", "18:00", [("11-25 17:00", "11-25 21:00")]),
        ("08:00", "14:30", [("11-25 15:00", "11-25 19:30")]),
        ("16:00", "18:00", []),
    ],
)
def test_openings_are_clamped_to_what_is_asked(start: str, end: str, expected: list[tuple[str, str]]) -> None:
    zone = ZoneInfo(NEW_YORK)
    asked = Span(local("2025-11-25", start, zone), local("2025-11-25", end, zone))
    assert [texts(o.span) for o in openings(Plan((weekly((2, "10:00-16:00")),)), zone, asked)] == expected


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        (("08:00-11:00", "11:00-14:00"), [("01-05 08:00", "01-05 14:00")]),
        (("08:00-10:00", "06:00-10:00"), [("01-05 06:00", "01-05 10:00")]),
        (("10:00-09:00",), []),
        (("10:00-10:00",), []),
    ],
)
def test_windows_of_a_day_that_touch_or_overlap_are_one(
    windows: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    plan = Plan((weekly(*((1, window) for window in windows)),))
    assert spans_of(plan, "UTC", "2026-01-05", "2026-01-05") == expected


def test_windows_that_touch_in_another_place_stay_two() -> None:
    plan = Plan(
        (
            weekly((1, "08:00-11:00"), room_id=1),
            weekly((1, "11:00-14:00"), room_id=2, schedule_id=2),
        )
    )
    assert len(spans_of(plan, "UTC", "2026-01-05", "2026-01-05")) == 2


def test_a_schedule_holds_from_its_first_day_to_its_last() -> None:
    plan = weekly((1, "08:00-09:00"), valid_from=dt.date(2026, 1, 12), valid_to=dt.date(2026, 1, 19))
    assert spans_of(Plan((plan,)), "UTC", "2026-01-01", "2026-01-31") == [
        ("01-12 08:00", "01-12 09:00"),
        ("01-19 08:00", "01-19 09:00"),
    ]


WORKDAYS = weekly(*((day, "08:00-17:00") for day in range(1, 6)))


EXCEPTIONS = [
    (
        [exceptional(ExceptionKind.INSTEAD, "2023-06-13", "10:00-15:00")],
        [("06-13 14:00", "06-13 19:00")],
    ),
    ([exceptional(ExceptionKind.INSTEAD, "2023-06-13")], []),
    ([exceptional(ExceptionKind.CLOSED, "2023-06-13")], []),
    ([exceptional(ExceptionKind.CLOSED, "2023-06-01", until="2023-06-30")], []),
    (
        [exceptional(ExceptionKind.CLOSED, "2023-06-13", "10:00-11:00")],
        [("06-13 12:00", "06-13 14:00"), ("06-13 15:00", "06-13 21:00")],
    ),
    (
        [exceptional(ExceptionKind.CLOSED, "2023-06-12", "12:00-10:00", until="2023-06-13")],
        [("06-13 14:00", "06-13 21:00")],
    ),
    (
        [exceptional(ExceptionKind.EXTRA, "2023-06-13", "18:00-20:00")],
        [("06-13 12:00", "06-13 21:00"), ("06-13 22:00", "06-14 00:00")],
    ),
    (
        [
            exceptional(ExceptionKind.INSTEAD, "2023-06-13", "10:00-15:00"),
            exceptional(ExceptionKind.CLOSED, "2023-06-13", "12:00-13:00"),
        ],
        [("06-13 14:00", "06-13 16:00"), ("06-13 17:00", "06-13 19:00")],
    ),
    (
        [exceptional(ExceptionKind.CLOSED, "2023-06-13", cause=ExceptionCause.PUBLIC_HOLIDAY)],
        [],
    ),
    (
        [
            exceptional(ExceptionKind.CLOSED, "2023-06-13", cause=ExceptionCause.PUBLIC_HOLIDAY),
            exceptional(ExceptionKind.EXTRA, "2023-06-13", "09:00-10:00"),
        ],
        [("06-13 13:00", "06-13 14:00")],
    ),
    (
        [
            exceptional(ExceptionKind.CLOSED, "2023-06-13", cause=ExceptionCause.LEAVE),
            exceptional(ExceptionKind.EXTRA, "2023-06-13", "09:00-10:00"),
        ],
        [],
    ),
]


@pytest.mark.parametrize(("items", "expected"), EXCEPTIONS)
def test_exceptions_take_away_add_and_replace(
    items: list[Exceptional], expected: list[tuple[str, str]]
) -> None:
    plan = Plan((WORKDAYS,), tuple(items))
    assert spans_of(plan, NEW_YORK, "2023-06-13", "2023-06-13") == expected


def test_an_exception_leaves_the_next_day_alone() -> None:
    plan = Plan((WORKDAYS,), (exceptional(ExceptionKind.INSTEAD, "2023-06-13", "10:00-15:00"),))
    assert spans_of(plan, NEW_YORK, "2023-06-14", "2023-06-14") == [("06-14 12:00", "06-14 21:00")]


def test_a_day_opened_once_has_both_its_windows_and_no_other_day() -> None:
    given = tuple(
        exceptional(ExceptionKind.EXTRA, "2023-08-15", text) for text in ("09:00-17:00", "19:00-21:00")
    )
    assert spans_of(Plan((), given), "Pacific/Honolulu", "2023-08-14", "2023-08-15") == [
        ("08-15 19:00", "08-16 03:00"),
        ("08-16 05:00", "08-16 07:00"),
    ]


def span(text: str) -> Span:
    """A span of one day, such as "9-12", in hours."""
    start, end = (
        dt.datetime(2026, 1, 5, tzinfo=dt.UTC) + dt.timedelta(hours=float(part)) for part in text.split("-")
    )
    return Span(start, end)


@pytest.mark.parametrize(
    ("whole", "blocks", "left"),
    [
        ("0-24", ["2-3", "6-9", "12-15"], ["0-2", "3-6", "9-12", "15-24"]),
        ("0-24", ["12-15", "2-3", "6-9"], ["0-2", "3-6", "9-12", "15-24"]),
        ("9-12", ["8-10"], ["10-12"]),
        ("9-12", ["11-13"], ["9-11"]),
        ("9-12", ["9-12"], []),
        ("9-12", ["10-11"], ["9-10", "11-12"]),
        ("11-12", ["10-11"], ["11-12"]),
        ("9-12", ["8-9", "12-13"], ["9-12"]),
        ("9-12", ["8-11", "10-13"], []),
    ],
)
def test_taking_time_away(whole: str, blocks: list[str], left: list[str]) -> None:
    assert list(without(span(whole), [span(block) for block in blocks])) == [span(part) for part in left]


def test_what_both_have() -> None:
    assert common([span("9-12"), span("13-17")], [span("11-14")]) == [span("11-12"), span("13-14")]
    assert common([span("9-12")], [span("12-14")]) == []
    assert joined([span("9-10"), span("10-11"), span("12-13"), span("9-10")]) == [span("9-11"), span("12-13")]
