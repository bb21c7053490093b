"""Patients as lists show them: flat dictionaries of display text."""

from collections.abc import Mapping
from typing import Final, TypedDict

from hms_app import navigation
from hms_app.domain.patients.values import PatientRow, PatientStatus
from hms_app.domain.workflows.find_patients import row_texts


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


def patient_item(row: PatientRow, texts: Mapping[str, str]) -> PatientItem:
    """A row of the patient list; `texts` are those of further columns."""
    shown = row_texts(row)
    return {
        "id": str(row.id),
        "name": row.name,
        "href": navigation.PATIENT_RECORD.address(patient_id=row.id),
        "mrn": row.mrn,
        "birth_date": row.birth_date,
        "age": row.age,
        "sex": row.sex,
        "phone": texts.get("phone", ""),
        "city": texts.get("city", ""),
        "payer": texts.get("payer", ""),
        "last_visit": texts.get("last_visit", ""),
        "updated": row.updated_at,
        "status": shown["status"],
        "status_tone": "neutral" if row.is_deceased else STATUS_TONES[PatientStatus(row.status)],
    }
