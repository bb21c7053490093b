"""Correcting a coverage: under its version, with both versions in the trail, and never a second primary one."""

from typing import Any

import pytest
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidInput, NotFound
from hms_app.domain.organization.service import close_payer
from hms_app.domain.patients import service
from hms_app.domain.patients.queries import list_coverages
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import CoveragePart, PatientAction
from hms_app.domain.records.errors import Conflict
from tests.factories.organization import make_payer
from tests.factories.patients import make_patient


@pytest.fixture
def patient(session: Session) -> Patient:
    return make_patient(session)


@pytest.fixture
def payer_id(session: Session) -> int:
    return make_payer(session).id


def _entries(session: Session, action: str) -> list[dict[str, Any]]:
    return [entry for entry in session.info.get("audit_entries", ()) if entry["action"] == action]


def _coverage(payer_id: int, **form: str) -> CoveragePart:
    return CoveragePart.from_form({"payer_id": str(payer_id), "rank": "primary", **form})


def test_a_coverage_is_corrected_under_its_version_and_both_versions_stand_in_the_trail(
    session: Session, desk: Actor, patient: Patient, payer_id: int
) -> None:
    added = _coverage(payer_id, plan="Gold", starts_on="2024-01-01", ends_on="2024-12-31")
    row_id = service.add_coverage(session, desk, patient_id=patient.key, request=added)
    corrected = _coverage(payer_id, plan="Silver", starts_on="2024-01-01", ends_on="2025-06-30", share="80")
    service.correct_coverage(session, desk, row_id=row_id, version=1, request=corrected)
    (row,) = list_coverages(session, desk, patient_id=patient.key)
    assert (row.version, row.detail) == (2, "Silver · pays 80 % · 1 Jan 2024 to 30 Jun 2025")
    (entry,) = _entries(session, PatientAction.COVERAGE_CORRECTED)
    assert entry["patient_id"] == patient.key
    assert (entry["before"]["plan"], entry["after"]["plan"]) == ("Gold", "Silver")
    assert (entry["before"]["ends_on"], entry["after"]["ends_on"]) == ("2025-01-01", "2025-07-01")
    with pytest.raises(Conflict):
        service.correct_coverage(session, desk, row_id=row_id, version=1, request=added)
    with pytest.raises(NotFound):
        service.correct_coverage(session, desk, row_id=404, version=1, request=added)


def test_a_correction_makes_no_second_primary_coverage_and_names_no_payer_that_is_gone(
    session: Session, desk: Actor, patient: Patient, payer_id: int, everyone_allowed: Actor
) -> None:
    def add(**form: str) -> int:
        return service.add_coverage(
            session, desk, patient_id=patient.key, request=_coverage(payer_id, **form)
        )

    def refusal(row_id: int, request: CoveragePart) -> dict[str, str]:
        with pytest.raises(InvalidInput) as refused:
            service.correct_coverage(session, desk, row_id=row_id, version=1, request=request)
        return refused.value.problems

    add(starts_on="2024-01-01", ends_on="2024-12-31")
    second = add(starts_on="2025-01-01")
    assert set(refusal(second, _coverage(payer_id, starts_on="2024-12-31"))) == {"rank"}
    backwards = _coverage(payer_id, starts_on="2025-02-01", ends_on="2025-01-31")
    assert set(refusal(second, backwards)) == {"ends_on"}
    closed = make_payer(session, name="Old Fund").id
    close_payer(session, everyone_allowed, payer_id=closed, version=1)
    for gone in (closed, 987_654_321):
        assert set(refusal(second, _coverage(gone, starts_on="2025-01-01"))) == {"payer_id"}
    assert _entries(session, PatientAction.COVERAGE_CORRECTED) == []
