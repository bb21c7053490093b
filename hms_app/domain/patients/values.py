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


class PhoneNumber(NamedTuple):
    """The digits of a phone number with and without its country code."""

    international: str
    national: str


class KeyRange(NamedTuple):
    """Search keys from `start` up to, but not including, `end`; `is_exact` when only `start` itself is meant."""

    start: str
    end: str
    is_exact: bool = False


class SearchTerm(NamedTuple):
    """A part of what somebody typed, and every range of keys it may mean."""

    ranges: tuple[KeyRange, ...]


@dataclass(frozen=True)
class PatientFilters:
    """What the patient list is narrowed to; None means "any". Ages are completed years, both ends included."""

    sex: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    status: str | None = None
    deceased: bool | None = None


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
class Banner:
    """Who the patient is, over every page of the record; allergies only for who may see them."""

    patient: PatientRow
    initials: str
    deceased_on: str
    allergies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of a card: a value, what it is, and more about it."""

    id: str
    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class PatientCards:
    """The overview's cards about the person; None for a card that the actor may not see."""

    details: tuple[Line, ...] = ()
    coverage: tuple[Line, ...] | None = None
    contacts: tuple[Line, ...] | None = None
    identifiers: tuple[Line, ...] | None = None
