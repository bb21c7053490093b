"""A patient's history as people record it: kinds of entries, inputs and entries."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from pydantic import ConfigDict, Field

from hms_app.core.form_input import FormInput
from hms_app.core.permissions import AnyOf, Permission
from hms_app.domain.clinical.values.words import (
    ALLERGY_CATEGORY_LABELS,
    ALLERGY_KIND_LABELS,
    CRITICALITY_LABELS,
    RELATIONSHIP_LABELS,
    SEVERITY_LABELS,
    AllergyCategory,
    AllergyKind,
    Criticality,
    DatePrecision,
    Relationship,
    Severity,
    TermKind,
)
from hms_app.domain.records.values import Form, FormField

LONGEST_TERM: Final = 300
LONGEST_NOTE: Final = 2000
MOST_REACTIONS: Final = 3
"""How many reactions of an allergy are typed; a file may bring more."""


class HistoryKind(StrEnum):
    """What an entry of the history is about."""

    ALLERGY = "allergy"
    CONDITION = "condition"
    MEDICATION = "medication"
    IMMUNIZATION = "immunization"
    FAMILY = "family_history"
    SOCIAL = "social_history"


class HistoryWords(NamedTuple):
    """What a kind is called and who may see and write it; `ended` is what an entry is when it no longer holds."""

    title: str
    noun: str
    read: Permission
    edit: Permission
    ended: str = ""


HISTORY: Final = {
    HistoryKind.ALLERGY: HistoryWords(
        "Allergies",
        "allergy",
        Permission.CLINICAL_ALLERGY_READ,
        Permission.CLINICAL_ALLERGY_EDIT,
        "No longer",
    ),
    HistoryKind.CONDITION: HistoryWords(
        "Conditions",
        "condition",
        Permission.CLINICAL_CONDITION_READ,
        Permission.CLINICAL_CONDITION_EDIT,
        "Resolved",
    ),
    HistoryKind.MEDICATION: HistoryWords(
        "Medications",
        "medication",
        Permission.CLINICAL_MEDICATION_READ,
        Permission.CLINICAL_MEDICATION_EDIT,
        "Ended",
    ),
    HistoryKind.IMMUNIZATION: HistoryWords(
        "Immunizations",
        "immunization",
        Permission.CLINICAL_IMMUNIZATION_READ,
        Permission.CLINICAL_IMMUNIZATION_EDIT,
    ),
    HistoryKind.FAMILY: HistoryWords(
        "Family history",
        "family history entry",
        Permission.CLINICAL_FAMILY_HISTORY_READ,
        Permission.CLINICAL_FAMILY_HISTORY_EDIT,
    ),
    HistoryKind.SOCIAL: HistoryWords(
        "Social history",
        "social history entry",
        Permission.CLINICAL_OBSERVATION_READ,
        Permission.CLINICAL_SOCIAL_HISTORY_EDIT,
    ),
}
"""The kinds in the order of the screen. A kind without `ended` is about something that happened once."""

TERM_PERMISSIONS: Final[dict[TermKind, Permission | AnyOf]] = {
    TermKind.CONDITION: AnyOf(Permission.CLINICAL_CONDITION_EDIT, Permission.CLINICAL_FAMILY_HISTORY_EDIT),
    TermKind.ALLERGY: Permission.CLINICAL_ALLERGY_EDIT,
    TermKind.REACTION: Permission.CLINICAL_ALLERGY_EDIT,
    TermKind.MEDICATION: Permission.CLINICAL_MEDICATION_EDIT,
    TermKind.IMMUNIZATION: Permission.CLINICAL_IMMUNIZATION_EDIT,
}
"""Who is offered terms of a kind."""

SNOMED: Final = "SNOMED-CT"
LOINC: Final = "LOINC"
NO_KNOWN_ALLERGY: Final = "716186003"
NO_KNOWN_ALLERGIES: Final[dict[str, AllergyCategory | None]] = {
    NO_KNOWN_ALLERGY: None,
    "409137002": AllergyCategory.MEDICATION,
    "429625007": AllergyCategory.FOOD,
    "428607008": AllergyCategory.ENVIRONMENT,
}
"""SNOMED CT: no known allergy at all, or none of a category. They are statements, not allergies."""


class SocialQuestion(NamedTuple):
    """Something asked about a person's life: its LOINC code, and the usual answers with their SNOMED codes, if any."""

    code: str
    title: str
    answers: tuple[tuple[str, str], ...] = ()


