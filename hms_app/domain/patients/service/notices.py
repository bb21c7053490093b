"""Leaving word for a patient: shown in the portal to whoever signs in for them, now or later."""

from sqlmodel import Session

from hms_app.core import clock
from hms_app.domain.patients.tables import PatientNotice
from hms_app.domain.patients.values import PatientNoticeKind


def tell_patient(session: Session, patient_id: int, kind: PatientNoticeKind) -> None:
    """Leave a notice; for use cases whose act is in the trail."""
    session.add(PatientNotice(patient_id=patient_id, kind=kind.value, created_at=clock.now()))
    session.flush()
