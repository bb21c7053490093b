"""Fixed words and rows of the clinical domain."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from hms_app.core.permissions import Permission
from hms_app.domain.patients.values import PatientCards


class EncounterStatus(StrEnum):
    """The life cycle of a visit or stay."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"


class EncounterClass(StrEnum):
    """The setting of a visit or stay."""

    AMBULATORY = "ambulatory"
    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"
    EMERGENCY = "emergency"
    URGENT_CARE = "urgent_care"
    WELLNESS = "wellness"
    HOME = "home"
    HOSPICE = "hospice"
    NURSING = "nursing"
    VIRTUAL = "virtual"
    OTHER = "other"


class CourseStatus(StrEnum):
    """The life cycle of what goes on for a time: conditions, allergies, medications, care plans, devices."""

    ACTIVE = "active"
    ENDED = "ended"
    ENTERED_IN_ERROR = "entered_in_error"


class EventStatus(StrEnum):
    """The life cycle of what happens once: observations, procedures, immunizations, supplies, imaging."""

    PLANNED = "planned"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"


class AllergyKind(StrEnum):
    """Whether the immune system is involved."""

    ALLERGY = "allergy"
    INTOLERANCE = "intolerance"


class AllergyCategory(StrEnum):
    """What the patient is allergic to."""

    ENVIRONMENT = "environment"
    FOOD = "food"
    MEDICATION = "medication"
    OTHER = "other"


