"""Patients for tests."""

import datetime as dt
from itertools import count
from typing import Any

from sqlmodel import Session

from hms_app.core import clock
from hms_app.domain.patients import rules, service
from hms_app.domain.patients.tables import Patient, PatientConsent, PatientContactPoint, PatientIdentifier

_identifiers = count(1)


def make_patient(
    session: Session,
    *,
    phones: tuple[str, ...] = (),
    identifiers: tuple[str, ...] = (),
    **overrides: Any,
) -> Patient:
    """A flushed patient who can be searched for: Anna Berg, born 3 February 1980, unless overridden."""
    fields: dict[str, Any] = {
        "given_names": "Anna",
        "family_name": "Berg",
        "birth_date": dt.date(1980, 2, 3),
        "sex_at_birth": "female",
        "created_at": clock.now(),
        "updated_at": clock.now(),
    } | overrides
    fields.setdefault("mrn", service.next_mrn(session))
    fields.setdefault("name_sort", rules.name_sort(fields["family_name"], fields["given_names"]))
    patient = Patient(**fields)
    session.add(patient)
    session.flush()
    for phone in phones:
        digits = rules.phone_number(phone, "US").international
        session.add(PatientContactPoint(patient_id=patient.key, system="phone", value=phone, digits=digits))
    for value in identifiers:
        session.add(PatientIdentifier(patient_id=patient.key, type=f"test-{next(_identifiers)}", value=value))
    session.flush()
    service.refresh_search_keys(session, [patient.key])
    return patient


def make_consent(session: Session, patient: Patient, **overrides: Any) -> PatientConsent:
    """A flushed consent to treatment, given on 5 May 2024 unless overridden."""
    fields: dict[str, Any] = {
        "patient_id": patient.key,
        "kind": "treatment",
        "decision": "given",
        "recorded_on": dt.date(2024, 5, 5),
    } | overrides
    consent = PatientConsent(**fields)
    session.add(consent)
    session.flush()
    return consent
