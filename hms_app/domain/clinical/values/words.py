"""Fixed words of the clinical domain, and how screens say them."""

from enum import StrEnum
from typing import Final, NamedTuple

from hms_app.core.life_cycle import LifeCycle, Move
from hms_app.core.permissions import Permission


class EncounterStatus(StrEnum):
    """The life cycle of a visit or stay."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"


ENCOUNTER_LIFE: Final = LifeCycle(
    "encounter",
    "visit",
    {
        EncounterStatus.PLANNED: "Planned",
        EncounterStatus.IN_PROGRESS: "In progress",
        EncounterStatus.COMPLETED: "Completed",
        EncounterStatus.CANCELLED: "Cancelled",
        EncounterStatus.ENTERED_IN_ERROR: "Entered in error",
    },
    (
        Move(EncounterStatus.PLANNED, EncounterStatus.IN_PROGRESS, "Start"),
        Move(EncounterStatus.PLANNED, EncounterStatus.CANCELLED, "Cancel"),
        Move(EncounterStatus.PLANNED, EncounterStatus.ENTERED_IN_ERROR, "Mark as entered in error"),
        Move(EncounterStatus.IN_PROGRESS, EncounterStatus.COMPLETED, "Complete"),
        Move(EncounterStatus.IN_PROGRESS, EncounterStatus.CANCELLED, "Cancel"),
        Move(EncounterStatus.IN_PROGRESS, EncounterStatus.ENTERED_IN_ERROR, "Mark as entered in error"),
        Move(EncounterStatus.COMPLETED, EncounterStatus.ENTERED_IN_ERROR, "Mark as entered in error"),
        Move(EncounterStatus.CANCELLED, EncounterStatus.ENTERED_IN_ERROR, "Mark as entered in error"),
        Move(EncounterStatus.IN_PROGRESS, EncounterStatus.PLANNED, is_undo=True),
        Move(EncounterStatus.COMPLETED, EncounterStatus.IN_PROGRESS, is_undo=True),
        Move(EncounterStatus.CANCELLED, EncounterStatus.PLANNED, is_undo=True),
    ),
)
"""The three ways back follow an appointment's that is undone at the desk."""

TOOK_PLACE: Final = (EncounterStatus.IN_PROGRESS, EncounterStatus.COMPLETED)
"""The encounters in which something can have been found out or done."""


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


class Criticality(StrEnum):
    """How dangerous the next contact could be, as FHIR spells it."""

    LOW = "low"
    HIGH = "high"
    UNABLE_TO_ASSESS = "unable-to-assess"


class DatePrecision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


class Relationship(StrEnum):
    """Who a relative is to the patient."""

    MOTHER = "mother"
    FATHER = "father"
    SISTER = "sister"
    BROTHER = "brother"
    DAUGHTER = "daughter"
    SON = "son"
    MATERNAL_GRANDMOTHER = "maternal_grandmother"
    MATERNAL_GRANDFATHER = "maternal_grandfather"
    PATERNAL_GRANDMOTHER = "paternal_grandmother"
    PATERNAL_GRANDFATHER = "paternal_grandfather"
    AUNT = "aunt"
    UNCLE = "uncle"
    COUSIN = "cousin"
    OTHER = "other"


class DocumentKind(StrEnum):
    """What a document is."""

    LETTER = "letter"
    LAB_REPORT = "lab_report"
    IMAGING_REPORT = "imaging_report"
    CONSENT = "consent"
    REFERRAL = "referral"
    IDENTIFICATION = "identification"
    OTHER = "other"


class DocumentStatus(StrEnum):
    """Whether a document counts."""

    CURRENT = "current"
    ENTERED_IN_ERROR = "entered_in_error"


class TermKind(StrEnum):
    """What a code of the hospital's own vocabulary stands for."""

    CONDITION = "condition"
    ALLERGY = "allergy"
    REACTION = "reaction"
    MEDICATION = "medication"
    IMMUNIZATION = "immunization"


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
    REPORT = "report"
    OBSERVATION = "observation"
    PROCEDURE = "procedure"
    IMMUNIZATION = "immunization"
    CARE_PLAN = "care_plan"
    DEVICE = "device"
    SUPPLY = "supply"
    IMAGING = "imaging"
    FAMILY_HISTORY = "family_history"
    DOCUMENT = "document"