class Severity(StrEnum):
    """How bad a reaction was."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class ObservationCategory(StrEnum):
    """What kind of observation it is, as FHIR spells it."""

    VITAL_SIGNS = "vital-signs"
    LABORATORY = "laboratory"
    SURVEY = "survey"
    SOCIAL_HISTORY = "social-history"
    PROCEDURE = "procedure"
    EXAM = "exam"
    IMAGING = "imaging"
    THERAPY = "therapy"
    ACTIVITY = "activity"
    OTHER = "other"


class TimelineKind(StrEnum):
    """What an entry of the timeline is about."""

    ENCOUNTER = "encounter"
    CONDITION = "condition"
    ALLERGY = "allergy"
    MEDICATION = "medication"
    OBSERVATION = "observation"
    PROCEDURE = "procedure"
    IMMUNIZATION = "immunization"
    CARE_PLAN = "care_plan"
    DEVICE = "device"
    SUPPLY = "supply"
    IMAGING = "imaging"


KIND_WORDS: Final = {
    TimelineKind.ENCOUNTER: "Visit",
    TimelineKind.CONDITION: "Condition",
    TimelineKind.ALLERGY: "Allergy",
    TimelineKind.MEDICATION: "Medication",
    TimelineKind.OBSERVATION: "Observation",
    TimelineKind.PROCEDURE: "Procedure",
    TimelineKind.IMMUNIZATION: "Immunization",
    TimelineKind.CARE_PLAN: "Care plan",
    TimelineKind.DEVICE: "Device",
    TimelineKind.SUPPLY: "Supply",
    TimelineKind.IMAGING: "Imaging",
}
KIND_PERMISSIONS: Final = {
    TimelineKind.ENCOUNTER: Permission.CLINICAL_ENCOUNTER_READ,
    TimelineKind.CONDITION: Permission.CLINICAL_CONDITION_READ,
    TimelineKind.ALLERGY: Permission.CLINICAL_ALLERGY_READ,
    TimelineKind.MEDICATION: Permission.CLINICAL_MEDICATION_READ,
    TimelineKind.OBSERVATION: Permission.CLINICAL_OBSERVATION_READ,
    TimelineKind.PROCEDURE: Permission.CLINICAL_PROCEDURE_READ,
    TimelineKind.IMMUNIZATION: Permission.CLINICAL_IMMUNIZATION_READ,
    TimelineKind.CARE_PLAN: Permission.CLINICAL_CARE_PLAN_READ,
    TimelineKind.DEVICE: Permission.CLINICAL_DEVICE_READ,
    TimelineKind.SUPPLY: Permission.CLINICAL_DEVICE_READ,
    TimelineKind.IMAGING: Permission.CLINICAL_PROCEDURE_READ,
}
CLASS_WORDS: Final = {
    EncounterClass.AMBULATORY: "Ambulatory visit",
    EncounterClass.OUTPATIENT: "Outpatient visit",
    EncounterClass.INPATIENT: "Inpatient stay",
    EncounterClass.EMERGENCY: "Emergency visit",
    EncounterClass.URGENT_CARE: "Urgent care visit",
    EncounterClass.WELLNESS: "Wellness visit",
    EncounterClass.HOME: "Home visit",
    EncounterClass.HOSPICE: "Hospice",
    EncounterClass.NURSING: "Nursing facility",
    EncounterClass.VIRTUAL: "Virtual visit",
    EncounterClass.OTHER: "Visit",
}


class VitalSign(NamedTuple):
    """A vital sign by its LOINC code, with the range usual for resting adults where there is one.

    A pair (blood pressure) has a second code and range.
    """

    code: str
    title: str
    low: float | None = None
    high: float | None = None
    second_code: str = ""
    second_low: float | None = None
    second_high: float | None = None


VITAL_SIGNS: Final = (
    VitalSign("8480-6", "Blood pressure", 90, 120, "8462-4", 60, 80),
    VitalSign("8867-4", "Heart rate", 60, 100),
    VitalSign("9279-1", "Respiratory rate", 12, 20),
    VitalSign("8310-5", "Body temperature", 36.1, 37.2),
    VitalSign("2708-6", "Oxygen saturation", 95, 100),
    VitalSign("59408-5", "Oxygen saturation (pulse oximetry)", 95, 100),
    VitalSign("8302-2", "Body height"),
    VitalSign("29463-7", "Body weight"),
    VitalSign("39156-5", "Body mass index", 18.5, 24.9),
    VitalSign("59576-9", "Body mass index percentile"),
    VitalSign("77606-2", "Weight-for-length percentile"),
    VitalSign("9843-4", "Head circumference"),
    VitalSign("8289-1", "Head circumference percentile"),
    VitalSign("72514-3", "Pain (0 to 10)"),
)
"""Adult ranges: blood pressure, pulse, breathing and temperature as in MedlinePlus "Vital signs"; body mass index
as in the WHO's classification; oxygen as in the WHO's pulse oximetry manual."""
ADULT_YEARS: Final = 18


@dataclass(frozen=True)
class Fact:
    """A line of a clinical card."""

    id: str
    title: str
    detail: str
    since: str


@dataclass(frozen=True)
class ClinicalCards:
    """The overview's clinical cards; None for a card that the actor may not see."""

    allergies: tuple[Fact, ...] | None = None
    conditions: tuple[Fact, ...] | None = None
    medications: tuple[Fact, ...] | None = None
    vital_signs: tuple[Fact, ...] | None = None


class Overview(NamedTuple):
    """Everything on a record's first page."""

    about: PatientCards
    clinical: ClinicalCards


@dataclass(frozen=True)
class TimelineEntry:
    """One entry of the timeline; `occurred_at` is None where only the day is known."""

    id: str
    kind: TimelineKind
    kind_word: str
    day: str
    occurred_at: dt.datetime | None
    title: str
    detail: str
    status: str


@dataclass(frozen=True)
class VitalPoint:
    """One measurement; `second` is the diastolic pressure."""

    at: dt.datetime
    moment: str
    value: float
    second: float | None = None


@dataclass(frozen=True)
class VitalSeries:
    """One vital sign over time, oldest first; ranges only for adults."""

    code: str
    title: str
    unit: str
    points: tuple[VitalPoint, ...]
    low: float | None = None
    high: float | None = None
    second_low: float | None = None
    second_high: float | None = None
