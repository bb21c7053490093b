"""How to take a medicine, in words: whole, in the order it is taken, and beside a text only what the text lacks."""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from hms_app.core.text import fold
from hms_app.domain.clinical.values.doses import Dose, DoseTiming

TIME_UNITS: Final = {
    "s": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "d": ("day", "days"),
    "wk": ("week", "weeks"),
    "mo": ("month", "months"),
    "a": ("year", "years"),
}
"""UCUM's units of time in words: of one, and of several."""
_WEEKDAYS: Final = {
    "mon": "Mondays",
    "tue": "Tuesdays",
    "wed": "Wednesdays",
    "thu": "Thursdays",
    "fri": "Fridays",
    "sat": "Saturdays",
    "sun": "Sundays",
}
_OCCASIONS: Final = {
    "MORN": "in the morning",
    "MORN.early": "in the early morning",
    "MORN.late": "in the late morning",
    "NOON": "at noon",
    "AFT": "in the afternoon",
    "AFT.early": "in the early afternoon",
    "AFT.late": "in the late afternoon",
    "EVE": "in the evening",
    "EVE.early": "in the early evening",
    "EVE.late": "in the late evening",
    "NIGHT": "at night",
    "PHS": "after going to sleep",
    "IMD": "immediately",
    "HS": "at bedtime",
    "WAKE": "on waking",
    "C": "with meals",
    "CM": "with breakfast",
    "CD": "with lunch",
    "CV": "with dinner",
    "AC": "before meals",
    "ACM": "before breakfast",
    "ACD": "before lunch",
    "ACV": "before dinner",
    "PC": "after meals",
    "PCM": "after breakfast",
    "PCD": "after lunch",
    "PCV": "after dinner",
}
_SCHEMES: Final = {
    "QD": "once a day",
    "BID": "2 times a day",
    "TID": "3 times a day",
    "QID": "4 times a day",
    "QOD": "every 2 days",
    "Q1H": "every hour",
    "Q2H": "every 2 hours",
    "Q3H": "every 3 hours",
    "Q4H": "every 4 hours",
    "Q6H": "every 6 hours",
    "Q8H": "every 8 hours",
    "AM": "in the morning",
    "PM": "in the afternoon",
    "BED": "at bedtime",
    "WK": "once a week",
    "MO": "once a month",
}
_PIECES: Final = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")


def regimen_words(doses: Iterable[Dose]) -> str:
    """Every instruction, in the order of their sequence; those of one place are taken together."""
    said = [(dose.sequence, words) for dose in doses if (words := dose_words(dose))]
    placed = sorted(said, key=lambda one: one[0] or 0) if any(place for place, _ in said) else said
    steps: list[str] = []
    for place, group in groupby(placed, key=lambda one: one[0]):
        together = [words for _, words in group]
        joined = "; ".join(together) if place is None else " and ".join(together)
        follows = steps and place is not None and not fold(joined).startswith("then")
        steps.append(f"then {joined}" if follows else joined)
    return "; ".join(steps)


def dose_words(dose: Dose) -> str:
    """One instruction in words; "" when it says nothing."""
    said = [one for one in _coded_words(dose) if not _says(dose.text, one)]
    return ", ".join(filter(None, (dose.text, *dict.fromkeys(said))))


def span_words(low: str, high: str, unit: str) -> str:
    """A span of time: "7 days", "4 to 6 hours"."""
    number = f"{low} to {high}" if high and high != low else low
    one, several = TIME_UNITS.get(unit, (unit, unit))
    return f"{number} {one if number == '1' else several}".strip()


def _coded_words(dose: Dose) -> list[str]:
    said = (
        *dose.amounts,
        *(f"at {rate}" for rate in dose.rates),
        dose.method,
        dose.route,
        dose.site,
        *_timing_words(dose.timing),
        _as_needed(dose),
        *dose.most,
        *dose.also,
    )
    return [one for one in said if one]


def _as_needed(dose: Dose) -> str:
    if dose.needed_for:
        return f"as needed for {dose.needed_for}"
    return "as needed" if dose.is_as_needed else ""


def _timing_words(timing: DoseTiming) -> list[str]:
    named = _SCHEMES.get(timing.named.upper(), timing.named)
    before = f"{span_words(timing.offset_minutes, '', 'min')} " if timing.offset_minutes else ""
    said = (
        named,
        _how_often(timing),
        f"at {_listed(timing.times_of_day)}" if timing.times_of_day else "",
        f"on {_listed(_WEEKDAYS.get(one, one) for one in timing.weekdays)}" if timing.weekdays else "",
        *(f"{before}{_OCCASIONS.get(one, one)}" for one in timing.occasions),
        f"each time over {timing.duration}" if timing.duration else "",
        f"on {_listed(timing.on_days)}" if timing.on_days else "",
        timing.bounds,
        f"{timing.count} doses in all" if timing.count else "",
    )
    return [one for one in dict.fromkeys(said) if one]


def _how_often(timing: DoseTiming) -> str:
    """ "2 times a day", "every 4 to 6 hours", "1 to 2 times every 8 hours"; nothing where only a period's length is."""
    times, most = timing.frequency, timing.frequency_most
    if not timing.period:
        number = f"{times} to {most}" if times and most else times or (f"up to {most}" if most else "")
        return f"{number} {'time' if number == '1' else 'times'}" if number else ""
    number = f"{times or '1'} to {most}" if most and most != times else times or "1"
    one = TIME_UNITS.get(timing.period_unit, (timing.period_unit, ""))[0]
    if timing.period == "1" and not timing.period_most:
        span = f"{'an' if one == 'hour' else 'a'} {one}"
        return f"once {span}" if number == "1" else f"{number} times {span}"
    every = f"every {span_words(timing.period, timing.period_most, timing.period_unit)}"
    return every if number == "1" else f"{number} times {every}"


def _listed(words: Iterable[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def _says(text: str, words: str) -> bool:
    """Whether a text already holds these very words, one after the other."""
    written, wanted = _pieces(text), _pieces(words)
    return any(written[at : at + len(wanted)] == wanted for at in range(len(written) - len(wanted) + 1))


def _pieces(text: str) -> list[str]:
    return _PIECES.findall(text.casefold())
