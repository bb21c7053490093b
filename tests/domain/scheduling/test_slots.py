"""Free slots never overlap what is taken, never leave the openings, and cover all that is free."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.domain.scheduling.rules.hours import Opening, Plan, openings
from hms_app.domain.scheduling.rules.slots import Busy, Need, Slot, free_slots, is_on_grid
from hms_app.domain.scheduling.rules.spans import Span, common
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from tests.domain.scheduling.test_hours import NEW_YORK, at, local, span, weekly

LONG_AGO = at("2000-01-01 00:00")


def slots(
    *windows: str,
    step: int,
    length: int | None = None,
    day: str = "2026-01-05",
    zone: str = "UTC",
    busy: tuple[Span, ...] = (),
    earliest: dt.datetime = LONG_AGO,
    before: int = 0,
    after: int = 0,
) -> list[Slot]:
    """The free slots of one day with these windows."""
    there, weekday = ZoneInfo(zone), dt.date.fromisoformat(day).isoweekday()
    asked = Span(*day_edges(dt.date.fromisoformat(day), there))
    asked = Span(asked.start, asked.end + dt.timedelta(days=1))
    plan = Plan((weekly(*((weekday, window) for window in windows), step=step),))
    need = Need(
        dt.timedelta(minutes=length or step), dt.timedelta(minutes=before), dt.timedelta(minutes=after)
    )
    return list(free_slots(openings(plan, there, asked), Busy(busy), need, earliest=earliest))


def starts(found: list[Slot], zone: str = "UTC") -> list[str]:
    return [f"{slot.visit.start.astimezone(ZoneInfo(zone)):%H:%M}" for slot in found]


@pytest.mark.parametrize(
    ("windows", "step", "count"),
    [
        (("00:00-00:00+",), 60, 24),
        (("00:00-00:00+",), 20, 72),
        (("00:00-23:45",), 20, 71),
        (("11:00-12:00", "14:00-15:00"), 20, 6),
        (("11:00-12:00", "11:20-12:40"), 20, 5),
    ],
)
def test_as_many_slots_as_fit(windows: tuple[str, ...], step: int, count: int) -> None:
    assert len(slots(*windows, step=step)) == count


@pytest.mark.parametrize(("day", "count"), [("2026-03-08", 10), ("2025-11-02", 14), ("2026-03-01", 12)])
def test_a_day_with_a_clock_change_has_as_many_slots_as_real_hours(day: str, count: int) -> None:
    assert len(slots("00:30-06:30", step=30, day=day, zone=NEW_YORK)) == count


def test_the_last_slot_ends_with_its_window() -> None:
    assert starts(slots("20:00-23:00", step=15))[-1] == "22:45"
    assert starts(slots("08:00-17:00", step=15, length=45))[-1] == "16:15"


def test_slots_stand_on_the_windows_grid() -> None:
    assert starts(slots("07:30-09:30", step=60, zone="Asia/Kolkata"), "Asia/Kolkata") == ["07:30", "08:30"]
    busy = (Span(at("2026-01-05 10:00"), at("2026-01-05 10:10")),)
    assert starts(slots("08:00-12:30", step=60, busy=busy)) == ["08:00", "09:00", "11:00"]


def test_nothing_is_offered_before_the_notice_and_all_from_then_on() -> None:
    now = at("2026-01-05 11:59:59")
    assert len(slots("00:00-00:00+", step=60, earliest=now)) == 12
    exactly = at("2026-01-05 12:00")
    assert starts(slots("00:00-00:00+", step=60, earliest=exactly))[0] == "12:00"
    tomorrow = slots("00:00-00:00+", step=60, day="2026-01-06", earliest=now + dt.timedelta(minutes=1500))
    assert len(tomorrow) == 11


def test_touching_is_not_overlapping() -> None:
    busy = (span("10.5-11"), span("12-12.5"))
    assert starts(slots("11:00-12:00", step=60, busy=busy)) == ["11:00"]


def test_preparation_and_clean_up_may_lie_outside_the_window_but_not_in_a_booking() -> None:
    assert starts(slots("09:00-10:00", step=30, before=10, after=10)) == ["09:00", "09:30"]
    assert starts(slots("09:00-10:00", step=30, before=10, after=10, busy=(span("8-9"),))) == ["09:30"]
    assert starts(slots("09:00-10:00", step=30, before=10, after=10, busy=(span("10-11"),))) == ["09:00"]


def test_doctor_and_room_are_free_at_once_only_on_the_day_they_share() -> None:
    zone = ZoneInfo(NEW_YORK)
    asked = Span(local("2026-03-16", "00:00", zone), local("2026-03-21", "00:00", zone))
    doctor = openings(Plan((weekly((1, "09:00-17:00"), (2, "09:00-17:00"), step=60),)), zone, asked)
    room = openings(Plan((weekly((2, "13:00-18:00"), (3, "13:00-18:00"), step=60),)), zone, asked)
    shared = common([o.span for o in doctor], [o.span for o in room])
    both = [Opening(part, o.grid_from, o.step) for o in doctor for part in shared if o.span.holds(part)]
    found = list(free_slots(both, Busy(()), Need(dt.timedelta(hours=1)), earliest=LONG_AGO))
    assert [slot.visit.start for slot in found] == [at(f"2026-03-17 {hour}:00") for hour in (17, 18, 19, 20)]
    wednesday = openings(Plan((weekly((3, "13:00-18:00"), step=60),)), zone, asked)
    assert common([o.span for o in doctor], [o.span for o in wednesday]) == []


def test_what_is_blocked_is_found_however_it_lies() -> None:
    busy = Busy((span("10-11"), span("11-12"), span("14-15")))
    assert busy.meets(span("9-10")) is None
    assert busy.meets(span("12-14")) is None
    assert busy.meets(span("9-10.5")) == span("10-12")
    assert busy.meets(span("13-16")) == span("14-15")


TIMES = st.integers(0, 24 * 4 - 1)
WINDOWS = st.lists(st.tuples(TIMES, st.integers(1, 40), st.booleans()), min_size=1, max_size=4)
BLOCKS = st.lists(st.tuples(st.integers(0, 26 * 60), st.integers(1, 300)), max_size=6)
DAYS = st.sampled_from(["2026-03-08", "2025-11-02", "2026-06-01"])


def _clock(quarter: int) -> str:
    return f"{quarter // 4 % 24:02}:{quarter % 4 * 15:02}"


@given(
    windows=WINDOWS,
    blocks=BLOCKS,
    day=DAYS,
    step=st.sampled_from([5, 10, 15, 20, 30, 60]),
    length=st.integers(5, 90),
)
def test_slots_never_overlap_what_is_taken_stay_in_their_openings_and_miss_none(
    windows: list[tuple[int, int, bool]], blocks: list[tuple[int, int]], day: str, step: int, length: int
) -> None:
    zone = ZoneInfo(NEW_YORK)
    start_of_day = day_edges(dt.date.fromisoformat(day), zone)[0]
    texts = []
    for began, quarters, overnight in windows:
        end = began + quarters
        is_overnight = overnight and end >= 96
        if end < 96 or (is_overnight and end - 96 <= began):
            texts.append(f"{_clock(began)}-{_clock(end)}{'+' if is_overnight else ''}")
    busy = [
        Span(
            start_of_day + dt.timedelta(minutes=at_minute),
            start_of_day + dt.timedelta(minutes=at_minute + minutes),
        )
        for at_minute, minutes in blocks
    ]
    weekday = dt.date.fromisoformat(day).isoweekday()
    asked = Span(start_of_day, start_of_day + dt.timedelta(hours=49))
    plan = Plan((weekly(*((weekday, text) for text in texts), step=step),))
    found_openings = openings(plan, zone, asked)
    need = Need(dt.timedelta(minutes=length))
    found = list(free_slots(found_openings, Busy(busy), need, earliest=start_of_day))
    offered = {slot.visit for slot in found}
    assert len(offered) == len(found)
    for slot in found:
        assert slot.opening.span.holds(slot.visit)
        assert is_on_grid(slot.opening, slot.visit.start)
        assert not any(block.overlaps(slot.visit) for block in busy)
    for opening in found_openings:
        start = opening.span.start
        while start + need.duration <= opening.span.end:
            visit = Span(start, start + need.duration)
            if is_on_grid(opening, start) and not any(block.overlaps(visit) for block in busy):
                assert visit in offered
            start += dt.timedelta(minutes=5)
