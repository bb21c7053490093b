"""Dates as exact as they are known: read as people write them, said as people say them."""

import calendar
import datetime as dt
import re
import unicodedata
from functools import lru_cache
from typing import Final

from babel import dates

from hms_app.core.errors import DomainError
from hms_app.core.locale import HospitalLocale
from hms_app.domain.clinical.values import DatePrecision, PartialDate

EARLIEST_YEAR: Final = 1880
_YEAR: Final = re.compile(r"(\d{4})")
_MONTH: Final = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})|(?P<m2>\d{1,2})[-/.](?P<y2>\d{4})")
_DAY: Final = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})\.\s?(?P<m2>\d{1,2})\.\s?(?P<y2>\d{4})"
)
_NAMED: Final = re.compile(r"(?:(?P<d>\d{1,2})\.? )?(?P<name>[^\W\d]{3,})\.?,? (?P<y>\d{4})")
_UNREADABLE: Final = "Write a year, a month or a day, such as 2019, May 2019 or 6 May 2019."


def read_date(text: str, *, locale: HospitalLocale, field: str) -> PartialDate:
    """A date of the past as somebody typed it, today when nothing was; raises DomainError beside `field`."""
    today = locale.today()
    if not text.strip():
        return PartialDate(today, today, DatePrecision.DAY)
    year, month, day = _parts(" ".join(text.split()), locale, field)
    try:
        first = dt.date(year, month or 1, day or 1)
    except ValueError:
        raise DomainError("There is no such day. Look at it again.", field=field) from None
    if year < EARLIEST_YEAR:
        raise DomainError("This is too long ago. Check the year.", field=field)
    if first > today:
        raise DomainError("This is in the future. Write a day that has come.", field=field)
    if day:
        return PartialDate(first, first, DatePrecision.DAY)
    end = first.replace(month=month or 12, day=calendar.monthrange(year, month or 12)[1])
    return PartialDate(first, min(end, today), DatePrecision.MONTH if month else DatePrecision.YEAR)


def read_onset(text: str, *, locale: HospitalLocale, field: str) -> PartialDate:
    """When something began; nothing typed means that nobody knows, and today is when it was recorded."""
    known = read_date(text, locale=locale, field=field)
    return known if text.strip() else known._replace(precision=DatePrecision.UNKNOWN)


def ensure_after_birth(known: PartialDate, born_on: dt.date | None, *, field: str) -> None:
    """Raise DomainError when a date lies wholly before the birth."""
    if born_on is not None and known.last < born_on:
        raise DomainError("This is before the patient was born. Check the year.", field=field)


def date_words(day: dt.date, precision: str, locale: HospitalLocale) -> str:
    """A date as exact as it is known: "6 May 2019", "May 2019", "2019"; empty when it is not."""
    if precision == DatePrecision.UNKNOWN:
        return ""
    if precision == DatePrecision.YEAR:
        return str(day.year)
    if precision == DatePrecision.MONTH:
        return str(dates.format_date(day, "MMM y", locale=locale.language))
    return locale.date(day)


def _parts(text: str, locale: HospitalLocale, field: str) -> tuple[int, int | None, int | None]:
    if found := _YEAR.fullmatch(text):
        return int(found[1]), None, None
    if found := _MONTH.fullmatch(text):
        return int(found["y"] or found["y2"]), int(found["m"] or found["m2"]), None
    if found := _DAY.fullmatch(text):
        return int(found["y"] or found["y2"]), int(found["m"] or found["m2"]), int(found["d"] or found["d2"])
    if found := _NAMED.fullmatch(text):
        month = _month(found["name"], locale.language)
        if month:
            return int(found["y"]), month, int(found["d"]) if found["d"] else None
    raise DomainError(_UNREADABLE, field=field)


def _month(name: str, language: str) -> int | None:
    """The one month whose name begins so, in English or in the hospital's language."""
    begun = {month for full, month in _month_names(language) if full.startswith(_plain(name))}
    return begun.pop() if len(begun) == 1 else None


@lru_cache(maxsize=32)
def _month_names(language: str) -> frozenset[tuple[str, int]]:
    return frozenset(
        (_plain(name).rstrip("."), month)
        for spoken in ("en", language)
        for width in ("wide", "abbreviated")
        for month, name in dates.get_month_names(width, locale=spoken).items()
    )


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
