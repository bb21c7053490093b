"""A week's hours as people type them ("Mon-Fri 8-12, 13-17"), as they are written, and where two weeks meet."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from hms_app.domain.scheduling.values.schedules import Window

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_WINDOWS: Final = 100
_WORDS: Final = {
    "daily": range(1, 8),
    "every day": range(1, 8),
    "weekdays": range(1, 6),
    "weekend": range(6, 8),
}
_LINE: Final = re.compile(r"\s*(?P<days>[A-Za-z][A-Za-z,&\s–-]*?)\.?:?\s+(?P<hours>\d.*)", re.DOTALL)
_TIME: Final = r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*(am|pm)?(?:\s*(?:h|uhr))?"
_SPAN: Final = re.compile(rf"\s*{_TIME}\s*(?:-|–|to)\s*{_TIME}\s*", re.IGNORECASE)
_EXAMPLE: Final = "Write days and hours, such as Mon-Fri 8-12, 13-17."


def read_week(text: str) -> tuple[Window, ...]:
    """The windows that lines such as "Mon-Fri 8-12, 13-17" mean, in the week's order.

    Raises ValueError with a sentence.
    """
    found: set[Window] = set()
    for line in re.split(r"[\n;]+", text):
        if line.strip():
            found.update(_read_line(line))
    if not found:
        raise ValueError(_EXAMPLE)
    if len(found) > MOST_WINDOWS:
        raise ValueError(f"Write at most {MOST_WINDOWS} windows.")
    return tuple(sorted(found))


def write_week(windows: Iterable[Window]) -> str:
    """Windows as text that `read_week` reads: days in a row with the same hours stand on one line."""
    hours = {
        day: ", ".join(window.text for window in some)
        for day, some in groupby(sorted(windows), lambda window: window.weekday)
    }
    runs: list[list[int]] = []
    for day in hours:
        if runs and runs[-1][-1] == day - 1 and hours[runs[-1][0]] == hours[day]:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "\n".join(f"{_run(run)} {hours[run[0]]}" for run in runs)


def copied(windows: Sequence[Window], day: int, onto: Iterable[int]) -> tuple[Window, ...]:
    """The week in which other days have the hours of one."""
    others = set(onto) - {day}
    kept = [window for window in windows if window.weekday not in others]
    model = [window for window in windows if window.weekday == day]
    return tuple(sorted([*kept, *(Window(to, one.start, one.end) for to in others for one in model)]))


def meetings(first: Iterable[Window], second: Sequence[Window]) -> list[Window]:
    """The windows of the first week that share time with one of the second."""
    return [window for window in first if any(window.meets(other) for other in second)]


def _read_line(line: str) -> list[Window]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"“{line.strip()[:40]}” names no days and hours. {_EXAMPLE}")
    days = _days(found["days"])
    spans = [_span(part) for part in re.split(r",|\band\b|&|\+", found["hours"]) if part.strip()]
    return [Window(day, start, end) for day in days for start, end in spans]


def _days(text: str) -> list[int]:
    words = text.strip().lower()
    if words in _WORDS:
        return list(_WORDS[words])
    days: list[int] = []
    for part in re.split(r",|&|\band\b", words):
        ends = [_day(one) for one in re.split(r"-|–|\bto\b", part)]
        if len(ends) > 2:
            raise ValueError(f"“{part.strip()}” are no days. {_EXAMPLE}")
        first, last = ends[0], ends[-1]
        days += range(first, last + 1) if first <= last else [*range(first, 8), *range(1, last + 1)]
    return days


def _day(text: str) -> int:
    word = text.strip().rstrip(".")
    for number, name in enumerate(DAY_NAMES, start=1):
        if len(word) >= 2 and (name.lower().startswith(word) or word.rstrip("s") == name.lower()):
            return number
    raise ValueError(f"“{word}” is no day of the week. {_EXAMPLE}")


def _span(text: str) -> tuple[dt.time, dt.time]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text.strip()[:20]}” are no hours. Write them as 8-12 or 08:30-17:00.")
    return _time(found[1], found[2], found[3]), _time(found[4], found[5], found[6])


def _time(hour: str, minute: str | None, half: str | None) -> dt.time:
    number, rest = int(hour), int(minute or 0)
    if half and 1 <= number <= 12:
        number = number % 12 + (12 if half.lower() == "pm" else 0)
    if (number, rest) == (24, 0):
        return dt.time()
    if number > 23 or rest > 59:
        raise ValueError(f"There is no {hour}:{minute or '00'}. Write hours from 0 to 24.")
    return dt.time(number, rest)


def _run(days: Sequence[int]) -> str:
    first, last = DAYS[days[0] - 1], DAYS[days[-1] - 1]
    return first if len(days) == 1 else f"{first}-{last}"
