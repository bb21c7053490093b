"""Fixed words about patients, and how screens say them."""

from enum import StrEnum
from typing import Final


class PatientStatus(StrEnum):
    """The life cycle of a patient's record; nothing is deleted."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ENTERED_IN_ERROR = "entered_in_error"
    MERGED = "merged"


class DeathPrecision(StrEnum):
    """How well the time of a death is known: a day (or the time of it too), a month, a year, or not at all."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


DEATH_LABELS: Final = {
    DeathPrecision.DAY: "The day",
    DeathPrecision.MONTH: "The month only",
    DeathPrecision.YEAR: "The year only",
    DeathPrecision.UNKNOWN: "Nothing but the death",
}


class BirthDatePrecision(StrEnum):
    """How well the date of birth is known.

    `year` is stored as the first of January; `estimated` as the day that the age, said on a day, points to.
    """

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


EDITABLE: Final = frozenset({PatientStatus.ACTIVE.value, PatientStatus.INACTIVE.value})
"""The states in which a record takes changes."""


class LastVisit(StrEnum):
    """How long ago a patient was here for the last time; `days` before today's midnight, in the hospital's zone."""

    MONTH = "30"
    HALF_YEAR = "182"
    YEAR = "365"
    OVER_YEAR = "over-365"
    OVER_THREE_YEARS = "over-1095"
    NEVER = "never"

    @property
    def days(self) -> int:
        """The days the word counts; 0 for never."""
        digits = self.removeprefix("over-")
        return int(digits) if digits.isdecimal() else 0

    @property
    def is_within(self) -> bool:
        """Whether the last visit lies within these days, rather than before them."""
        return self.isdecimal()


class DetailState(StrEnum):
    """Whether a row counts today."""

    CURRENT = "current"
    PLANNED = "planned"
    ENDED = "ended"
    ENTERED_IN_ERROR = "entered_in_error"


CONTACT_USE_LABELS: Final = {"mobile": "Mobile", "home": "Home", "work": "Work", "other": "Other"}
RELATION_LABELS: Final = {
    "emergency_contact": "Emergency contact",
    "guarantor": "Guarantor",
    "guardian": "Guardian",
    "other": "Other contact",
}
IDENTIFIER_LABELS: Final = {
    "national_id": "National identity number",
    "ssn": "Social security number",
    "passport": "Passport",
    "drivers-license": "Driving licence",
    "health-card": "Health insurance card",
    "other-hospital": "Number at another hospital",
    "other": "Other number",
}
"""Types of identifier that are offered; files that are read in may bring others."""
SEX_LABELS: Final = {"female": "Female", "male": "Male", "other": "Other", "unknown": "Unknown"}
STATUS_LABELS: Final = {
    "active": "Active",
    "inactive": "Inactive",
    "entered_in_error": "Entered in error",
    "merged": "Merged",
}
MARITAL_LABELS: Final = {
    "single": "Single",
    "married": "Married",
    "divorced": "Divorced",
    "widowed": "Widowed",
    "unknown": "",
}
