"""What correcting a record takes: the form, death and status."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field, model_validator

from hms_app.core.request import FormRequest
from hms_app.domain.organization.values import Line
from hms_app.domain.patients.values.registration import spoken_languages
from hms_app.domain.patients.values.words import (
    MARITAL_LABELS,
    SEX_LABELS,
    MaritalStatus,
    PatientStatus,
    Sex,
)
from hms_app.domain.records.values import Form, FormField

FIELD_LABELS: Final[dict[str, str]] = {
    "prefix": "Title",
    "given_names": "Given names",
    "family_name": "Family name",
    "suffix": "Suffix",
    "preferred_name": "Preferred name",
    "maiden_name": "Maiden name",
    "birth": "Date of birth",
    "sex_at_birth": "Sex at birth",
    "gender": "Gender",
    "marital_status": "Marital status",
    "language": "Language",
    "birth_place": "Place of birth",
    "race": "Race",
    "ethnicity": "Ethnicity",
}
"""The fields of a patient's identity that people correct, in the order of the form."""

PATIENT_FORM: Final[Form] = {
    name: FormField(
        label,
        {
            "sex_at_birth": SEX_LABELS,
            "gender": SEX_LABELS,
            "marital_status": MARITAL_LABELS,
            "language": spoken_languages(),
        }.get(name, {}),
    )
    for name, label in FIELD_LABELS.items()
}
"""The same fields with the words of their choices."""

STATUS_TRANSITIONS: Final[dict[PatientStatus, tuple[PatientStatus, ...]]] = {
    PatientStatus.ACTIVE: (PatientStatus.INACTIVE, PatientStatus.ENTERED_IN_ERROR),
    PatientStatus.INACTIVE: (PatientStatus.ACTIVE, PatientStatus.ENTERED_IN_ERROR),
    PatientStatus.ENTERED_IN_ERROR: (PatientStatus.ACTIVE,),
    PatientStatus.MERGED: (),
}
"""What may become of a record by hand; all else is refused with a sentence that says what is possible."""

_Part = Annotated[Line, Field(max_length=100)]


class EditPatientRequest(FormRequest):
    """A patient's identity as the form sends it; `birth` is a date, a year or an age, as people type them."""

    prefix: Annotated[Line, Field(max_length=20)] = ""
    given_names: _Part = ""
    family_name: _Part = ""
    suffix: Annotated[Line, Field(max_length=20)] = ""
    preferred_name: _Part = ""
    maiden_name: _Part = ""
    birth: Annotated[Line, Field(max_length=40)] = ""
    sex_at_birth: Sex = Sex.UNKNOWN
    gender: Sex = Sex.UNKNOWN
    marital_status: MaritalStatus = MaritalStatus.UNKNOWN
    language: _Part = ""
    birth_place: Line = ""
    race: _Part = ""
    ethnicity: _Part = ""


class DeathRequest(FormRequest):
    """When a patient died: a day, and the time of day where it is known."""

    died_on: dt.date
    died_at: dt.time | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_seconds(cls, given: dict[str, object]) -> dict[str, object]:
        return {**given, "died_at": given.get("died_at") or None}


@dataclass(frozen=True)
class PatientForm:
    """A patient's identity as the form shows it: texts under the names of `FIELD_LABELS`."""

    patient_id: int
    version: int
    name: str
    fields: dict[str, str]
