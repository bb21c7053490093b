"""Patients as lists show them: flat dictionaries of display text."""

from typing import Final, TypedDict

from hms_app import navigation
from hms_app.domain.patients.values import PatientRow, PatientStatus


class PatientItem(TypedDict):
    """A patient in a list."""

    id: str
    name: str
    href: str
    mrn: str
    birth_date: str
    age: str
    sex: str
    status: str
    status_tone: str


STATUS_TONES: Final = {
    PatientStatus.ACTIVE: "success",
    PatientStatus.INACTIVE: "neutral",
    PatientStatus.ENTERED_IN_ERROR: "danger",
}


def patient_item(row: PatientRow) -> PatientItem:
    """A row of the patient list."""
    word = "Deceased" if row.is_deceased else row.status_label
    return {
        "id": str(row.id),
        "name": row.name,
        "href": navigation.PATIENT_RECORD.address(patient_id=row.id),
        "mrn": row.mrn,
        "birth_date": row.birth_date,
        "age": row.age,
        "sex": row.sex,
        "status": f"{word}, restricted" if row.is_restricted else word,
        "status_tone": "neutral" if row.is_deceased else STATUS_TONES[PatientStatus(row.status)],
    }