SOCIAL_QUESTIONS: Final = (
    SocialQuestion(
        "72166-2",
        "Tobacco smoking status",
        (
            ("266919005", "Never smoked"),
            ("8517006", "Former smoker"),
            ("428041000124106", "Smokes some days"),
            ("449868002", "Smokes every day"),
            ("266927001", "Unknown whether they ever smoked"),
        ),
    ),
    SocialQuestion(
        "11331-6",
        "Alcohol use",
        (
            ("105542008", "Does not drink alcohol"),
            ("228276006", "Drinks occasionally"),
            ("28127009", "Drinks socially"),
            ("86933000", "Drinks heavily"),
        ),
    ),
    SocialQuestion("11342-3", "Drug use"),
    SocialQuestion("11341-5", "Occupation"),
    SocialQuestion("82589-3", "Education"),
    SocialQuestion("71802-3", "Housing"),
    SocialQuestion("63512-8", "People in the household"),
    SocialQuestion("89555-7", "Physical activity"),
)
SOCIAL_CODES: Final = {question.code: question for question in SOCIAL_QUESTIONS}

_NOTE: Final = {"note": FormField("Note")}
HISTORY_FORMS: Final[dict[HistoryKind, Form]] = {
    HistoryKind.ALLERGY: {
        "term": FormField("Substance"),
        "category": FormField("Category", ALLERGY_CATEGORY_LABELS),
        "kind": FormField("Kind", ALLERGY_KIND_LABELS),
        "criticality": FormField("Criticality", CRITICALITY_LABELS),
        "onset": FormField("Since"),
        **{
            name: field
            for place in range(1, MOST_REACTIONS + 1)
            for name, field in (
                (f"reaction_{place}", FormField(f"Reaction {place}")),
                (f"severity_{place}", FormField(f"Severity {place}", SEVERITY_LABELS)),
            )
        },
        **_NOTE,
    },
    HistoryKind.CONDITION: {"term": FormField("Condition"), "onset": FormField("Since"), **_NOTE},
    HistoryKind.MEDICATION: {
        "term": FormField("Medicine"),
        "dosage": FormField("Dosage"),
        "started": FormField("Since"),
        "reason": FormField("Reason"),
        "allergy_reason": FormField("Why it is given in spite of the allergy"),
        **_NOTE,
    },
    HistoryKind.IMMUNIZATION: {
        "term": FormField("Vaccine"),
        "given": FormField("Given"),
        "lot_number": FormField("Lot number"),
        **_NOTE,
    },
    HistoryKind.FAMILY: {
        "relationship": FormField("Relative", RELATIONSHIP_LABELS),
        "term": FormField("Condition"),
        "age_at_onset": FormField("Age when it began"),
        "is_deceased": FormField("Deceased", {"yes": "Yes", "no": "No"}),
        **_NOTE,
    },
    HistoryKind.SOCIAL: {
        "question": FormField("Question", {question.code: question.title for question in SOCIAL_QUESTIONS}),
        "answer": FormField(
            "Answer", {code: said for question in SOCIAL_QUESTIONS for code, said in question.answers}
        ),
        "asked": FormField("Asked"),
        **_NOTE,
    },
}
"""The fields of each kind's form."""


