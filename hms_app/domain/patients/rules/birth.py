"""Dates of birth as people type them: exact, a year alone, or an age."""

import datetime as dt
import re
from functools import lru_cache
from typing import Final

from babel import Locale

from hms_app.core.date_writing import date_order
from hms_app.core.text import fold
from hms_app.domain.patients.errors import BirthRefused
from hms_app.domain.patients.values import BirthDatePrecision, Born

OLDEST: Final = 130
"""Completed years that nobody has passed."""

_ABOUT: Final = re.compile(r"^(?:(?:about|approx|circa|ca|c|born)\b\.?|~)\s*")
_AGE_PART: Final = re.compile(r"(\d{1,4})\s*([a-z]+)\.?")
_UNITS: Final = {
    "d": "days", "day": "days", "days": "days",
    "w": "weeks", "wk": "weeks", "wks": "weeks", "week": "weeks", "weeks": "weeks",
    "m": "months", "mo": "months", "mos": "months", "mon": "months", "mth": "months", "mths": "months",
    "month": "months", "months": "months",
    "y": "years", "yr": "years", "yrs": "years", "yo": "years", "year": "years", "years": "years",
}  # fmt: skip
_NOT_UNDERSTOOD: Final = (
    "Write a date such as {example}, a year such as 1980, or an age such as 42 y or 7 months."
)


def parse_birth(text: str, *, today: dt.date, country: str = "", language: str = "en") -> Born:
    """What `text` says about a birth; an age is subtracted from `today`, the hospital's.

    Of two readings of "3/2/1980" the hospital's country decides, unless only one of them is a date; with dots the
    day comes first everywhere.
    Raises `BirthRefused`.
    """
    words = _ABOUT.sub("", fold_date(text))
    order = date_order(country, language)
    born = _age(words, today) or _year(words) or _date(words, order, _month_names(language), today)
    if born is None:
        raise BirthRefused(_NOT_UNDERSTOOD.format(example=_example(order)), field="birth")
    if born.date > today:
        raise BirthRefused("This date lies in the future.", field="birth")
    if born.date < years_before(today, OLDEST + 1):
        raise BirthRefused(f"That is more than {OLDEST} years ago. Check the year.", field="birth")
    return born


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day `years` earlier; the last of February for a 29th that the year lacks."""
    return months_before(day, years * 12)


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day `months` earlier, or the last day of a shorter month; never before the calendar's first day."""
    place = day.year * 12 + day.month - 1 - months
    year, month = divmod(place, 12)
    if year < 1:
        return dt.date.min
    last = (dt.date(year + month // 11, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def fold_date(text: str) -> str:
    """`text` in lower-case ASCII; separators stay."""
    return re.sub(
        r"\s+", " ", "".join(fold(part) if part.isalpha() else part for part in _PIECES.findall(text))
    ).strip()


_PIECES: Final = re.compile(r"[^\W\d_]+|[\W\d_]")


def _age(words: str, today: dt.date) -> Born | None:
    parts = _AGE_PART.findall(words)
    if not parts or re.sub(r"\band\b|[,\s]", "", _AGE_PART.sub("", words)) not in ("", "old"):
        return None
    amounts: dict[str, int] = {}
    for amount, unit in parts:
        name = _UNITS.get(unit)
        if name is None or name in amounts:
            return None
        amounts[name] = int(amount)
    day = months_before(today, amounts.get("years", 0) * 12 + amounts.get("months", 0))
    days = amounts.get("weeks", 0) * 7 + amounts.get("days", 0)
    if days >= day.toordinal():
        return Born(dt.date.min, BirthDatePrecision.ESTIMATED)
    return Born(day - dt.timedelta(days=days), BirthDatePrecision.ESTIMATED)


def _year(words: str) -> Born | None:
    if not re.fullmatch(r"[1-9]\d{3}", words):
        return None
    return Born(dt.date(int(words), 1, 1), BirthDatePrecision.YEAR)


def _date(words: str, order: str, months: dict[str, int], today: dt.date) -> Born | None:
    pieces = re.findall(r"[a-z]+|\d+", words)
    if not re.fullmatch(r"[\w\s./,-]+", words):
        return None
    numbers = [piece for piece in pieces if piece.isdecimal()]
    named = [months[piece] for piece in pieces if piece in months]
    if len(pieces) == 1 and len(numbers) == 1 and len(words) in (6, 8):
        return _closed_up(words, order, today)
    if len(named) == 1 and len(numbers) == 2 and len(pieces) == 3:
        return _exact(_with_month(numbers, named[0]), today)
    if len(numbers) == 3 and len(pieces) == 3:
        dotted = order == "mdy" and "." in words
        return _exact(_ordered(numbers, "dmy" if dotted else order), today)
    return None


def _closed_up(figures: str, order: str, today: dt.date) -> Born | None:
    """ "03021980" and "19800203": the year stands where a year can be."""
    if len(figures) == 8 and figures[:2] in ("18", "19", "20"):
        first = _exact([(figures[:4], figures[4:6], figures[6:])], today)
        if first is not None:
            return first
    return _exact(
        _ordered([figures[:2], figures[2:4], figures[4:]], "dmy" if order == "ymd" else order), today
    )


def _with_month(numbers: list[str], month: int) -> list[tuple[str, str, str]]:
    first, second = numbers
    day, year = (second, first) if len(first) == 4 else (first, second)
    return [(year, str(month), day)]


def _ordered(numbers: list[str], order: str) -> list[tuple[str, str, str]]:
    """The readings (year, month, day) of three numbers, the likelier first."""
    first, second, third = numbers
    if len(first) == 4 or (order == "ymd" and len(third) <= 2):
        return [(first, second, third)]
    day_first, month_first = (third, second, first), (third, first, second)
    return [month_first, day_first] if order == "mdy" else [day_first, month_first]


def _exact(readings: list[tuple[str, str, str]], today: dt.date) -> Born | None:
    for year, month, day in readings:
        if len(year) not in (2, 4):
            continue
        try:
            return Born(dt.date(_full_year(year, today), int(month), int(day)), BirthDatePrecision.EXACT)
        except ValueError:
            continue
    return None


def _full_year(year: str, today: dt.date) -> int:
    """ "80" is the latest year that ends so and is not to come."""
    if len(year) == 4:
        return int(year)
    century = today.year // 100 * 100
    return century + int(year) if century + int(year) <= today.year else century - 100 + int(year)


@lru_cache(maxsize=20)
def _month_names(language: str) -> dict[str, int]:
    names: dict[str, int] = {}
    for spoken in (Locale.parse("en"), Locale.parse(language)):
        for form in ("format", "stand-alone"):
            for width in ("abbreviated", "wide"):
                for number, name in spoken.months[form][width].items():
                    names[fold(name)] = int(number)
    return {**names, "sept": 9, "sep": 9}


def _example(order: str) -> str:
    return {"dmy": "3.2.1980", "mdy": "2/3/1980", "ymd": "1980-02-03"}[order]
