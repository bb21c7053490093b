"""How a hospital writes days, told to the browser, whose date fields read and write them."""

import re
from typing import Final, Literal, TypedDict

from babel import Locale, UnknownLocaleError

from hms_app.core.locale import HospitalLocale

Order = Literal["dmy", "mdy", "ymd"]
_ORDERS: Final[dict[str, Order]] = {"dmy": "dmy", "mdy": "mdy", "ymd": "ymd"}
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class DateWriting(TypedDict):
    """The zone of "today", the language (BCP 47), the order of a date in figures, and the names of months."""

    zone: str
    language: str
    order: Order
    week_start: str
    months: list[str]
    """As `HospitalLocale.date` writes them, January first."""
    names: list[str]
    """In full."""


def date_writing(locale: HospitalLocale) -> DateWriting:
    """How the hospital of `locale` writes days.

    The order of figures and the first day of the week are its country's (Unicode CLDR); a hospital of no country has
    day before month, and weeks that begin on Monday.
    """
    months = Locale.parse(locale.language).months["format"]
    custom = _custom_of(locale.country)
    return {
        "zone": locale.zone_name,
        "language": locale.language.replace("_", "-"),
        "order": _order_of(custom) if custom else "dmy",
        "week_start": _WEEKDAYS[custom.first_week_day] if custom else "mon",
        "months": _in_order(months["abbreviated"]),
        "names": _in_order(months["wide"]),
    }


def _custom_of(country: str) -> Locale | None:
    """The locale most used in a country; None for no country, and for one that CLDR does not know."""
    try:
        return Locale.parse(f"und_{country}") if country else None
    except (UnknownLocaleError, ValueError):
        return None


def _order_of(custom: Locale) -> Order:
    letters = re.sub(r"[^dmy]", "", custom.date_formats["short"].pattern.lower())
    return _ORDERS.get("".join(dict.fromkeys(letters)), "dmy")


def _in_order(names: dict[int, str]) -> list[str]:
    return [names[month] for month in range(1, 13)]
