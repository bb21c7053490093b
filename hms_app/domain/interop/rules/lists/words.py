"""Single values of a list: dates in figures, words for sex, names in one column."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from hms_app.core.text import fold
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.values.lists import DateOrder, NameOrder
from hms_app.domain.patients.values import Sex

_FIGURES: Final = re.compile(r"(\d{1,4})[./\- ](\d{1,2})[./\- ](\d{1,4})(?:[T ][0-9:.]+Z?)?")
_PLACES: Final = {
    DateOrder.DAY_FIRST: (2, 1, 0),
    DateOrder.MONTH_FIRST: (2, 0, 1),
    DateOrder.YEAR_FIRST: (0, 1, 2),
}
"""Where year, month and day stand."""
_SEXES: Final = {
    **dict.fromkeys(("f", "female", "w", "woman", "girl", "weiblich", "frau", "femme", "mujer"), Sex.FEMALE),
    **dict.fromkeys(
        ("m", "male", "man", "boy", "maennlich", "mannlich", "herr", "homme", "hombre"), Sex.MALE
    ),
    **dict.fromkeys(("o", "other", "d", "divers", "x", "intersex", "nonbinary", "non binary"), Sex.OTHER),
    **dict.fromkeys(("", "u", "unknown", "n a", "na", "unspecified", "not known"), Sex.UNKNOWN),
}


def possible_orders(texts: Iterable[str]) -> frozenset[DateOrder]:
    """The orders in which every date in figures among `texts` is one; all of them when there is none.

    A date whose year stands first with all its figures is read so whatever the others are, and tells nothing of them.
    """
    orders = frozenset(DateOrder)
    for text in texts:
        found = _FIGURES.fullmatch(text.strip())
        if found and not _says_its_order(found):
            orders = frozenset(order for order in orders if _day(found, order) is not None)
    return orders


def as_date(text: str, order: DateOrder, today: dt.date) -> str:
    """A date in figures as YYYY-MM-DD; any other text as it stands. Raises Rejected for figures that are no date."""
    found = _FIGURES.fullmatch(text.strip())
    if found is None:
        return text.strip()
    day = _day(found, DateOrder.YEAR_FIRST if _says_its_order(found) else order, today)
    if day is None:
        raise Rejected(f"{text.strip()[:40]} is no date when read as {_EXAMPLES[order]}")
    return day.isoformat()


def _says_its_order(found: re.Match[str]) -> bool:
    return len(found[1]) > 2


_EXAMPLES: Final = {
    DateOrder.DAY_FIRST: "day, month, year",
    DateOrder.MONTH_FIRST: "month, day, year",
    DateOrder.YEAR_FIRST: "year, month, day",
}


def sex_of(text: str) -> Sex:
    """What a word for sex means; raises Rejected for a word nobody uses for it."""
    found = _SEXES.get(fold(text))
    if found is None:
        raise Rejected(f"{text.strip()[:40]} is not known as a word for sex")
    return found


def split_name(text: str, order: NameOrder) -> tuple[str, str]:
    """Family name and given names of a name in one column; a comma always ends the family name."""
    family, comma, given = (part.strip() for part in text.partition(","))
    if comma:
        return family, " ".join(given.split())
    words = text.split()
    if len(words) < 2:
        return " ".join(words), ""
    if order is NameOrder.FAMILY_FIRST:
        return words[0], " ".join(words[1:])
    return words[-1], " ".join(words[:-1])


def _day(found: re.Match[str], order: DateOrder, today: dt.date | None = None) -> dt.date | None:
    year, month, day = (found[place + 1] for place in _PLACES[order])
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    try:
        return dt.date(_full_year(year, today), int(month), int(day))
    except ValueError:
        return None


def _full_year(year: str, today: dt.date | None) -> int:
    """ "80" is the latest year that ends so and is not to come."""
    if len(year) == 4 or today is None:
        return int(year) if len(year) == 4 else 2000 + int(year)
    this_century = today.year // 100 * 100 + int(year)
    return this_century if this_century <= today.year else this_century - 100
