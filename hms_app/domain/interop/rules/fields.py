"""One value at a time: what it means, or the sentence that says why it cannot be taken over."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from hms_app.core.money import Money

CURRENCY: Final = "USD"
"""Synthea prices are United States dollars."""
OLDEST: Final = dt.date(1800, 1, 1)
_SHOWN: Final = 40
_DIGITS: Final = re.compile(r"\d+")
_SPACES: Final = re.compile(r"\s+")


class Rejected(ValueError):
    """A row cannot be taken over; its text is the reason."""


class Fields:
    """The values of one row, read by column name; a missing column reads as blank. Raises `Rejected`."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def raw(self, name: str) -> str:
        """The value as it stands in the file, without blanks around it."""
        return self._values.get(name, "")

    def text(self, name: str, *, limit: int = 300) -> str | None:
        """Words with single spaces between them; None when blank."""
        value = self.raw(name)
        if not value:
            return None
        if len(value) > limit:
            raise Rejected(f"{name} is longer than {limit} characters")
        return _SPACES.sub(" ", value) if "  " in value or "\n" in value or "\t" in value else value

    def needed(self, name: str, *, limit: int = 300) -> str:
        """Words that may not be blank."""
        value = self.text(name, limit=limit)
        if value is None:
            raise Rejected(f"{name} is missing")
        return value

    def choice(self, name: str, meanings: Mapping[str, str], *, needed: bool = False) -> str | None:
        """What one of a few known words means here; letter case does not matter."""
        value = self.raw(name)
        if not value:
            if needed:
                raise Rejected(f"{name} is missing")
            return None
        meaning = meanings.get(value.casefold())
        if meaning is None:
            raise Rejected(f"{name} is not known: {_shown(value)}")
        return meaning

    def day(self, name: str) -> str | None:
        """A calendar day as YYYY-MM-DD; of an instant, its day in UTC."""
        value = self.raw(name)
        if not value:
            return None
        found = _day(value)
        if found is None:
            raise Rejected(f"{name} is not a date: {_shown(value)}")
        return found

    def needed_day(self, name: str) -> str:
        """A calendar day that may not be blank."""
        value = self.day(name)
        if value is None:
            raise Rejected(f"{name} is missing")
        return value

    def instant(self, name: str) -> str | None:
        """An instant as ISO 8601 in UTC; a bare day is its midnight, a bare year its first day."""
        value = self.raw(name)
        if not value:
            return None
        found = _instant(value)
        if found is None:
            raise Rejected(f"{name} is not a time: {_shown(value)}")
        return found

    def needed_instant(self, name: str) -> str:
        """An instant that may not be blank."""
        value = self.instant(name)
        if value is None:
            raise Rejected(f"{name} is missing")
        return value

    def is_day_only(self, name: str) -> str:
        """Whether the value names a day and no time of it: "true" or "false"."""
        return "true" if len(self.raw(name)) in {4, 10} else "false"

    def number(self, name: str) -> str | None:
        """An exact decimal number."""
        value = self.raw(name)
        if not value:
            return None
        found = _number(value)
        if found is None:
            raise Rejected(f"{name} is not a number: {_shown(value)}")
        return found

    def whole(self, name: str) -> str | None:
        """A whole number from 0 up ("3" or "3.0")."""
        value = self.number(name)
        if value is None:
            return None
        exact = Decimal(value)
        if exact < 0 or exact != exact.to_integral_value() or exact > 2_000_000_000:
            raise Rejected(f"{name} is not a whole number: {_shown(self.raw(name))}")
        return str(int(exact))

    def amount(self, name: str) -> str | None:
        """An amount of money from 0 up, rounded to the cent."""
        value = self.raw(name)
        if not value:
            return None
        found = _amount(value)
        if found is None:
            raise Rejected(f"{name} is not an amount of money: {_shown(value)}")
        return found

    def name(self, name: str) -> str | None:
        """A person's name without the digits Synthea adds to it."""
        value = self.text(name, limit=120)
        return without_digits(value) if value else None

    def needed_name(self, name: str) -> str:
        """A person's name that may not be blank."""
        value = self.name(name)
        if not value:
            raise Rejected(f"{name} is missing")
        return value


def ensure_order(start: str | None, stop: str | None) -> None:
    """Raise `Rejected` when something stops before it starts; both are ISO texts of one kind."""
    if start and stop and stop < start:
        raise Rejected("STOP is before START")


def without_digits(name: str) -> str:
    """`name` as a person bears it: "Maynard46 Mosciski958" -> "Maynard Mosciski"."""
    return _SPACES.sub(" ", _DIGITS.sub("", name)).strip()


@lru_cache(maxsize=20_000)
def _day(value: str) -> str | None:
    try:
        day = dt.date.fromisoformat(value) if len(value) == 10 else _parsed_instant(value).date()
    except ValueError:
        return None
    return day.isoformat() if day >= OLDEST else None


@lru_cache(maxsize=20_000)
def _instant(value: str) -> str | None:
    if len(value) == 4 and value.isdecimal():
        value = f"{value}-01-01"
    try:
        instant = _parsed_instant(value)
    except ValueError:
        return None
    return instant.isoformat() if instant.date() >= OLDEST else None


def _parsed_instant(value: str) -> dt.datetime:
    instant = dt.datetime.fromisoformat(value)
    if len(value) < 10 or value[4] != "-" or value[7] != "-":
        raise ValueError(value)
    aware = instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)
    try:
        return aware.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(value) from error


@lru_cache(maxsize=20_000)
def _number(value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= 10**12 or "_" in value:
        return None
    return format(round(number, 10) if number.as_tuple().exponent < -10 else number, "f")  # type: ignore[operator]


@lru_cache(maxsize=20_000)
def _amount(value: str) -> str | None:
    number = _number(value)
    if number is None or Decimal(number) < 0:
        return None
    return str(Money(Decimal(number), CURRENCY).rounded().amount)


def _shown(value: str) -> str:
    return value if len(value) <= _SHOWN else value[:_SHOWN] + "..."
