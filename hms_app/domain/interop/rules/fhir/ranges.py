"""Which of several reference ranges is this patient's: by type, sex and age; the others are told in the note."""

import datetime as dt
from typing import Final, NamedTuple

from hms_app.core.text import fold
from hms_app.domain.interop.rules.fhir.codes import codes_of, read_concept
from hms_app.domain.interop.rules.fhir.elements import Json, moment, number, part, parts, text
from hms_app.domain.interop.rules.fhir.names import target
from hms_app.domain.interop.rules.fhir.reading import Reading
from hms_app.domain.interop.rules.fhir.remarks import unit_of
from hms_app.domain.interop.rules.fields import Rejected

_SEXES: Final = {
    **dict.fromkeys(("248153007", "male", "m", "man", "men", "males", "10052007"), "male"),
    **dict.fromkeys(("248152002", "female", "f", "woman", "women", "females", "1086007"), "female"),
}
"""What a range for one sex is coded or called."""
_ANYONE: Final = frozenset({"all", "any", "everyone", "both", "adults and children"})
_DAYS: Final = {"d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25, "h": 1 / 24, "min": 1 / 1440}
_DAY_WORDS: Final = {
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("week", "weeks"), "wk"),
    **dict.fromkeys(("month", "months"), "mo"),
    **dict.fromkeys(("year", "years", "yr", "yrs", "y"), "a"),
    **dict.fromkeys(("hour", "hours"), "h"),
}


class Measured(NamedTuple):
    """Of whom a value is: the sex, and the age in days; None for what is not known."""

    sex: str | None = None
    age_in_days: float | None = None


ANYBODY: Final = Measured()
"""Of somebody nothing is known of."""


def measured(reading: Reading) -> Measured:
    """Whose value an observation is, as far as its file says who the patient is."""
    try:
        found = target(part(reading.resource, "subject"), reading.named, reading.names)
        if found is None or found.named is None or found.named.type != "Patient":
            return Measured()
        patient = found.named.resource
        born = moment(patient, "birthDate")
        at = reading.started("effectiveDateTime") or reading.started("effectivePeriod")
        at = at or reading.started("effectiveInstant") or reading.started("issued")
    except Rejected:
        return Measured()
    sex = text(patient, "gender", limit=1000)
    if born is None or at is None or born.precision != "day":
        return Measured(sex or None)
    lived = dt.datetime.fromisoformat(at.at) - dt.datetime.fromisoformat(born.at)
    return Measured(sex or None, lived / dt.timedelta(days=1))


def applying_range(element: Json, unit: str, whose: Measured) -> Json | None:
    """The normal range in this unit that is the patient's; None when none is, or several are and nothing decides.

    One that names the patient's sex or age goes before one that is for everybody.
    """
    ranges = parts(element, "referenceRange")
    fitting = [one for one in ranges if _is_normal(one, unit) and _is_for(one, whose)]
    particular = [one for one in fitting if part(one, "age") or _groups(one)]
    chosen = particular or fitting
    return chosen[0] if len(chosen) == 1 else None


def _is_normal(between: Json, unit: str) -> bool:
    kind = part(between, "type")
    kinds = {*codes_of([kind]), fold(read_concept(kind).display)} - {""}
    units = {unit_of(part(between, end)) for end in ("low", "high") if part(between, end)}
    return bool(units) and units <= {unit, ""} and (not kinds or bool(kinds & {"normal", "normal range"}))


def _is_for(between: Json, whose: Measured) -> bool:
    return all(_is_group(group, whose) for group in _groups(between)) and _is_age(part(between, "age"), whose)


def _groups(between: Json) -> list[Json]:
    return parts(between, "appliesTo")


def _is_group(group: Json, whose: Measured) -> bool:
    """Whether the patient belongs to a group; of groups other than the sexes nobody here knows."""
    called = [
        fold(one) for one in (*codes_of([group]), read_concept(group).display, text(group, "text")) if one
    ]
    if any(one in _ANYONE for one in called):
        return True
    sexes = {_SEXES[one] for one in called if one in _SEXES}
    return bool(sexes) and sexes == {whose.sex}


def _is_age(between: Json, whose: Measured) -> bool:
    low, high = (_days(part(between, end)) for end in ("low", "high"))
    if low is None and high is None:
        return not between
    if whose.age_in_days is None:
        return False
    return (low is None or whose.age_in_days >= low) and (high is None or whose.age_in_days <= high)


def _days(age: Json) -> float | None:
    value, unit = number(age, "value"), unit_of(age)
    days = _DAYS.get(_DAY_WORDS.get(unit, unit))
    return float(value) * days if value is not None and days is not None else None
