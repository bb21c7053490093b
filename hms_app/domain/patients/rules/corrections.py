"""What may become of a record, when somebody can have died, and how two versions of a form are compared."""

import datetime as dt
from collections.abc import Mapping

from hms_app.core.errors import DomainError
from hms_app.domain.patients.errors import StatusUnreachable
from hms_app.domain.patients.values import (
    STATUS_LABELS,
    STATUS_TRANSITIONS,
    THEIRS,
    YOURS,
    BirthDatePrecision,
    FieldVersions,
    Form,
    PatientStatus,
)


def ensure_status(current: str, wanted: PatientStatus) -> None:
    """Raise StatusUnreachable unless a record can go from one state to the other."""
    possible = STATUS_TRANSITIONS.get(PatientStatus(current), ())
    if wanted not in possible:
        raise StatusUnreachable(
            STATUS_LABELS[current],
            wanted=STATUS_LABELS[wanted],
            possible=[STATUS_LABELS[way] for way in possible],
        )


def ensure_death_possible(
    died_on: dt.date,
    died_at: dt.datetime | None,
    *,
    born_on: dt.date | None,
    precision: str,
    today: dt.date,
    now: dt.datetime,
) -> None:
    """Raise DomainError for a death to come or before birth; an estimated birth proves nothing."""
    if died_on > today:
        raise DomainError("This day lies in the future.", field="died_on")
    if died_at is not None and died_at > now:
        raise DomainError("This time lies in the future.", field="died_at")
    if is_before_birth(died_on, born_on=born_on, precision=precision):
        raise DomainError("This day lies before the date of birth.", field="died_on")


def is_before_birth(day: dt.date, *, born_on: dt.date | None, precision: str) -> bool:
    """Whether a day is certainly before a birth that is known by the day or by the year."""
    if born_on is None or precision == BirthDatePrecision.ESTIMATED.value:
        return False
    if precision == BirthDatePrecision.YEAR.value:
        return day.year < born_on.year
    return day < born_on


def compare_versions(
    form: Form, was: Mapping[str, str], theirs: Mapping[str, str], yours: Mapping[str, str]
) -> list[FieldVersions]:
    """The fields of a form on which theirs and yours read differently; what only one side changed prefers that side."""
    read = [(name, *(_reads(name, form, side) for side in (was, theirs, yours))) for name in form]
    return [
        FieldVersions(name, before, their, your, _preferred(before, their, your))
        for name, before, their, your in read
        if their != your
    ]


def merged_versions(
    theirs: Mapping[str, str], yours: Mapping[str, str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """Their form with yours in each field where `chosen` says so; a searched field brings its text along."""
    mine = [name for name, side in chosen.items() if side == YOURS]
    parts = [part for name in mine for part in (name, text_of(name)) if part in yours]
    return {**theirs, **{part: yours[part] for part in parts}}


def text_of(name: str) -> str:
    """Where the text of a searched field stands."""
    return f"{name}-text"


def _reads(name: str, form: Form, side: Mapping[str, str]) -> str:
    value = side.get(text_of(name), side.get(name, ""))
    return form[name].words.get(value, value)


def _preferred(was: str, theirs: str, yours: str) -> str:
    if yours == was:
        return THEIRS
    return YOURS if theirs == was else ""
