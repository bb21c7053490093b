"""Who is in the house."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from hms_app.domain.clinical.tables import Encounter
from hms_app.domain.clinical.values import EncounterClass, EncounterStatus


def admitted_patients(session: Session, patient_ids: Iterable[int]) -> frozenset[int]:
    """Those of the patients who have an inpatient stay in progress."""
    return frozenset(
        session.exec(
            select(Encounter.patient_id)
            .where(col(Encounter.patient_id).in_(list(patient_ids)))
            .where(Encounter.encounter_class == EncounterClass.INPATIENT.value)
            .where(Encounter.status == EncounterStatus.IN_PROGRESS.value)
        )
    )
