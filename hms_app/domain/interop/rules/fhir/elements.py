"""Reading a resource's JSON: each element has the type FHIR gives it, or the resource is refused with a sentence."""

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from hms_app.domain.interop.rules.fields import OLDEST, Rejected

Json = dict[str, Any]

_SHOWN: Final = 40
_SPACES: Final = re.compile(r"\s+")
_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")
_UNSHOWABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What would change the sentence it is quoted in, or the terminal that shows it."""
_DATE: Final = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")
_PRECISIONS: Final = {4: "year", 7: "month", 10: "day"}
_LONGEST_DAY: Final = dt.timedelta(hours=24 + 12)
_LARGEST: Final = 10**12
_OLDEST: Final = OLDEST.isoformat()


class Moment(NamedTuple):
    """An instant in UTC as ISO 8601; `is_day_only` when no time of day was given (it is midnight UTC then).

    `precision` is "day" also where the time is known; of a mere month or year the first day stands.
    """

    at: str
    is_day_only: bool
    precision: str = "day"


SOME_TIME: Final = Moment("", True, "unknown")
"""When nothing says when: it counts from the day on which it is read."""


def part(element: Json, name: str) -> Json:
    """The object below `name`; an empty one when it is missing."""
    value = element.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Rejected(f"{name} is not an object, as it is in FHIR R4")
    return value


def parts(element: Json, name: str) -> list[Json]:
    """The objects of the list below `name`."""
    value = element.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Rejected(f"{name} is not a list of objects, as it is in FHIR R4")
    return value


def first(element: Json, name: str) -> Json:
    """The first object of the list below `name`; an empty one when there is none."""
    found = parts(element, name)
    return found[0] if found else {}


def texts(element: Json, name: str, *, limit: int = 300) -> list[str]:
    """The texts of the list below `name` that are not blank."""
    value = element.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Rejected(f"{name} is not a list, as it is in FHIR R4")
    cleaned = (_clean(one, name, limit) for one in value if one is not None)
    return [one for one in cleaned if one]


def text(element: Json, name: str, *, limit: int = 300) -> str:
    """The words below `name`, with single spaces between them; "" when missing."""
    value = element.get(name)
    return "" if value is None else _clean(value, name, limit)


def prose(element: Json, name: str, *, limit: int = 20_000) -> str:
    """A text whose line breaks mean something; "" when missing."""
    value = element.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Rejected(f"{name} is not a text")
    _ensure_writable(value, name)
    if len(value) > limit:
        raise Rejected(f"{name} is longer than {limit} characters")
    return value.replace("\r\n", "\n").strip()


def needed(element: Json, name: str, *, limit: int = 300) -> str:
    """Words that may not be missing."""
    value = text(element, name, limit=limit)
    if not value:
        raise Rejected(f"{name} is missing")
    return value


def flag(element: Json, name: str) -> bool | None:
    """True, false, or None when missing."""
    value = element.get(name)
    if value is not None and not isinstance(value, bool):
        raise Rejected(f"{name} is neither true nor false")
    return value


def number(element: Json, name: str) -> str | None:
    """An exact decimal number, to ten places."""
    value = element.get(name)
    if value is None:
        return None
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Rejected(f"{name} is not a number: {shown(value)}")
    if not -_LARGEST < value < _LARGEST:
        raise Rejected(f"{name} is too large a number: {shown(value)}")
    if isinstance(value, int):
        return str(value)
    return format(round(value, 10) if value.as_tuple().exponent < -10 else value, "f")  # type: ignore[operator]


def word(element: Json, name: str, meanings: Mapping[str, str], default: str | None = None) -> str:
    """What one of FHIR's words means here; `default` when missing, refused when None is given."""
    value = text(element, name, limit=1000)
    if not value:
        if default is None:
            raise Rejected(f"{name} is missing")
        return default
    if value not in meanings:
        raise Rejected(f"{name} is not known: {shown(value)}")
    return meanings[value]


def moment(element: Json, name: str) -> Moment | None:
    """A date or instant of any precision: a year or month counts as its first day."""
    value = element.get(name)
    if value is None:
        return None
    found = _moment(value) if isinstance(value, str) else None
    if found is None:
        raise Rejected(f"{name} is not a date: {shown(value)}")
    if found.at < _OLDEST:
        raise Rejected(f"{name} is before the year {OLDEST.year}: {shown(value)}")
    return found


def is_to_come(when: Moment, today: str) -> bool:
    """Whether a date has not begun anywhere on earth; `today` is the day in UTC, or nothing where nobody asks."""
    if not today:
        return False
    tomorrow = (dt.date.fromisoformat(today) + dt.timedelta(days=1)).isoformat()
    return when.at[:10] > tomorrow


def last_moment(end: Moment) -> Moment:
    """The end of something: of a mere month or year its last day."""
    if end.precision not in {"month", "year"}:
        return end
    first = dt.date.fromisoformat(end.at[:10])
    month = first.month if end.precision == "month" else 12
    day = first.replace(month=month, day=calendar.monthrange(first.year, month)[1])
    return end._replace(at=f"{day.isoformat()}T00:00:00+00:00")


def is_same_day(day: Moment, instant: Moment) -> bool:
    """Whether an instant may lie in a day, wherever on earth that day was written down."""
    beyond = dt.datetime.fromisoformat(instant.at) - dt.datetime.fromisoformat(day.at)
    return dt.timedelta() <= beyond < _LONGEST_DAY


def shown(value: object) -> str:
    """The beginning of a value, for a sentence."""
    words = value if isinstance(value, str) else type(value).__name__
    words = _UNSHOWABLE.sub("?", _SPACES.sub(" ", words))
    return words if len(words) <= _SHOWN else words[:_SHOWN] + "..."


def _clean(value: object, name: str, limit: int) -> str:
    if not isinstance(value, str):
        raise Rejected(f"{name} is not a text")
    if not value.isascii() or "\0" in value:
        _ensure_writable(value, name)
    if len(value) > limit:
        raise Rejected(f"{name} is longer than {limit} characters")
    is_plain = value.isprintable() and "  " not in value
    return (value if is_plain else _SPACES.sub(" ", value)).strip()


def _ensure_writable(value: str, name: str) -> None:
    if _UNWRITABLE.search(value):
        raise Rejected(f"{name} contains a character that is no text")


@lru_cache(maxsize=20_000)
def _moment(value: str) -> Moment | None:
    try:
        if _DATE.fullmatch(value):
            day = dt.date.fromisoformat(value + "-01-01"[len(value) - 4 :])
            known = _PRECISIONS[len(value)]
            return Moment(f"{day.isoformat()}T00:00:00+00:00", True, known)
        if not _INSTANT.fullmatch(value):
            return None
        is_leap = value[16:19] == ":60"
        instant = dt.datetime.fromisoformat(_six_digits(f"{value[:17]}59{value[19:]}" if is_leap else value))
        aware = instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)
        in_utc = aware.astimezone(dt.UTC) + dt.timedelta(seconds=is_leap)
    except (ValueError, OverflowError):
        return None
    return Moment(in_utc.isoformat(), False)


def _six_digits(value: str) -> str:
    """Fractions of a second finer than the database keeps are cut off."""
    return re.sub(r"(\.\d{6})\d+", r"\1", value)
