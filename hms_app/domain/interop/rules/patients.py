"""Patients of an export, and who paid for them when."""

from typing import Final

from hms_app.domain.interop.rules.fields import Fields, Rejected, without_digits
from hms_app.domain.interop.rules.specs import PATIENT, PAYER, FileSpec, Reference, Values
from hms_app.domain.interop.values import Columns
from hms_app.domain.patients.rules import name_sort
from hms_app.domain.patients.values import MaritalStatus, Sex

_SEXES: Final = {
    "m": Sex.MALE.value,
    "f": Sex.FEMALE.value,
    "o": Sex.OTHER.value,
    "u": Sex.UNKNOWN.value,
}
_MARITAL: Final = {
    "s": MaritalStatus.SINGLE.value,
    "m": MaritalStatus.MARRIED.value,
    "d": MaritalStatus.DIVORCED.value,
    "w": MaritalStatus.WIDOWED.value,
}
SECONDARY_PAYER: Final = Reference("SECONDARY_PAYER", "secondary_payer_id", "payer", "payer")


def _patient(fields: Fields) -> Values:
    given = " ".join(filter(None, (fields.needed_name("FIRST"), fields.name("MIDDLE"))))
    family = fields.needed_name("LAST")
    sex = fields.choice("GENDER", _SEXES) or Sex.UNKNOWN.value
    return {
        "prefix": fields.text("PREFIX", limit=20) or "",
        "given_names": given,
        "family_name": family,
        "suffix": fields.text("SUFFIX", limit=20) or "",
        "maiden_name": fields.name("MAIDEN") or "",
        "name_sort": name_sort(family, given),
        "birth_date": fields.needed_day("BIRTHDATE"),
        "deceased_at": _deceased_at(fields),
        "sex_at_birth": sex,
        "gender": sex,
        "marital_status": _MARITAL.get(fields.raw("MARITAL").casefold(), MaritalStatus.UNKNOWN.value),
        "race": fields.text("RACE") or "",
        "ethnicity": fields.text("ETHNICITY") or "",
        "birth_place": fields.text("BIRTHPLACE") or "",
        **_address(fields),
        "ssn": fields.text("SSN", limit=40),
        "drivers_license": fields.text("DRIVERS", limit=40),
        "passport": fields.text("PASSPORT", limit=40),
        "synthea_name": " ".join(filter(None, map(fields.text, ("FIRST", "MIDDLE", "LAST", "MAIDEN")))),
    }


def _deceased_at(fields: Fields) -> str | None:
    """Noon in UTC of the day of death: the same day in almost every time zone."""
    died_on = fields.day("DEATHDATE")
    if died_on and died_on < fields.needed_day("BIRTHDATE"):
        raise Rejected("DEATHDATE is before BIRTHDATE")
    return f"{died_on}T12:00:00+00:00" if died_on else None


def _address(fields: Fields) -> Values:
    return {
        "address_line": fields.text("ADDRESS") or "",
        "city": fields.text("CITY") or "",
        "county": fields.text("COUNTY") or "",
        "region": fields.text("STATE") or "",
        "postal_code": fields.text("ZIP", limit=20) or "",
        "latitude": _degrees(fields, "LAT", 90),
        "longitude": _degrees(fields, "LON", 180),
    }


def _degrees(fields: Fields, name: str, limit: int) -> str | None:
    value = fields.number(name)
    if value is not None and abs(float(value)) > limit:
        raise Rejected(f"{name} is not a place on earth: {fields.raw(name)[:40]}")
    return value


def _coverage(fields: Fields) -> Values:
    starts, ends = _day_or_year(fields, "START_YEAR"), _day_or_year(fields, "END_YEAR")
    if starts is None:
        raise Rejected("START_YEAR is missing")
    if ends and ends < starts:
        raise Rejected("END_YEAR is before START_YEAR")
    fields.needed("PAYER", limit=100)
    return {
        "starts_on": starts,
        "ends_on": ends,
        "member_number": fields.text("MEMBERID", limit=100) or "",
        "owner_relation": (fields.text("OWNERSHIP") or "").casefold(),
        "owner_name": without_digits(fields.text("OWNERNAME") or ""),
    }


def _day_or_year(fields: Fields, name: str) -> str | None:
    instant = fields.instant(name)
    return instant[:10] if instant else None


ADDRESS_PARTS: Final = ("address_line", "city", "county", "region", "postal_code", "latitude", "longitude")
"""Staged columns that become the home address, named as its columns are."""
IDENTIFIER_TYPES: Final = ("ssn", "drivers_license", "passport", "synthea_name")
"""Staged columns that become identifiers of these types."""

PATIENTS: Final = FileSpec(
    stem="patients",
    table="patient",
    columns=Columns(
        (
            *("Id", "BIRTHDATE", "DEATHDATE", "SSN", "DRIVERS", "PASSPORT", "PREFIX", "FIRST", "LAST"),
            *("SUFFIX", "MAIDEN", "MARITAL", "RACE", "ETHNICITY", "GENDER", "BIRTHPLACE"),
            *("ADDRESS", "CITY", "STATE"),
        ),
        optional=("MIDDLE", "COUNTY", "ZIP", "LAT", "LON"),
    ),
    key=("Id",),
    data=(
        *("prefix", "given_names", "family_name", "suffix", "maiden_name", "name_sort", "birth_date"),
        *("deceased_at", "sex_at_birth", "gender", "marital_status", "race", "ethnicity", "birth_place"),
    ),
    extra=(*ADDRESS_PARTS, *IDENTIFIER_TYPES),
    parse=_patient,
)
PAYER_TRANSITIONS: Final = FileSpec(
    stem="payer_transitions",
    table="coverage",
    columns=Columns(
        ("PATIENT", "START_YEAR", "END_YEAR", "PAYER"),
        optional=("MEMBERID", "SECONDARY_PAYER", "OWNERSHIP", "OWNERNAME"),
        aliases=(
            ("START_DATE", "START_YEAR"),
            ("END_DATE", "END_YEAR"),
            ("PLAN_OWNERSHIP", "OWNERSHIP"),
            ("OWNER_NAME", "OWNERNAME"),
        ),
    ),
    key=("PATIENT", "START_YEAR", "PAYER", "MEMBERID"),
    data=("starts_on", "ends_on", "member_number", "owner_relation", "owner_name"),
    parse=_coverage,
    references=(PATIENT, PAYER, SECONDARY_PAYER),
)
