"""Documents over HTTP: what comes in, what is refused, and who gets what out."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hms_app.api import documents, routing
from hms_app.api.middleware import Edge
from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.clinical.tables import DocumentReference
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.patients.tables import Patient
from tests.factories.files import docx, pdf, picture
from tests.factories.patients import make_patient
from tests.factories.security import make_user, signed_in
from tests.whole_application import HOST, SAME_ORIGIN, URL

pytestmark = pytest.mark.usefixtures("files_dir")
JSON = {**SAME_ORIGIN, "accept": "application/json"}


@pytest.fixture
def client(connection: sa.Connection) -> Iterator[TestClient]:
    application = Edge(Starlette(routes=routing.starlette_routes((documents,))))
    with TestClient(application, base_url=URL, follow_redirects=False) as made:
        yield made


@pytest.fixture
def patient(session: Session) -> Patient:
    made = make_patient(session)
    session.commit()
    return made


def enter(client: TestClient, session: Session, role: str = "doctor") -> None:
    token = signed_in(session, make_user(session, role))
    session.commit()
    client.cookies.set(SESSION_COOKIE, token, domain=HOST)


def upload(
    client: TestClient, patient: Patient | int, content: bytes = b"", name: str = "letter.pdf", **fields: str
) -> Any:
    wanted = {
        "patient_id": str(patient if isinstance(patient, int) else patient.id),
        "kind": "letter",
    } | fields
    return client.post(
        "/files/documents", data=wanted, files={"file": (name, content or pdf(), "text/html")}, headers=JSON
    )


def kept(files_dir: Path) -> list[Path]:
    return [path for path in files_dir.rglob("*") if path.is_file()]


def test_a_document_goes_in_and_comes_out_as_it_was(
    client: TestClient, session: Session, patient: Patient, files_dir: Path
) -> None:
    enter(client, session)
    answer = upload(
        client, patient, note="From Dr Weiß", title="Letter of the clinic", occurred_on="2024-05-06"
    )
    assert (answer.status_code, answer.json()["title"]) == (201, "Letter of the clinic")
    document = session.get(DocumentReference, int(answer.json()["id"]))
    assert document is not None
    assert (document.kind, document.code, document.note) == ("letter", "51852-2", "From Dr Weiß")
    assert document.occurred_at == dt.datetime(2024, 5, 6, tzinfo=dt.UTC)
    out = client.get(f"/files/documents/{document.id}")
    assert out.content == pdf()
    assert out.headers["content-disposition"] == 'attachment; filename="letter.pdf"'
    assert out.headers["content-type"] == "application/pdf"
    assert out.headers["x-content-type-options"] == "nosniff"
    assert out.headers["cache-control"] == "no-store"
    assert out.headers["x-frame-options"] == "DENY"
    assert "sandbox" in out.headers["content-security-policy"]
    assert len(kept(files_dir)) == 1


def test_who_added_and_who_opened_a_document_is_in_the_trail(
    client: TestClient, session: Session, patient: Patient
) -> None:
    enter(client, session)
    document_id = int(upload(client, patient).json()["id"])
    client.get(f"/files/documents/{document_id}")
    entries = session.exec(
        select(AuditEntry).where(AuditEntry.subject_type == "document_reference").order_by(col(AuditEntry.id))
    ).all()
    assert [(entry.action, entry.subject_id, entry.patient_id) for entry in entries] == [
        ("clinical.document.added", document_id, patient.id),
        ("clinical.document.opened", document_id, patient.id),
    ]


def test_our_own_page_may_show_a_pdf_and_nothing_else_of_it(
    client: TestClient, session: Session, patient: Patient
) -> None:
    enter(client, session)
    paper = client.get(f"/files/documents/{upload(client, patient).json()['id']}?show=1")
    assert paper.headers["content-disposition"].startswith("inline")
    assert paper.headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in paper.headers["content-security-policy"]
    assert "script-src" not in paper.headers["content-security-policy"]
    image = client.get(f"/files/documents/{upload(client, patient, picture()).json()['id']}?show=1")
    assert image.headers["content-type"] == "image/png"
    assert "sandbox" in image.headers["content-security-policy"]
    word = client.get(f"/files/documents/{upload(client, patient, docx()).json()['id']}?show=1")
    assert word.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("letter.pdf", b"<html><script>alert(1)</script></html>"),
        ("scan.png", picture() + b"<script>alert(1)</script>"),
        ("scan.jpg", b"MZ\x90\0"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("empty.pdf", b""),
    ],
)
def test_a_disguised_file_is_refused_with_a_sentence_and_leaves_nothing(
    client: TestClient, session: Session, patient: Patient, files_dir: Path, name: str, content: bytes
) -> None:
    enter(client, session)
    answer = client.post(
        "/files/documents",
        data={"patient_id": str(patient.id), "kind": "letter"},
        files={"file": (name, content, "application/pdf")},
        headers=JSON,
    )
    assert answer.status_code == 400
    assert answer.json()["problems"]["file"].endswith(".")
    assert kept(files_dir) == []
    assert session.exec(select(StoredFile)).all() == []


def test_a_file_that_is_too_large_is_stopped_while_it_is_read(
    client: TestClient,
    session: Session,
    patient: Patient,
    files_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HMS_MAX_UPLOAD_MB", "1")
    get_settings.cache_clear()
    enter(client, session)
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(40):
            sent += 100_000
            yield b"x" * 100_000
        yield b"\r\n--b--\r\n"

    headers = {**JSON, "content-type": "multipart/form-data; boundary=b"}
    answer = client.post("/files/documents", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert "at most 1 MB" in answer.json()["problem"]
    announced = client.post("/files/documents", content=b"x" * 2_000_000, headers=headers)
    assert announced.status_code == 413
    assert kept(files_dir) == []


def test_reading_stops_before_the_end_of_what_is_sent(
    client: TestClient, session: Session, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMS_MAX_UPLOAD_MB", "1")
    get_settings.cache_clear()
    enter(client, session)
    token = client.cookies.get(SESSION_COOKIE, domain=HOST)
    pieces = iter(
        [b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n', *[b"x" * 100_000] * 90]
    )
    left: list[bytes] = []
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/files/documents",
        "raw_path": b"/files/documents",
        "query_string": b"",
        "scheme": "https",
        "http_version": "1.1",
        "client": ("127.0.0.1", 1),
        "server": (HOST, 443),
        "headers": [
            (b"host", HOST.encode()),
            (b"origin", URL.encode()),
            (b"cookie", f"{SESSION_COOKIE}={token}".encode()),
            (b"content-type", b"multipart/form-data; boundary=b"),
        ],
    }
    assert client.portal is not None
    client.portal.call(client.app, scope, receive, send)
    left.extend(pieces)
    assert answers[0]["status"] == 413
    assert len(left) > 70


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../../etc/cron.d/evil.pdf", "evil.pdf"),
        ('a"; filename="b.html', "a__ filename=_b.html.pdf"),
        ("a\r\nX-Evil: yes\r\n\r\n<script>.pdf", "a X-Evil_ yes _script_.pdf"),
        ("Größe 体重.pdf", "Größe 体重.pdf"),
    ],
)
def test_no_name_breaks_out_of_its_place(
    client: TestClient, session: Session, patient: Patient, files_dir: Path, name: str, clean: str
) -> None:
    enter(client, session)
    answer = upload(client, patient, name=name)
    assert answer.status_code == 201
    out = client.get(f"/files/documents/{answer.json()['id']}")
    assert "x-evil" not in out.headers
    assert "\n" not in out.headers["content-disposition"]
    stored = session.exec(select(StoredFile)).one()
    assert stored.original_name == clean
    assert kept(files_dir) == [files_dir / "kept" / stored.storage_key[:2] / stored.storage_key]


@pytest.mark.parametrize("role", ["receptionist", "cashier", "administrator", "patient", "privacy_officer"])
def test_without_the_permission_nothing_goes_in_and_nothing_comes_out(
    client: TestClient, session: Session, patient: Patient, files_dir: Path, role: str
) -> None:
    enter(client, session)
    document_id = upload(client, patient).json()["id"]
    enter(client, session, role)
    assert upload(client, patient).status_code == 403
    assert client.get(f"/files/documents/{document_id}").status_code == 403
    assert len(kept(files_dir)) == 1
    client.cookies.clear()
    assert upload(client, patient).status_code == 401
    assert client.get(f"/files/documents/{document_id}").status_code == 401


def test_a_document_of_a_record_one_may_not_see_does_not_exist(
    client: TestClient, session: Session, files_dir: Path
) -> None:
    hidden = make_patient(session, is_restricted=False)
    session.commit()
    enter(client, session)
    document_id = upload(client, hidden).json()["id"]
    hidden.is_restricted = True
    session.add(hidden)
    session.commit()
    answer, unknown = client.get(f"/files/documents/{document_id}"), client.get("/files/documents/999999999")
    assert (answer.status_code, answer.text) == (404, unknown.text)
    assert upload(client, hidden).status_code == 404
    assert len(kept(files_dir)) == 1


@pytest.mark.parametrize("name", ["0", "-1", "x", "1 OR 1=1", "9" * 30, "%2e%2e%2fmaster.key"])
def test_an_address_that_is_no_document_is_not_found(client: TestClient, session: Session, name: str) -> None:
    enter(client, session)
    assert client.get(f"/files/documents/{name}").status_code == 404


def test_another_site_cannot_post_a_document(client: TestClient, session: Session, patient: Patient) -> None:
    enter(client, session)
    for headers in ({"origin": "https://evil.example"}, {}):
        answer = client.post(
            "/files/documents",
            data={"patient_id": str(patient.id), "kind": "letter"},
            files={"file": ("a.pdf", pdf())},
            headers=headers,
        )
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=b"),
        (b"--b\r\n", "multipart/form-data; boundary=b"),
        (b"nonsense", "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nletter\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"--b\r\nno header at all\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
        (b"kind=letter", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"--\r\n", "multipart/form-data"),
        (
            b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n' + b"x" * 30_000 + b"\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
        (
            b"".join(b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n' % n for n in range(60))
            + b"--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_a_damaged_form_is_answered_calmly(
    client: TestClient, session: Session, files_dir: Path, body: bytes, kind: str
) -> None:
    enter(client, session)
    answer = client.post("/files/documents", content=body, headers={**JSON, "content-type": kind})
    assert answer.status_code in {400, 413}
    assert answer.json()["problem"]
    assert kept(files_dir) == []


def test_wrong_fields_are_named(client: TestClient, session: Session, patient: Patient) -> None:
    enter(client, session)
    answer = upload(client, patient, kind="novel", title="x" * 300)
    assert answer.json()["problems"] == {
        "kind": "Choose one of the list.",
        "title": "Use at most 200 characters.",
    }
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).date().isoformat()
    assert "future" in upload(client, patient, occurred_on=tomorrow).json()["problems"]["occurred_on"]


def test_a_form_without_a_script_is_led_back_to_the_documents(
    client: TestClient, session: Session, patient: Patient
) -> None:
    enter(client, session)
    answer = client.post(
        "/files/documents",
        data={"patient_id": str(patient.id), "kind": "letter"},
        files={"file": ("a.pdf", pdf())},
        headers=SAME_ORIGIN,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/patients/{patient.id}/documents")


def test_a_document_whose_file_is_gone_is_not_found(
    client: TestClient, session: Session, patient: Patient, files_dir: Path
) -> None:
    enter(client, session)
    document_id = upload(client, patient).json()["id"]
    with db.transaction():
        kept(files_dir)[0].unlink()
    assert client.get(f"/files/documents/{document_id}").status_code == 404
