"""What the columns of a list hold, guessed from their headings, for somebody to confirm."""

from collections.abc import Sequence
from typing import Final

from hms_app.core.errors import DomainError, InvalidInput
from hms_app.core.text import fold
from hms_app.domain.interop.rules.lists.words import possible_orders
from hms_app.domain.interop.values.lists import (
    FIELD_LABELS,
    ONE_FIELD_ONCE,
    DateOrder,
    ListField,
    ListMapping,
)

_F = ListField
_HEADINGS: Final = {
    _F.MRN: "mrn, medical record number, record number, record no, patient id, patient no, patient number, pid,"
    " id, hospital number, chart number, file number, case number",
    _F.FULL_NAME: "name, full name, patient name, patient, patient full name",
    _F.FAMILY_NAME: "last name, lastname, family name, familyname, surname, last, nachname, name last, nom",
    _F.GIVEN_NAMES: "first name, firstname, given name, given names, givenname, forename, forenames, first, vorname,"
    " name first, prenom",
    _F.MIDDLE_NAMES: "middle name, middle names, middlename, middle, middle initial, second name",
    _F.PREFIX: "title, prefix, salutation",
    _F.SUFFIX: "suffix, name suffix",
    _F.PREFERRED_NAME: "preferred name, nickname, known as, called",
    _F.MAIDEN_NAME: "maiden name, maiden, birth name, name at birth, former name, geburtsname",
    _F.BIRTH: "date of birth, birth date, birthdate, dob, born, born on, birthday, birth, d o b, geburtsdatum,"
    " date naissance, age",
    _F.SEX: "sex, gender, sex at birth, m f, geschlecht",
    _F.PHONE: "phone, phone number, telephone, tel, phone no, home phone, work phone, contact number, contact no,"
    " telefon, phone 1, phone 2",
    _F.MOBILE: "mobile, mobile phone, mobile number, cell, cell phone, cellphone, cell number, mobile no, handy",
    _F.EMAIL: "email, e mail, email address, e mail address, mail",
    _F.ADDRESS_LINE: "address, street, street and number, street address, address line, address line 1, address 1,"
    " address line 2, address 2, home address, strasse, addr",
    _F.CITY: "city, town, place, suburb, municipality, ort, village, locality",
    _F.REGION: "state, region, province, county, state or region, district",
    _F.POSTAL_CODE: "postal code, zip, zip code, zipcode, postcode, post code, plz, pin code",
    _F.COUNTRY: "country, country code, nation, land",
    _F.NATIONAL_ID: "national id, national identity number, national identification number, identity number,"
    " nhs number, national number, citizen id, aadhaar",
    _F.SSN: "ssn, social security number, social security no, soc sec id, social security",
    _F.PASSPORT: "passport, passport number, passport no",
    _F.HEALTH_CARD: "health insurance card, insurance number, insurance no, health card, health card number,"
    " insurance id, medicare number",
}
_FIELD_OF: Final = {
    heading: found
    for found, headings in _HEADINGS.items()
    for heading in (fold(FIELD_LABELS[found]), found.value.replace("_", " "), *headings.split(", "))
}


def guess_fields(header: Sequence[str]) -> dict[int, ListField]:
    """The field of each column whose heading says it; a field that one column can hold goes to the first."""
    guessed: dict[int, ListField] = {}
    for place, heading in enumerate(header):
        found = _FIELD_OF.get(fold(heading.replace("_", " ")))
        if found and not (found in ONE_FIELD_ONCE and found in guessed.values()):
            guessed[place] = found
    has_parts = {_F.FAMILY_NAME, _F.GIVEN_NAMES} & set(guessed.values())
    return {place: found for place, found in guessed.items() if not (has_parts and found is _F.FULL_NAME)}


def guess_mapping(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, house_order: str, source: str
) -> tuple[ListMapping, bool]:
    """A first mapping of a list, and whether its dates can be read in more than one order.

    `house_order` is how people write dates where the hospital is; it is offered where the list does not say.
    """
    fields = guess_fields(header)
    births = [
        row[place]
        for place, found in fields.items()
        if found is _F.BIRTH
        for row in rows
        if place < len(row) and row[place]
    ]
    orders = possible_orders(births) or frozenset(DateOrder)
    has_figures = orders != frozenset(DateOrder)
    preferred = DateOrder(house_order)
    order = preferred if preferred in orders else next(one for one in DateOrder if one in orders)
    key = next((place for place, found in fields.items() if found is _F.MRN), None)
    mapping = ListMapping(fields, order, key_column=key, source=source)
    return mapping, has_figures and len(orders) > 1


def ensure_usable(mapping: ListMapping, width: int) -> None:
    """Raise InvalidInput, or DomainError, when rows read so could not be registered."""
    problems: dict[str, str] = {}
    seen: dict[ListField, int] = {}
    for place, found in mapping.fields.items():
        if place >= width:
            raise DomainError("The list has fewer columns than this. Load the page again.")
        if found in seen and found in ONE_FIELD_ONCE:
            problems[f"column_{place}"] = (
                f"Column {seen[found] + 1} is the {FIELD_LABELS[found].lower()} already."
            )
        seen.setdefault(found, place)
    if _F.FULL_NAME in seen and {_F.FAMILY_NAME, _F.GIVEN_NAMES} & set(seen):
        problems[f"column_{seen[_F.FULL_NAME]}"] = "The name is in columns of its own. Leave this one out."
    if mapping.key_column is not None and mapping.key_column >= width:
        problems["key_column"] = "Choose a column of the list."
    if problems:
        raise InvalidInput(problems)
    if not {_F.FULL_NAME, _F.FAMILY_NAME, _F.GIVEN_NAMES} & set(seen):
        raise DomainError("Say which column holds the name. Nobody is registered without one.")
    if _F.BIRTH not in seen:
        raise DomainError("Say which column holds the date of birth, or the age. Registration needs it.")
