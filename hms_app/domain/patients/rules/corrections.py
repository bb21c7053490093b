"""What may become of a record, and when somebody can have died."""

import datetime as dt

from hms_app.core.errors import DomainError
from hms_app.domain.patients.values import (
    BirthDatePrecision,
)


def ensure_death_possible(
    first_day: dt.date | None,
    last_day: dt.date | None,
    died_at: dt.datetime | None,
    *,
    born_on: dt.date | None,
    precision: str,
    today: dt.date,
    now: dt.datetime,
) -> None:
    """Raise DomainError for a death to come or before birth; an estimated birth proves nothing.

    `first_day` and `last_day` are those of the day, month or year that is known; None when nothing is.
    """
    if first_day is None or last_day is None:
        return
    if first_day > today:
        raise DomainError("This day lies in the future.", field="died_on")
    if died_at is not None and died_at > now:
        raise DomainError("This time lies in the future.", field="died_at")
    if is_before_birth(last_day, born_on=born_on, precision=precision):
        raise DomainError("This day lies before the date of birth.", field="died_on")


def is_before_birth(day: dt.date, *, born_on: dt.date | None, precision: str) -> bool:
    """Whether a day is certainly before a birth that is known by the day or by the year."""
    if born_on is None or precision == BirthDatePrecision.ESTIMATED.value:
        return False
    if precision == BirthDatePrecision.YEAR.value:
        return day.year < born_on.year
    return day < born_on
