"""Inputs, rows, and the fixed words of the hospital's organization."""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final, TypedDict
from zoneinfo import available_timezones

from babel import Locale, localedata
from babel.core import get_global
from pydantic import AfterValidator, Field, model_validator

from hms_app.core.form_input import FormInput
from hms_app.core.locale import HospitalLocale
from hms_app.core.money import known_currencies
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.domain.audit.values import describe


class RoomKind(StrEnum):
    """What a room is for."""

    CONSULTATION = "consultation"
    TREATMENT = "treatment"
    WARD = "ward"
    OPERATING = "operating"
    IMAGING = "imaging"
    LABORATORY = "laboratory"
    OTHER = "other"


class PayerKind(StrEnum):
    """Who stands behind a payer."""

    PUBLIC = "public"
    PRIVATE = "private"
    EMPLOYER = "employer"
    SELF_PAY = "self_pay"
    OTHER = "other"


ROOM_KIND_LABELS: Final[dict[RoomKind, str]] = {
    RoomKind.CONSULTATION: "Consultation",
    RoomKind.TREATMENT: "Treatment",
    RoomKind.WARD: "Ward",
    RoomKind.OPERATING: "Operating theatre",
    RoomKind.IMAGING: "Imaging",
    RoomKind.LABORATORY: "Laboratory",
    RoomKind.OTHER: "Other",
}

PAYER_KIND_LABELS: Final[dict[PayerKind, str]] = {
    PayerKind.PUBLIC: "Public insurance",
    PayerKind.PRIVATE: "Private insurance",
    PayerKind.EMPLOYER: "Employer",
    PayerKind.SELF_PAY: "Patient pays",
    PayerKind.OTHER: "Other",
}


class OrganizationAction(StrEnum):
    """What the audit trail says about the organization."""

    HOSPITAL_FOUNDED = "organization.hospital.founded"
    SETTINGS_CHANGED = "organization.settings.changed"
    LOGO_CHANGED = "organization.logo.changed"
    DEPARTMENT_ADDED = "organization.department.added"
    DEPARTMENT_CHANGED = "organization.department.changed"
    DEPARTMENT_CLOSED = "organization.department.closed"
    DEPARTMENT_REOPENED = "organization.department.reopened"
    ROOM_ADDED = "organization.room.added"
    ROOM_CHANGED = "organization.room.changed"
    ROOM_CLOSED = "organization.room.closed"
    ROOM_REOPENED = "organization.room.reopened"
    PRACTITIONER_ADDED = "organization.practitioner.added"
    PRACTITIONER_CHANGED = "organization.practitioner.changed"
    PRACTITIONER_CLOSED = "organization.practitioner.closed"
    PRACTITIONER_REOPENED = "organization.practitioner.reopened"
    PAYER_ADDED = "organization.payer.added"
    PAYER_CHANGED = "organization.payer.changed"
    PAYER_CLOSED = "organization.payer.closed"
    PAYER_REOPENED = "organization.payer.reopened"


_ROW: Final = ("id", "version", "is_active", "name", "name_key", "source_system", "source_key")
_ADDRESS: Final = ("address_line", "city", "region", "postal_code", "country", "phone", "email")
_READERS: Final = {
    "hospital": (Permission.ORGANIZATION_SETTINGS_READ, _ADDRESS),
    "settings": (Permission.ORGANIZATION_SETTINGS_READ, _ADDRESS),
    "logo": (Permission.ORGANIZATION_SETTINGS_READ, ()),
    "department": (Permission.ORGANIZATION_DEPARTMENT_READ, ("code",)),
    "room": (Permission.ORGANIZATION_ROOM_READ, ("department_id", "kind")),
    "practitioner": (
        Permission.ORGANIZATION_PRACTITIONER_READ,
        (
            *("prefix", "given_names", "family_name", "specialty", "registration_number"),
            *("organization_id", "department_id", "user_id"),
        ),
    ),
    "payer": (Permission.ORGANIZATION_PAYER_READ, ("kind", *_ADDRESS)),
}
_SETTINGS: Final = ("logo_file", "currency", "zone_name", "language", "founded_at")
for _subject, (_reader, _own) in _READERS.items():
    describe(
        [action for action in OrganizationAction if action.startswith(f"organization.{_subject}.")],
        {_reader: (*_ROW, *_own, *(_SETTINGS if _reader == Permission.ORGANIZATION_SETTINGS_READ else ()))},
    )


