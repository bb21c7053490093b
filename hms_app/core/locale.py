"""How this hospital writes dates, times, numbers and money."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import dates, numbers

from hms_app.core import clock
from hms_app.core.money import Money


@dataclass(frozen=True)
class HospitalLocale:
    """The hospital's zone, currency (ISO 4217), language of dates (a Babel locale) and country (ISO 3166, or "")."""

    zone_name: str = "UTC"
    currency: str = "USD"
    language: str = "en"
    country: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's time zone."""
        return ZoneInfo(self.zone_name)

    def local(self, instant: dt.datetime) -> dt.datetime:
        """`instant` on the hospital's wall clock."""
        return instant.astimezone(self.zone)

    def date(self, day: dt.date | None) -> str:
        """A day, such as "23 Nov 2026"; empty for None."""
        return dates.format_date(day, "d MMM y", locale=self.language) if day else ""

    def weekday(self, day: dt.date) -> str:
        """A day of a week that is on screen, such as "Mon 23 Nov"."""
        return dates.format_date(day, "EEE d MMM", locale=self.language)

    def date_of(self, instant: dt.datetime | None) -> str:
        """The hospital's calendar day of `instant`."""
        return self.date(self.local(instant).date()) if instant else ""

    def time(self, instant: dt.datetime | None) -> str:
        """A time of day, such as "14:05"."""
        return self.local(instant).strftime("%H:%M") if instant else ""

    def moment(self, instant: dt.datetime | None) -> str:
        """A day and time, such as "23 Nov 2026, 14:05"; empty for None."""
        return f"{self.date_of(instant)}, {self.time(instant)}" if instant else ""

    def number(self, value: Decimal | int | float | None) -> str:
        """A number with thousands separators, as exact as it is given."""
        if value is None:
            return ""
        return str(numbers.format_decimal(value, locale=self.language, decimal_quantization=False))

    def money(self, money: Money) -> str:
        """An amount with its currency code, such as "12.50 EUR", in the decimals of its minor unit."""
        rounded = money.rounded().amount
        decimals = "." + "0" * places if (places := -int(rounded.as_tuple().exponent)) else ""
        figure = numbers.format_decimal(rounded, f"#,##0{decimals}", locale=self.language)
        return f"{figure} {money.currency}"

    def today(self) -> dt.date:
        """The calendar day it is now at the hospital."""
        return clock.today(self.zone)

    def day_bounds(
        self, first: dt.date | None, last: dt.date | None = None
    ) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Midnight at which `first` begins and midnight at which `last` ends, on the hospital's clocks.

        None where there is no day, or none that has a next.
        """
        ends = None if last is None or last == dt.date.max else self._midnight(last + dt.timedelta(days=1))
        return None if first is None else self._midnight(first), ends

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), self.zone)

    def age(self, born_on: dt.date | None, at: dt.date | None = None) -> str:
        """Age as people say it: "3 days", "7 months", "42 years"; empty when unknown or in the future."""
        return age_in_words(born_on, at or self.today())


def age_in_words(born_on: dt.date | None, at: dt.date) -> str:
    """Age on a day: days below 1 month, months below 2 years, then years."""
    if born_on is None or born_on > at:
        return ""
    months = (at.year - born_on.year) * 12 + at.month - born_on.month - (at.day < born_on.day)
    if months < 1:
        return _counted((at - born_on).days, "day")
    if months < 24:
        return _counted(months, "month")
    return _counted(months // 12, "year")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
