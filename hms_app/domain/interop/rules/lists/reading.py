"""A row of a list as a registration, by the same rules as at the desk."""

import datetime as dt
from functools import lru_cache
from typing import Final

from hms_app.core.errors import DomainError, InvalidInput
from hms_app.core.locale import HospitalLocale
from hms_app.core.text import fold
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.keys import digest
from hms_app.domain.interop.rules.lists.words import as_date, sex_of, split_name
from hms_app.domain.interop.values.lists import FIELD_LABELS, ListField, ListMapping, ReadRow
from hms_app.domain.organization.values import known_countries
from hms_app.domain.patients import rules
from hms_app.domain.patients.values import RegistrationInput

_F = ListField
_AS_IT_STANDS: Final = (
    _F.PREFIX, _F.SUFFIX, _F.PREFERRED_NAME, _F.MAIDEN_NAME, _F.EMAIL, _F.CITY, _F.REGION, _F.POSTAL_CODE,
)  # fmt: skip
_IDENTIFIERS: Final = {
    _F.MRN: "other-hospital",
    _F.NATIONAL_ID: "national_id",
    _F.SSN: "ssn",
    _F.PASSPORT: "passport",
    _F.HEALTH_CARD: "health-card",
}
_WORDS_OF: Final = {
    "birth": "Date of birth",
    "sex_at_birth": "Sex",
    "family_name": "Family name",
    "given_names": "Given names",
    "address_line": "Street and number",
    "country": "Country",
    "duplicate_reason": "",
    **{found.value: FIELD_LABELS[found] for found in _AS_IT_STANDS},
}
"""How a problem names the field it is at."""
LOOKS_ALIKE: Final = "Taken over from a list as somebody else."


class RowReader:
    """Reads the rows of one list, by its mapping, at one hospital."""

    def __init__(self, mapping: ListMapping, locale: HospitalLocale) -> None:
        self._mapping, self._locale = mapping, locale

    def read(self, line: int, cells: list[str]) -> ReadRow:
        """What the row says; `problem` is why it cannot be registered."""
        key = self._key(cells)
        content = digest(*(cells[place] for place in sorted(self._mapping.fields) if place < len(cells)))
        shown: dict[str, str] = {}
        try:
            if self._mapping.key_column is not None and not self._cell(cells, self._mapping.key_column):
                raise Rejected("the column that tells rows apart is empty")
            self._fill(shown, cells, self._locale.today())
            request = RegistrationInput.from_form({**shown, "key": key})
            rules.understand(request, self._locale)
        except (Rejected, DomainError) as refusal:
            return ReadRow(line, key, content, None, shown, sentence_of(refusal))
        return ReadRow(line, key, content, request, shown)

    def _fill(self, form: dict[str, str], cells: list[str], today: dt.date) -> None:
        """Fill in the form of a registration; what was understood stays when something else is not."""
        values = self._values(cells)
        family, given = split_name(_one(values, _F.FULL_NAME), self._mapping.name_order)
        given_names = (_one(values, _F.GIVEN_NAMES) or given, _one(values, _F.MIDDLE_NAMES))
        form |= {found.value: _one(values, found) for found in _AS_IT_STANDS}
        form["family_name"] = _one(values, _F.FAMILY_NAME) or family
        form["given_names"] = " ".join(filter(None, given_names))
        form["address_line"] = ", ".join(values.get(_F.ADDRESS_LINE, ()))
        form["country"] = _country(_one(values, _F.COUNTRY)) or self._country_of(form)
        form["duplicate_reason"] = LOOKS_ALIKE if self._mapping.takes_lookalikes else ""
        form |= {**_phones(values), **self._identifiers(values)}
        form["birth"] = as_date(_one(values, _F.BIRTH), self._mapping.date_order, today)
        form["sex_at_birth"] = sex_of(_one(values, _F.SEX)).value

    def _values(self, cells: list[str]) -> dict[ListField, list[str]]:
        values: dict[ListField, list[str]] = {}
        for place, found in sorted(self._mapping.fields.items()):
            if text := self._cell(cells, place):
                values.setdefault(found, []).append(text)
        return values

    def _country_of(self, form: dict[str, str]) -> str:
        has_address = any(form[name] for name in ("address_line", "city", "postal_code"))
        return self._locale.country if has_address else ""

    def _identifiers(self, values: dict[ListField, list[str]]) -> dict[str, str]:
        form: dict[str, str] = {}
        for number, (found, kind) in enumerate(_IDENTIFIERS.items(), 1):
            if (text := _one(values, found)) and not rules.is_placeholder(text):
                form[f"identifiers_{number}_type"] = kind
                form[f"identifiers_{number}_value"] = text
                form[f"identifiers_{number}_issuer"] = self._mapping.source if found is _F.MRN else ""
        return form

    def _key(self, cells: list[str]) -> str:
        column = self._mapping.key_column
        if column is not None:
            return digest("list", self._mapping.source, "key", fold_key(self._cell(cells, column)))
        told = (self._cell(cells, place) for place in sorted(self._mapping.fields))
        return digest("list", self._mapping.source, "row", *told)

    @staticmethod
    def _cell(cells: list[str], place: int) -> str:
        return " ".join(cells[place].split()) if place < len(cells) else ""


def fold_key(text: str) -> str:
    """A row's own number, whatever its letters' case."""
    return text.strip().casefold()


def identity_of(request: RegistrationInput) -> str:
    """What two rows of one list share when they are one person: the folded name and the birth as it was read."""
    return digest(fold(f"{request.family_name} {request.given_names}"), request.birth)


def sentence_of(refusal: Exception) -> str:
    """Why a row is not taken over, with the fields it is about."""
    if not isinstance(refusal, InvalidInput):
        return str(refusal)
    return " ".join(
        f"{words}: {sentence}" if (words := _field_words(name)) else sentence
        for name, sentence in refusal.problems.items()
    )


def _field_words(name: str) -> str:
    if name.startswith("phones_"):
        return "Phone"
    return "Identifier" if name.startswith("identifiers_") else _WORDS_OF.get(name, "")


def _one(values: dict[ListField, list[str]], found: ListField) -> str:
    return next(iter(values.get(found, ())), "")


def _phones(values: dict[ListField, list[str]]) -> dict[str, str]:
    numbers = [("mobile", text) for text in values.get(_F.MOBILE, ())]
    numbers += [("home", text) for text in values.get(_F.PHONE, ())]
    numbers = [(use, text) for use, text in numbers if not rules.is_placeholder(text)]
    form: dict[str, str] = {}
    for place, (use, text) in enumerate(numbers, 1):
        form[f"phones_{place}_number"], form[f"phones_{place}_use"] = text, use
    return form


def _country(text: str) -> str:
    """The code of a country that is written as a code or by its English name; another text is left to be refused."""
    if text.upper() in known_countries():
        return text.upper()
    return _country_codes().get(fold(text), text)


@lru_cache(maxsize=1)
def _country_codes() -> dict[str, str]:
    spoken = {"usa": "US", "united states of america": "US", "uk": "GB", "england": "GB", "holland": "NL"}
    return {**{fold(name): code for code, name in known_countries().items()}, **spoken}
