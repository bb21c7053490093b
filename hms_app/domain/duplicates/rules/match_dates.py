"""How alike two dates of birth are: the same, a slip of the pen apart, the same year, or different."""

import datetime as dt
from enum import Enum
from typing import Final

from rapidfuzz.distance import OSA

from hms_app.domain.patients.values import BirthDatePrecision

ESTIMATE_MISSES: Final = 3
"""Years by which an estimated year of birth may miss the true one and still mean it."""


class DateLevel(Enum):
    """How alike two dates of birth are, the most alike first."""

    SAME = "same"
    SLIP = "slip"
    SWAPPED = "swapped"
    SAME_YEAR_KNOWN = "the same as far as known"
    NEAR_YEAR = "about the same year"
    TWO_SLIPS = "two slips"
    DIFFERENT = "different"


def compare_dates(a: dt.date | None, b: dt.date | None, *, are_exact: tuple[bool, bool]) -> DateLevel | None:
    """How alike two dates of birth are; None when one is not known.

    A date that is not exact says only its year (`BirthDatePrecision`).
    """
    if a is None or b is None:
        return None
    if not all(are_exact):
        return _compare_years(a.year, b.year)
    if a == b:
        return DateLevel.SAME
    if a.year == b.year and (a.month, a.day) == (b.day, b.month):
        return DateLevel.SWAPPED
    slips = OSA.distance(_digits(a), _digits(b), score_cutoff=2)
    return {1: DateLevel.SLIP, 2: DateLevel.TWO_SLIPS}.get(slips, DateLevel.DIFFERENT)


def slips_of(day: dt.date) -> list[dt.date]:
    """Every other date that `compare_dates` takes for a slip or a swap of `day`."""
    text = _digits(day)
    written = [text[:at] + digit + text[at + 1 :] for at in range(8) for digit in "0123456789"]
    written += [text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(7)]
    written.append(text[:4] + text[6:] + text[4:6])
    found = {made for one in written if (made := _date(one)) and abs(made.year - day.year) <= _FAR}
    return sorted(found - {day})


def is_exact(precision: str) -> bool:
    """Whether a date of birth of this precision says more than its year."""
    return precision == BirthDatePrecision.EXACT.value


def _compare_years(a: int, b: int) -> DateLevel:
    if a == b:
        return DateLevel.SAME_YEAR_KNOWN
    return DateLevel.NEAR_YEAR if abs(a - b) <= ESTIMATE_MISSES else DateLevel.DIFFERENT


_FAR: Final = 150


def _digits(day: dt.date) -> str:
    return day.isoformat().replace("-", "")


def _date(text: str) -> dt.date | None:
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