@lru_cache(maxsize=1)
def known_zones() -> tuple[str, ...]:
    """Every time zone a hospital can be in, by its IANA name."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))


_NO_COUNTRIES: Final = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
"""Two-letter codes of regions, unions and tests that are no country."""

LANGUAGES: Final = (
    "en",
    "en_GB",
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pt",
    "pl",
    "sv",
    "da",
    "nb",
    "fi",
    "cs",
    "tr",
    "el",
)
"""Languages of dates that are offered; any other that Babel knows is accepted."""


def language_name(language: str) -> str:
    """The language in its own words, such as "Deutsch"."""
    name = Locale.parse(language).get_display_name() or language
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=1)
def known_countries() -> dict[str, str]:
    """Every country code (ISO 3166) with its English name, sorted by name."""
    named = {
        code: name
        for code, name in Locale("en").territories.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRIES
    }
    return dict(sorted(named.items(), key=lambda country: fold(country[1])))


def country_name(code: str, language: str = "en") -> str:
    """The country in the words of a language, such as "Germany"; `code` itself when it is none."""
    return str(Locale.parse(language).territories.get(code, code))


def country_of_zone(zone_name: str) -> str:
    """The country a time zone lies in, such as "DE" for Europe/Berlin; empty for UTC."""
    code = str(get_global("zone_territories").get(zone_name, ""))
    return code if code in known_countries() else ""


def _known_country(code: str) -> str:
    if code and code.upper() not in known_countries():
        raise ValueError("Choose a country of the list.")
    return code.upper()


def _known_zone(name: str) -> str:
    if name not in known_zones():
        raise ValueError("Choose a time zone of the list, such as Europe/Berlin.")
    return name


def _known_currency(code: str) -> str:
    if code.upper() not in known_currencies():
        raise ValueError("Enter a currency code of three letters, such as EUR or USD.")
    return code.upper()


def _known_language(language: str) -> str:
    if not localedata.exists(language):
        raise ValueError("Choose a language of the list.")
    return language


def _printable(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("Remove the line breaks and control characters.")
    return text


def _email(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise ValueError("Enter an e-mail address such as desk@hospital.example.")
    return text


def _phone(text: str) -> str:
    if text and not re.fullmatch(r"[0-9+()./ -]{3,40}", text):
        raise ValueError("Enter a phone number: digits, spaces, +, -, / and brackets only.")
    return text


def _code(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,12}", text):
        raise ValueError("Use 1 to 12 letters, digits or hyphens.")
    return text.upper()


PRINTABLE: Final = AfterValidator(_printable)
"""Text of one line."""
Name = Annotated[str, Field(min_length=1, max_length=120), PRINTABLE]
Line = Annotated[str, Field(max_length=200), PRINTABLE]
Phone = Annotated[str, AfterValidator(_phone)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]


class HospitalInput(FormInput):
    """What the hospital is called, where it is, and how it writes money and dates."""

    name: Name
    address_line: Line = ""
    city: Line = ""
    region: Line = ""
    postal_code: Line = ""
    country: Annotated[str, AfterValidator(_known_country)] = ""
    phone: Phone = ""
    email: Email = ""
    currency: Annotated[str, AfterValidator(_known_currency)]
    zone_name: Annotated[str, AfterValidator(_known_zone)]
    language: Annotated[str, AfterValidator(_known_language)] = "en"

    @model_validator(mode="before")
    @classmethod
    def _country_of_zone(cls, given: dict[str, object]) -> dict[str, object]:
        """A hospital that names no country is in its time zone's."""
        return {**given, "country": given.get("country") or country_of_zone(str(given.get("zone_name", "")))}

    @property
    def locale(self) -> HospitalLocale:
        """How such a hospital writes."""
        return HospitalLocale(self.zone_name, self.currency, self.language, self.country)


class DepartmentInput(FormInput):
    """A department's name and its short code."""

    name: Name
    code: Annotated[str, AfterValidator(_code)]


class RoomInput(FormInput):
    """A room, its department and what it is for."""

    name: Name
    department_id: int
    kind: RoomKind


def _registration(text: str | None) -> str | None:
    return _printable(text).upper() if text else None


class PractitionerInput(FormInput):
    """A practitioner's name, specialty and place in the hospital; `user_id` is their own sign-in."""

    prefix: Line = ""
    given_names: Line = ""
    family_name: Name
    specialty: Line = ""
    registration_number: Annotated[str | None, Field(max_length=40), AfterValidator(_registration)] = None
    department_id: int | None = None
    user_id: int | None = None


class PayerInput(FormInput):
    """Who pays, and where bills go."""

    name: Name
    kind: PayerKind
    address_line: Line = ""
    city: Line = ""
    region: Line = ""
    postal_code: Line = ""
    phone: Phone = ""


@dataclass(frozen=True)
class HospitalRow:
    """The hospital's settings."""

    version: int
    name: str
    address_line: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str
    email: str
    logo_url: str
    currency: str
    zone_name: str
    language: str
    founded_at: dt.datetime

    @property
    def locale(self) -> HospitalLocale:
        """How this hospital writes."""
        return HospitalLocale(self.zone_name, self.currency, self.language, self.country)


@dataclass(frozen=True)
class DepartmentRow:
    """A department, and how many open rooms and active practitioners it has."""

    id: int
    version: int
    is_active: bool
    name: str
    code: str
    rooms: int
    practitioners: int


@dataclass(frozen=True)
class RoomRow:
    """A room and the name of its department."""

    id: int
    version: int
    is_active: bool
    name: str
    kind: RoomKind
    department_id: int
    department: str


@dataclass(frozen=True)
class PractitionerRow:
    """A practitioner, by the name they are called; of a department here, of an outside organization, or of neither."""

    id: int
    version: int
    is_active: bool
    name: str
    prefix: str
    given_names: str
    family_name: str
    specialty: str
    registration_number: str | None
    department_id: int | None
    department: str | None
    organization: str | None
    user_id: int | None
    user_name: str | None


@dataclass(frozen=True)
class PayerRow:
    """A payer, and where bills go."""

    id: int
    version: int
    is_active: bool
    name: str
    kind: PayerKind
    address_line: str
    city: str
    region: str
    postal_code: str
    phone: str


class Choice(TypedDict):
    """One entry of a list to choose from."""

    value: str
    label: str
    detail: str


@dataclass(frozen=True)
class Letterhead:
    """What stands at the top of the hospital's papers."""

    name: str
    address_lines: tuple[str, ...]
    phone: str
    email: str
    logo_file: str | None
