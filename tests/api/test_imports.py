"""Files to be read in, over HTTP: what comes in, what is refused, and the report that comes out."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hms_app.api import imports, routing
from hms_app.api.middleware import Edge
from hms_app.config import Settings, get_settings
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.interop.tables import ImportJob
from tests.factories.files import archive, pdf
from tests.factories.imports import PEOPLE, synthea_zip
from tests.factories.security import make_user, signed_in
from tests.whole_application import HOST, SAME_ORIGIN, URL

pytestmark = pytest.mark.usefixtures("files_dir")
JSON = {**SAME_ORIGIN, "accept": "application/json"}


@pytest.fixture
def client(connection: sa.Connection) -> Iterator[TestClient]:
    application = Edge(Starlette(routes=routing.starlette_routes((imports,))), Settings())
    with TestClient(application, base_url=URL, follow_redirects=False) as made:
        yield made


def enter(client: TestClient, session: Session, role: str = "administrator") -> None:
    token = signed_in(session, make_user(session, role))
    session.commit()
    client.cookies.set(SESSION_COOKIE, token, domain=HOST)


def send(client: TestClient, content: bytes, name: str, headers: dict[str, str] = JSON) -> Any:
    return client.post("/files/imports", files={"file": (name, content, "text/plain")}, headers=headers)


def kept(files_dir: Path) -> list[Path]:
    return [path for path in files_dir.rglob("*") if path.is_file()]


def test_a_file_that_was_sent_waits_on_its_own_page(
    client: TestClient, session: Session, files_dir: Path
) -> None:
    enter(client, session)
    answer = send(client, synthea_zip(), "../../export.zip")
    assert answer.status_code == 201
    job = session.exec(select(ImportJob)).one()
    assert answer.json()["go"] == f"/administration/imports/{job.id}"
    assert (job.kind, job.status) == ("synthea_zip", "uploaded")
    stored = session.exec(select(StoredFile)).one()
    assert (stored.original_name, stored.media_type) == ("export.zip", "application/zip")
    assert len(kept(files_dir)) == 1


def test_a_form_without_a_script_is_led_to_the_page(client: TestClient, session: Session) -> None:
    enter(client, session)
    answer = send(client, PEOPLE.encode(), "people.csv", SAME_ORIGIN)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/administration/imports/")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pdf(), "no kind that can be read in"),
        (archive({"../x.csv": "1"}), "unpacked elsewhere"),
        (b"", "empty"),
    ],
)
def test_what_cannot_be_read_in_is_refused_at_the_field(
    client: TestClient, session: Session, files_dir: Path, content: bytes, said: str
) -> None:
    enter(client, session)
    answer = send(client, content, "people.csv")
    assert answer.status_code == 400
    assert said in answer.json()["problems"]["file"]
    assert kept(files_dir) == []
    assert session.exec(select(ImportJob)).all() == []


def test_a_file_that_is_too_large_is_stopped_while_it_is_read(
    client: TestClient, session: Session, files_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMS_MAX_UPLOAD_MB", "1")
    get_settings.cache_clear()
    enter(client, session)
    answer = send(client, PEOPLE.encode() * 20_000, "people.csv")
    assert answer.status_code == 413
    assert kept(files_dir) == []


@pytest.mark.parametrize("role", ["doctor", "receptionist", "manager", "patient", "privacy_officer"])
def test_without_the_permission_nothing_goes_in_and_nothing_comes_out(
    client: TestClient, session: Session, files_dir: Path, role: str
) -> None:
    enter(client, session)
    job_id = send(client, PEOPLE.encode(), "people.csv").json()["id"]
    enter(client, session, role)
    assert send(client, PEOPLE.encode(), "people.csv").status_code == 403
    assert client.get(f"/exports/imports/{job_id}").status_code == 403
    client.cookies.clear()
    assert send(client, PEOPLE.encode(), "people.csv").status_code == 401
    assert client.get(f"/exports/imports/{job_id}").status_code == 401
    assert len(kept(files_dir)) == 1


def test_the_report_is_a_table_without_formulas_and_its_download_is_in_the_trail(
    client: TestClient, session: Session
) -> None:
    enter(client, session)
    job_id = int(send(client, PEOPLE.encode(), "people.csv").json()["id"])
    job = session.get_one(ImportJob, job_id)
    counts = {"read": 3, "created": 2, "updated": 0, "unchanged": 0, "rejected": 1}
    problem = {"file": "=people", "line": 4, "reason": '@SUM(A1) is no "date"'}
    job.report = {"files": {"=people": counts}, "problems": [problem]}
    session.add(job)
    session.commit()
    answer = client.get(f"/exports/imports/{job_id}")
    assert answer.headers["content-disposition"] == f'attachment; filename="import-{job_id}-report.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["file", "line", "read", "created", "updated", "unchanged", "rejected", "reason"],
        ["'=people", "", "3", "2", "0", "0", "1", ""],
        ["'=people", "4", "", "", "", "", "", '\'@SUM(A1) is no "date"'],
    ]
    actions = session.exec(select(AuditEntry.action).where(AuditEntry.subject_id == job_id)).all()
    assert "interop.import_report.exported" in actions


@pytest.mark.parametrize("name", ["0", "-1", "x", "9" * 30, "999999"])
def test_an_address_that_is_no_import_is_not_found(client: TestClient, session: Session, name: str) -> None:
    enter(client, session)
    assert client.get(f"/exports/imports/{name}").status_code == 404


def test_another_site_cannot_send_a_file(client: TestClient, session: Session) -> None:
    enter(client, session)
    for headers in ({"origin": "https://evil.example"}, {}):
        assert send(client, PEOPLE.encode(), "people.csv", headers).status_code == 403
