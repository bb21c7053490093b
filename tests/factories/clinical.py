"""Clinical rows for tests."""

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any, TypeVar

from sqlmodel import Session

from hms_app.domain.clinical.tables import (
    AllergyIntolerance,
    AllergyReaction,
    CarePlan,
    ClinicalRecord,
    Condition,
    DeviceUse,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    FamilyMemberHistory,
    ImagingStudy,
    Immunization,
    MedicationRequest,
    Observation,
    Procedure,
    SupplyUse,
)
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.patients.tables import Patient

Row = TypeVar("Row", bound=ClinicalRecord)
NOON = dt.datetime(2024, 5, 6, 12, 0, tzinfo=dt.UTC)

ALL_KINDS: tuple[type[ClinicalRecord], ...] = (
    Encounter,
    Condition,
    AllergyIntolerance,
    MedicationRequest,
    DiagnosticReport,
    Observation,
    Procedure,
    Immunization,
    CarePlan,
    DeviceUse,
    SupplyUse,
    ImagingStudy,
    FamilyMemberHistory,
    DocumentReference,
)


def make_record(session: Session, kind: type[Row], patient: Patient, /, **overrides: Any) -> Row:
    """A flushed clinical row of any kind, at noon of 6 May 2024 unless overridden."""
    fields: dict[str, Any] = {
        "patient_id": patient.key,
        "code": "1",
        "code_system": "TEST",
        "display": f"Some {kind.__name__}",
        "occurred_at": NOON,
    }
    if issubclass(kind, Observation):
        fields["value_number"] = Decimal(1)
    if issubclass(kind, DocumentReference):
        fields["file_id"] = make_stored_file(session).key
    row = kind(**(fields | overrides))
    session.add(row)
    session.flush()
    return row


def make_stored_file(session: Session, **overrides: Any) -> StoredFile:
    """The row of a file that is not on disk."""
    key = secrets.token_hex(24)
    fields: dict[str, Any] = {
        "storage_key": key,
        "sha256": "0" * 64,
        "size_bytes": 1,
        "media_type": "application/pdf",
        "original_name": "letter.pdf",
    }
    stored = StoredFile(**(fields | overrides))
    session.add(stored)
    session.flush()
    return stored


def make_measurement(
    session: Session, patient: Patient, code: str, value: str, **overrides: Any
) -> Observation:
    """A vital sign."""
    fields = {"code": code, "category": "vital-signs", "value_number": Decimal(value)} | overrides
    return make_record(session, Observation, patient, **fields)


def make_allergy(
    session: Session, patient: Patient, display: str, *reactions: str, **overrides: Any
) -> AllergyIntolerance:
    """An active allergy with its reactions."""
    allergy = make_record(session, AllergyIntolerance, patient, display=display, **overrides)
    for position, reaction in enumerate(reactions, start=1):
        session.add(AllergyReaction(allergy_id=allergy.key, position=position, display=reaction))
    session.flush()
    return allergy
