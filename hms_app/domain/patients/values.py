"""Fixed words, requests in and rows out of the patients domain."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class PatientStatus(StrEnum):
    """The life cycle of a patient's record; nothing is deleted."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ENTERED_IN_ERROR = "entered_in_error"


class BirthDatePrecision(StrEnum):
    """How well the date of birth is known; `year` and `estimated` are stored as the first of January."""

    EXACT = "exact"
    YEAR = "year"
    ESTIMATED = "estimated"


class Sex(StrEnum):
    """Administrative sex and gender, as FHIR spells them."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class MaritalStatus(StrEnum):
    """Marital status; `unknown` when nobody asked."""

    SINGLE = "single"
    MARRIED = "married"
    DIVORCED = "divorced"
    WIDOWED = "widowed"
    UNKNOWN = "unknown"


class ContactSystem(StrEnum):
    """How a contact point is reached."""

    PHONE = "phone"
    EMAIL = "email"


class ContactUse(StrEnum):
    """What a contact point or an address is for."""

    HOME = "home"
    WORK = "work"
    MOBILE = "mobile"
    OTHER = "other"


class RelationKind(StrEnum):
    """What a related person is to the hospital."""

    EMERGENCY_CONTACT = "emergency_contact"
    GUARANTOR = "guarantor"
    GUARDIAN = "guardian"
    OTHER = "other"


class CoverageRank(StrEnum):
    """Which coverage pays first."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


SEX_LABELS: Final = {"female": "Female", "male": "Male", "other": "Other", "unknown": "Unknown"}
STATUS_LABELS: Final = {"active": "Active", "inactive": "Inactive", "entered_in_error": "Entered in error"}
MARITAL_LABELS: Final = {
    "single": "Single",
    "married": "Married",
    "divorced": "Divorced",
    "widowed": "Widowed",
    "unknown": "",
}


class SearchKey(NamedTuple):
    """One way to a patient: a key, and for a pair of name words (or a birth date and a name word) the second."""

    key: str
    second_key: str = ""


@dataclass(frozen=True)
class PatientFilters:
    """What the patient list is narrowed to; None means "any"."""

    sex: Sex | None = None
    age_from: int | None = None
    age_to: int | None = None
    status: PatientStatus | None = None
    deceased: bool | None = None


class PatientSort(StrEnum):
    """What the patient list is sorted by."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    MRN = "mrn"
    UPDATED = "updated"


@dataclass(frozen=True)
class PatientRow:
    """A patient as lists and search results show them; every text is ready to be shown."""

    id: int
    mrn: str
    name: str
    birth_date: str
    age: str
    sex: str
    status: str
    status_label: str
    is_restricted: bool
    is_deceased: bool
    updated_at: str


@dataclass(frozen=True)
class PatientDetail(PatientRow):
    """A patient's own page: identity in full."""

    prefix: str
    suffix: str
    given_names: str
    family_name: str
    preferred_name: str
    maiden_name: str
    birth_date_note: str
    deceased_at: str
    gender: str
    marital_status: str
    language: str
    race: str
    ethnicity: str
    birth_place: str
    photo_file: str
    version: int


@dataclass(frozen=True)
class IdentifierRow:
    """A further identifier of a patient."""

    type_label: str
    issuer: str
    value: str


@dataclass(frozen=True)
class ContactRow:
    """A phone number, e-mail address, postal address or related person, as one line."""

    kind: str
    label: str
    value: str


@dataclass(frozen=True)
class CoverageRow:
    """Who pays for a patient, and when."""

    payer: str
    plan: str
    member_number: str
    rank: str
    period: str
    share: str
    is_current: bool
