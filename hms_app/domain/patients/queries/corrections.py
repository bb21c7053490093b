"""A patient's identity as the form for corrections shows it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.patients import find_visible
from hms_app.domain.patients.values import FIELD_LABELS, BirthDatePrecision, PatientForm
from hms_app.domain.records.values import RowForm


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def get_patient_form(session: Session, actor: Actor, *, patient_id: int) -> PatientForm:
    """The patient's identity to be corrected; raises NotFound for one the actor may not know of."""
    return _form(find_visible(session, actor, patient_id), actor.locale)


def patient_form(session: Session, actor: Actor, patient_id: int) -> RowForm:
    """The patient as the form shows it, for a caller that has checked who asks."""
    return RowForm(_form(find_visible(session, actor, patient_id), actor.locale).fields)


def _form(found: Mapping[str, Any], locale: HospitalLocale) -> PatientForm:
    """A patient's columns as the texts of the form."""
    texts = {name: str(found[name]) for name in FIELD_LABELS if name != "birth"}
    texts["birth"] = birth_text(found["birth_date"], found["birth_date_precision"], locale)
    return PatientForm(
        patient_id=found["id"],
        version=found["version"],
        name=rules.display_name(found["prefix"], found["given_names"], found["family_name"], found["suffix"]),
        fields={name: texts[name] for name in FIELD_LABELS},
    )


def birth_text(day: dt.date | None, precision: str, locale: HospitalLocale) -> str:
    """A date of birth as somebody would type it: the date, the year alone, or the age that was guessed."""
    if day is None:
        return ""
    if precision == BirthDatePrecision.YEAR.value:
        return str(day.year)
    return locale.age(day) if precision == BirthDatePrecision.ESTIMATED.value else locale.date(day)
