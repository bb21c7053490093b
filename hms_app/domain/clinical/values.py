"""Fixed words of the clinical domain."""

from enum import StrEnum


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
