"""How a hospital writes days, told to the browser, whose date fields read and write them."""

from functools import lru_cache
from typing import Final, TypedDict

from babel import Locale, UnknownLocaleError

from hms_app.core.locale import HospitalLocale

_ORDERS: Final = {"dmy": "dmy", "mdy": "mdy", "ymd": "ymd", "ydm": "ymd", "myd": "mdy", "dym": "dmy"}
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class DateWriting(TypedDict):
    """The zone of "today", the language (BCP 47), `date_order`, the week's first day, and the names of months."""

    zone: str
    language: str
    order: str
    week_start: str
    months: list[str]
    """As `HospitalLocale.date` writes them, January first."""
    names: list[str]
    """In full."""


def date_writing(locale: HospitalLocale) -> DateWriting:
    """How the hospital of `locale` writes days.

    The first day of the week is its country's (Unicode CLDR); at a hospital of no country it is Monday.
    """
    months = Locale.parse(locale.language).months["format"]
    country = _locale_of(locale.country)
    return {
        "zone": locale.zone_name,
        "language": locale.language.replace("_", "-"),
        "order": date_order(locale.country, locale.language),
        "week_start": _WEEKDAYS[country.first_week_day if country else 0],
        "months": _in_order(months["abbreviated"]),
        "names": _in_order(months["wide"]),
    }


@lru_cache(maxsize=300)
def date_order(country: str, language: str) -> str:
    """In which order people of the country write day, month and year: "dmy", "mdy" or "ymd"."""
    pattern = str((_locale_of(country) or Locale.parse(language)).date_formats["short"].pattern).lower()
    return _ORDERS["".join(dict.fromkeys(letter for letter in pattern if letter in "dmy"))]


def _locale_of(country: str) -> Locale | None:
    """The locale most used in a country; None for no country, and for one that CLDR does not know."""
    try:
        return Locale.parse(f"und_{country}", resolve_likely_subtags=True) if country else None
    except (UnknownLocaleError, ValueError):
        return None


def _in_order(names: dict[int, str]) -> list[str]:
    return [names[month] for month in range(1, 13)]
