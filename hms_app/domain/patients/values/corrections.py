"""What correcting a record takes: the form, death and status."""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator, model_validator

from hms_app.core.form_input import FormInput
from hms_app.core.life_cycle import LifeCycle, Move
from hms_app.domain.organization.values import Line
from hms_app.domain.patients.values.registration import spoken_languages
from hms_app.domain.patients.values.words import (
    MARITAL_LABELS,
    SEX_LABELS,
    STATUS_LABELS,
    DeathPrecision,
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

_S = PatientStatus
PATIENT_LIFE: Final = LifeCycle(
    "patient",
    "record",
    {status: STATUS_LABELS[status] for status in PatientStatus},
    (
        Move(_S.ACTIVE, _S.INACTIVE, "Deactivate record"),
        Move(_S.ACTIVE, _S.ENTERED_IN_ERROR, "Mark as entered in error"),
        Move(_S.INACTIVE, _S.ACTIVE, "Reactivate record"),
        Move(_S.INACTIVE, _S.ENTERED_IN_ERROR, "Mark as entered in error"),
        Move(_S.ENTERED_IN_ERROR, _S.ACTIVE, "Reactivate record", is_undo=True),
        Move(_S.ACTIVE, _S.MERGED),
        Move(_S.INACTIVE, _S.MERGED),
        Move(_S.MERGED, _S.ACTIVE, is_undo=True),
        Move(_S.MERGED, _S.INACTIVE, is_undo=True),
    ),
)
"""What may become of a record; merging, and parting again, are no acts on one record."""

_Part = Annotated[Line, Field(max_length=100)]


class EditPatientInput(FormInput):
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


class DeathInput(FormInput):
    """When a patient died, as well as it is `known`: a day, perhaps its time, or the month or year it is in."""

    known: DeathPrecision = DeathPrecision.DAY
    died_on: Annotated[dt.date | None, Field(validate_default=True)] = None
    died_at: dt.time | None = None

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_known(cls, given: dict[str, object]) -> dict[str, object]:
        said = {name: value or None for name, value in given.items() if name != "known" or value}
        known = said.get("known", DeathPrecision.DAY)
        less: dict[object, tuple[str, ...]] = {
            DeathPrecision.UNKNOWN: ("died_on", "died_at"),
            DeathPrecision.DAY: (),
        }
        return {**said, **dict.fromkeys(less.get(known, ("died_at",)))}

    @field_validator("died_on")
    @classmethod
    def _is_told(cls, day: dt.date | None, info: ValidationInfo) -> dt.date | None:
        if day is None and info.data.get("known") is not DeathPrecision.UNKNOWN:
            raise ValueError("Write the day of death, or say that it is not known.")
        return day

    @property
    def first_day(self) -> dt.date | None:
        """The first day of what is known."""
        day = self.died_on
        if day is None or self.known is DeathPrecision.DAY:
            return day
        return day.replace(day=1, month=day.month if self.known is DeathPrecision.MONTH else 1)

    @property
    def last_day(self) -> dt.date | None:
        """The last day of what is known."""
        first = self.first_day
        if first is None or self.known is DeathPrecision.DAY:
            return first
        month = first.month if self.known is DeathPrecision.MONTH else 12
        return first.replace(month=month, day=calendar.monthrange(first.year, month)[1])


@dataclass(frozen=True)
class PatientForm:
    """A patient's identity as the form shows it: texts under the names of `FIELD_LABELS`."""

    patient_id: int
    version: int
    name: str
    fields: dict[str, str]
