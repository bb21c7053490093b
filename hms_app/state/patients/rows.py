"""Patients as lists show them: flat dictionaries of display text."""

from typing import Final, TypedDict

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.domain.patients import rules
from hms_app.domain.patients.values import ListedPatient, PatientRow, PatientStatus


class PatientItem(TypedDict):
    """A patient in a list; a column that is not shown is empty."""

    id: str
    name: str
    href: str
    mrn: str
    birth_date: str
    age: str
    sex: str
    phone: str
    city: str
    payer: str
    last_visit: str
    updated: str
    status: str
    status_tone: str


STATUS_TONES: Final = {
    PatientStatus.ACTIVE: "success",
    PatientStatus.INACTIVE: "neutral",
    PatientStatus.ENTERED_IN_ERROR: "danger",
    PatientStatus.MERGED: "info",
}


def listed_item(row: ListedPatient, actor: Actor) -> PatientItem:
    """A row of the patient list."""
    locale = actor.locale
    return {
        **patient_item(row.patient),
        "phone": rules.written(row.phone, locale.country) if row.phone else "",
        "city": row.city or "",
        "payer": row.payer or "",
        "last_visit": locale.date_of(row.last_visit_at),
    }


def patient_item(row: PatientRow) -> PatientItem:
    """A patient by who they are."""
    status = "Deceased" if row.is_deceased else row.status_label
    return {
        "id": str(row.id),
        "name": row.name,
        "href": navigation.PATIENT_RECORD.address(patient_id=row.id),
        "mrn": row.mrn,
        "birth_date": row.birth_date,
        "age": row.age,
        "sex": row.sex,
        "phone": "",
        "city": "",
        "payer": "",
        "last_visit": "",
        "updated": row.updated_at,
        "status": f"{status}, restricted" if row.is_restricted else status,
        "status_tone": "neutral" if row.is_deceased else STATUS_TONES[PatientStatus(row.status)],
    }