class EntryInput(FormInput):
    """What every entry may carry: a term of the vocabulary, or a text that is in no vocabulary, and a note.

    A new entry may name the visit that it belongs to; a correction leaves it in its visit.
    """

    model_config = ConfigDict(populate_by_name=True)

    term: int | None = None
    term_text: Annotated[str, Field(alias="term-text", max_length=LONGEST_TERM)] = ""
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    visit: int | None = None


class AllergyInput(EntryInput):
    """An allergy or intolerance; `onset` is a date as exact as it is known."""

    kind: AllergyKind = AllergyKind.ALLERGY
    category: AllergyCategory
    criticality: Criticality | None = None
    onset: Annotated[str, Field(max_length=40)] = ""
    reaction_1: int | None = None
    reaction_2: int | None = None
    reaction_3: int | None = None
    reaction_1_text: Annotated[str, Field(alias="reaction_1-text", max_length=LONGEST_TERM)] = ""
    reaction_2_text: Annotated[str, Field(alias="reaction_2-text", max_length=LONGEST_TERM)] = ""
    reaction_3_text: Annotated[str, Field(alias="reaction_3-text", max_length=LONGEST_TERM)] = ""
    severity_1: Severity | None = None
    severity_2: Severity | None = None
    severity_3: Severity | None = None

    @property
    def reactions(self) -> list[tuple[int | None, str, Severity | None]]:
        """The reactions that were given: term, text, severity."""
        slots = [
            (self.reaction_1, self.reaction_1_text, self.severity_1),
            (self.reaction_2, self.reaction_2_text, self.severity_2),
            (self.reaction_3, self.reaction_3_text, self.severity_3),
        ]
        return [slot for slot in slots if slot[0] or slot[1] or slot[2]]


class ConditionInput(EntryInput):
    """A diagnosis or problem."""

    onset: Annotated[str, Field(max_length=40)] = ""


class MedicineInput(EntryInput):
    """A medicine that a patient takes; `allergy_warning` is the warning that was read before the reason was given."""

    dosage: Annotated[str, Field(max_length=500)] = ""
    started: Annotated[str, Field(max_length=40)] = ""
    reason: Annotated[str, Field(max_length=LONGEST_TERM)] = ""
    allergy_warning: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    allergy_reason: Annotated[str, Field(max_length=500)] = ""


class ImmunizationInput(EntryInput):
    """A vaccine that was given."""

    given: Annotated[str, Field(max_length=40)] = ""
    lot_number: Annotated[str, Field(max_length=60)] = ""


class FamilyInput(EntryInput):
    """A condition of a relative; age in completed years."""

    relationship: Relationship
    age_at_onset: Annotated[int | None, Field(ge=0, le=130)] = None
    is_deceased: bool | None = None


class SocialInput(EntryInput):
    """An answer to a question about a person's life; `answer` is a text, or the code of a usual answer."""

    question: str
    answer: Annotated[str, Field(min_length=1, max_length=LONGEST_TERM)]
    asked: Annotated[str, Field(max_length=40)] = ""


class EndInput(FormInput):
    """When something ended (today unless given) and why."""

    ended: Annotated[str, Field(max_length=40)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class PartialDate(NamedTuple):
    """A date as exact as it is known: `first` and `last` are its first and last possible day."""

    first: dt.date
    last: dt.date
    precision: DatePrecision


class Term(NamedTuple):
    """A code with its text; one without a code was typed freely."""

    id: int | None
    code_system: str
    code: str
    display: str


@dataclass(frozen=True)
class HistoryEntry:
    """An entry of the history; `form` is what its form shows when it is corrected."""

    id: int
    patient_id: int
    kind: HistoryKind
    version: int
    title: str
    detail: str
    code: str
    when: str
    note: str
    status: str
    status_label: str
    recorded: str
    is_open: bool
    is_error: bool
    is_severe: bool = False
    form: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HistorySection:
    """The entries of one kind, those that still hold first."""

    kind: HistoryKind
    may_edit: bool
    entries: tuple[HistoryEntry, ...]