KIND_WORDS: Final = {
    TimelineKind.ENCOUNTER: "Visit",
    TimelineKind.CONDITION: "Condition",
    TimelineKind.ALLERGY: "Allergy",
    TimelineKind.MEDICATION: "Medication",
    TimelineKind.REPORT: "Report",
    TimelineKind.OBSERVATION: "Observation",
    TimelineKind.PROCEDURE: "Procedure",
    TimelineKind.IMMUNIZATION: "Immunization",
    TimelineKind.CARE_PLAN: "Care plan",
    TimelineKind.DEVICE: "Device",
    TimelineKind.SUPPLY: "Supply",
    TimelineKind.IMAGING: "Imaging",
    TimelineKind.FAMILY_HISTORY: "Family history",
    TimelineKind.DOCUMENT: "Document",
}
KIND_PERMISSIONS: Final = {
    TimelineKind.ENCOUNTER: Permission.CLINICAL_ENCOUNTER_READ,
    TimelineKind.CONDITION: Permission.CLINICAL_CONDITION_READ,
    TimelineKind.ALLERGY: Permission.CLINICAL_ALLERGY_READ,
    TimelineKind.MEDICATION: Permission.CLINICAL_MEDICATION_READ,
    TimelineKind.REPORT: Permission.CLINICAL_OBSERVATION_READ,
    TimelineKind.OBSERVATION: Permission.CLINICAL_OBSERVATION_READ,
    TimelineKind.PROCEDURE: Permission.CLINICAL_PROCEDURE_READ,
    TimelineKind.IMMUNIZATION: Permission.CLINICAL_IMMUNIZATION_READ,
    TimelineKind.CARE_PLAN: Permission.CLINICAL_CARE_PLAN_READ,
    TimelineKind.DEVICE: Permission.CLINICAL_DEVICE_READ,
    TimelineKind.SUPPLY: Permission.CLINICAL_DEVICE_READ,
    TimelineKind.IMAGING: Permission.CLINICAL_PROCEDURE_READ,
    TimelineKind.FAMILY_HISTORY: Permission.CLINICAL_FAMILY_HISTORY_READ,
    TimelineKind.DOCUMENT: Permission.CLINICAL_DOCUMENT_READ,
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


class Range(NamedTuple):
    """From where to where a value is usual, the ends included; None is an open end."""

    low: float | None = None
    high: float | None = None


NO_RANGE: Final = Range()


class RangeMark(StrEnum):
    """Where a value lies to its range; the word that is shown."""

    WITHIN = ""
    LOW = "Low"
    HIGH = "High"


class VitalSign(NamedTuple):
    """A vital sign by its LOINC code, with the range usual for resting adults where there is one, in `unit` (UCUM).

    A pair (blood pressure) has a second code and range.
    """

    code: str
    title: str
    usual: Range = NO_RANGE
    unit: str = ""
    second_code: str = ""
    second_usual: Range = NO_RANGE


VITAL_SIGNS: Final = (
    VitalSign("8480-6", "Blood pressure", Range(90, 120), "mm[Hg]", "8462-4", Range(60, 80)),
    VitalSign("8867-4", "Heart rate", Range(60, 100), "/min"),
    VitalSign("9279-1", "Respiratory rate", Range(12, 20), "/min"),
    VitalSign("8310-5", "Body temperature", Range(36.1, 37.2), "Cel"),
    VitalSign("2708-6", "Oxygen saturation", Range(95, 100), "%"),
    VitalSign("59408-5", "Oxygen saturation (pulse oximetry)", Range(95, 100), "%"),
    VitalSign("8302-2", "Body height"),
    VitalSign("29463-7", "Body weight"),
    VitalSign("39156-5", "Body mass index", Range(18.5, 24.9), "kg/m2"),
    VitalSign("59576-9", "Body mass index percentile"),
    VitalSign("77606-2", "Weight-for-length percentile"),
    VitalSign("9843-4", "Head circumference"),
    VitalSign("8289-1", "Head circumference percentile"),
    VitalSign("72514-3", "Pain (0 to 10)"),
)
"""Adult ranges: blood pressure, pulse, breathing and temperature as in MedlinePlus "Vital signs"; body mass index
as in the WHO's classification; oxygen as in the WHO's pulse oximetry manual."""
ADULT_YEARS: Final = 18
DOCUMENT_LABELS: Final = {
    DocumentKind.LETTER: "Letter",
    DocumentKind.LAB_REPORT: "Laboratory report",
    DocumentKind.IMAGING_REPORT: "Imaging report",
    DocumentKind.CONSENT: "Consent",
    DocumentKind.REFERRAL: "Referral",
    DocumentKind.IDENTIFICATION: "Identification",
    DocumentKind.OTHER: "Other document",
}
DOCUMENT_CODES: Final = {
    DocumentKind.LETTER: "51852-2",
    DocumentKind.LAB_REPORT: "11502-2",
    DocumentKind.IMAGING_REPORT: "18748-4",
    DocumentKind.CONSENT: "59284-0",
    DocumentKind.REFERRAL: "57133-1",
    DocumentKind.OTHER: "34133-9",
}
"""LOINC codes of kinds of documents; identification papers have none."""
RELATIONSHIP_LABELS: Final = {
    relationship: relationship.value.replace("_", " ").capitalize() for relationship in Relationship
}
CRITICALITY_LABELS: Final = {
    Criticality.LOW: "Low",
    Criticality.HIGH: "High",
    Criticality.UNABLE_TO_ASSESS: "Cannot be assessed",
}
SEVERITY_LABELS: Final = {severity: severity.value.capitalize() for severity in Severity}
ALLERGY_KIND_LABELS: Final = {kind: kind.value.capitalize() for kind in AllergyKind}
ALLERGY_CATEGORY_LABELS: Final = {
    AllergyCategory.MEDICATION: "Medicine",
    AllergyCategory.FOOD: "Food",
    AllergyCategory.ENVIRONMENT: "Environment",
    AllergyCategory.OTHER: "Other",
}
