"""A patient's photo, card and wristband over HTTP: for who may know of the patient, and for nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hms_app.api import files, papers, routing
from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.files.values import PictureUse
from hms_app.domain.patients.service.photos import keep_photo
from hms_app.domain.patients.tables import Patient
from tests.factories.files import chosen
from tests.factories.organization import make_hospital
from tests.factories.patients import make_patient
from tests.factories.security import make_user, signed_in

PAPERS = ("/papers/patients/{}/card.pdf", "/papers/patients/{}/wristband.pdf")
PHOTO = "/files/patients/{}/photo"


@pytest.fixture(autouse=True)
def files_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data directory of the test's own."""
    monkeypatch.setenv("HMS_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def client(connection: sa.Connection) -> Iterator[TestClient]:
    application = Starlette(routes=routing.starlette_routes((files, papers)))
    with TestClient(application, base_url="https://hospital.test") as made:
        yield made


def _patient(session: Session, **fields: Any) -> Patient:
    patient = make_patient(session, **fields)
    desk = Actor.system("test")
    sent = chosen(desk, PictureUse.PHOTO)
    patient.photo_file = keep_photo(session, desk, patient_id=patient.key, picture=sent)
    session.commit()
    return patient


def _as(client: TestClient, session: Session, role: str, **fields: Any) -> None:
    client.cookies.set(SESSION_COOKIE, signed_in(session, make_user(session, role, **fields)))
    session.commit()


def test_who_may_know_the_patient_gets_photo_and_papers_and_it_is_noted(
    client: TestClient, session: Session
) -> None:
    make_hospital(session)
    patient = _patient(session)
    _as(client, session, "receptionist")
    photo = client.get(PHOTO.format(patient.id))
    assert (photo.status_code, photo.headers["content-type"]) == (200, "image/jpeg")
    assert "default-src 'none'" in photo.headers["content-security-policy"]
    for address in PAPERS:
        paper = client.get(address.format(patient.id))
        assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
        assert paper.headers["cache-control"] == "no-store"
        assert "Berg" not in str(paper.headers)
    seen = session.exec(select(AuditEntry.after).where(AuditEntry.patient_id == patient.id))
    assert [after["what"] for after in seen if after and "what" in after] == ["photo", "card", "wristband"]


@pytest.mark.parametrize("address", [PHOTO, *PAPERS])
def test_a_restricted_patient_is_not_there_for_who_may_not_know(
    client: TestClient, session: Session, address: str
) -> None:
    make_hospital(session)
    patient = _patient(session, is_restricted=True)
    _as(client, session, "receptionist")
    assert client.get(address.format(patient.id)).status_code == 404
    for wrong in ("0", "999999999", "9" * 30, "-1", "x", "%D9%A3"):
        assert client.get(address.format(wrong)).status_code == 404
    _as(client, session, "privacy_officer")
    assert client.get(address.format(patient.id)).status_code == 200
    client.cookies.clear()
    assert client.get(address.format(patient.id)).status_code == 401


def test_a_patient_sees_the_own_photo_and_no_other(client: TestClient, session: Session) -> None:
    own, other = _patient(session), _patient(session)
    _as(client, session, "patient", patient_id=own.key)
    assert client.get(PHOTO.format(own.id)).status_code == 200
    assert client.get(PHOTO.format(other.id)).status_code == 404


def test_a_patient_without_a_photo_has_none(client: TestClient, session: Session) -> None:
    patient = make_patient(session)
    _as(client, session, "receptionist")
    assert client.get(PHOTO.format(patient.id)).status_code == 404
