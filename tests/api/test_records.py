"""Downloads of whole records, as a browser asks for them."""

import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hms_app.api import records, routing
from hms_app.api.middleware import Edge
from hms_app.core.cookies import SESSION_COOKIE
from tests.factories.patients import make_patient
from tests.factories.security import make_user, signed_in
from tests.whole_application import HOST, URL

KINDS = (("json", "application/fhir+json"), ("pdf", "application/pdf"))


@pytest.fixture
def client(connection: sa.Connection) -> Iterator[TestClient]:
    application = Edge(Starlette(routes=routing.starlette_routes((records,))))
    with TestClient(application, base_url=URL, follow_redirects=False) as made:
        yield made


def _enter(client: TestClient, session: Session, role: str) -> None:
    client.cookies.set(SESSION_COOKIE, signed_in(session, make_user(session, role)), domain=HOST)
    session.commit()


@pytest.mark.parametrize(("kind", "media_type"), KINDS)
def test_a_doctor_downloads_a_record(
    client: TestClient, session: Session, kind: str, media_type: str
) -> None:
    patient = make_patient(session)
    _enter(client, session, "doctor")
    answer = client.get(f"/exports/patients/{patient.key}/record.{kind}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="record-{patient.mrn}.{kind}"'
    assert answer.headers["cache-control"] == "no-store"
    if kind == "json":
        assert json.loads(answer.content)["resourceType"] == "Bundle"
    else:
        assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["json", "pdf"])
def test_who_may_not_gets_no_record(client: TestClient, session: Session, kind: str) -> None:
    patient, hidden = make_patient(session), make_patient(session, is_restricted=True)
    session.commit()
    address = "/exports/patients/{}/record." + kind
    assert client.get(address.format(patient.key)).status_code == 401
    _enter(client, session, "receptionist")
    assert client.get(address.format(patient.key)).status_code == 403
    _enter(client, session, "doctor")
    for wrong in (hidden.key, 10**17, "x", "9" * 30, "-1"):
        assert client.get(address.format(wrong)).status_code == 404
