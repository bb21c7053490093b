"""What a registration needs, and what its texts mean."""

import datetime as dt
from collections.abc import Callable
from typing import Final, TypeVar

from hms_app.core.errors import DomainError, InvalidInput
from hms_app.core.locale import HospitalLocale
from hms_app.domain.patients.rules.birth import parse_birth
from hms_app.domain.patients.rules.numbers import is_placeholder
from hms_app.domain.patients.rules.phones import parse_phone
from hms_app.domain.patients.values.registration import (
    Born,
    CoveragePart,
    IdentityInput,
    RegistrationInput,
    Understood,
    missing_identity,
)

T = TypeVar("T")
NO_NUMBER: Final = "This stands for no number. Leave it empty."


def understand(request: RegistrationInput, locale: HospitalLocale) -> Understood:
    """The registration's birth and phone numbers.

    Raises `InvalidInput` naming every field that is missing or cannot be read.
    """
    problems = missing_identity(request.family_name, request.given_names, request.birth)
    born = _read(problems, "birth", lambda: birth_of(request.birth, locale)) if request.birth else None
    phones = {
        place: number
        for place, phone in request.phones.items()
        if (number := _number(problems, f"phones_{place}_number", phone.number, locale))
    }
    contacts = {
        place: number
        for place, relation in request.relations.items()
        if relation.phone
        and (number := _number(problems, f"relations_{place}_phone", relation.phone, locale))
    }
    for place, identifier in request.identifiers.items():
        if is_placeholder(identifier.value):
            problems[f"identifiers_{place}_value"] = NO_NUMBER
    for place, coverage in request.coverages.items():
        if sentence := _wrong_period(coverage):
            problems[f"coverages_{place}_ends_on"] = sentence
    if problems:
        raise InvalidInput(problems)
    return Understood(born, phones, contacts)


def understand_so_far(request: IdentityInput, locale: HospitalLocale) -> Understood:
    """What can be read of an identity that is still being typed; what cannot is left out."""
    ignored: dict[str, str] = {}
    born = _read(ignored, "birth", lambda: birth_of(request.birth, locale)) if request.birth else None
    phones = {
        place: number
        for place, phone in request.phones.items()
        if (number := _number(ignored, place, phone.number, locale))
    }
    return Understood(born, phones)


def birth_of(text: str, locale: HospitalLocale) -> Born:
    """A birth as typed at this hospital; raises `BirthRefused`."""
    return parse_birth(text, today=locale.today(), country=locale.country, language=locale.language)


def ends_before(last_day: dt.date | None) -> dt.date | None:
    """The day after the last one, as coverage is stored."""
    return last_day + dt.timedelta(days=1) if last_day and last_day < dt.date.max else None


def _number(problems: dict[str, str], field: str, text: str, locale: HospitalLocale) -> str | None:
    return _read(problems, field, lambda: parse_phone(text, locale.country))


def _read(problems: dict[str, str], field: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except DomainError as refusal:
        problems[field] = str(refusal)
        return None


def _wrong_period(coverage: CoveragePart) -> str:
    if coverage.starts_on and coverage.ends_on and coverage.ends_on < coverage.starts_on:
        return "The last day lies before the first."
    return ""
