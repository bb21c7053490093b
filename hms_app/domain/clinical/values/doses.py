"""How a medicine is taken: one model for what files say and what people write, in words that a ward reads."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DoseTiming:
    """When it is taken: how often in which span, at which times, on which days, for how long.

    Numbers are texts as they were written; units are UCUM codes of time ("h", "d"). `named` is the name of a whole
    scheme ("BID"), `bounds` says for how long in words.
    """

    named: str = ""
    frequency: str = ""
    frequency_most: str = ""
    period: str = ""
    period_most: str = ""
    period_unit: str = ""
    times_of_day: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    offset_minutes: str = ""
    duration: str = ""
    bounds: str = ""
    count: str = ""
    on_days: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dose:
    """One instruction of how to take a medicine; `sequence` is its place in a taper, equal ones go together.

    `text` is what the prescriber wrote; all else is what was said beside it.
    """

    text: str = ""
    sequence: int | None = None
    amounts: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    timing: DoseTiming = DoseTiming()
    route: str = ""
    site: str = ""
    method: str = ""
    is_as_needed: bool = False
    needed_for: str = ""
    most: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
