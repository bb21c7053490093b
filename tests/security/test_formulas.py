"""What people typed is never a formula in the spreadsheet of whoever downloads it."""

import csv
import io
from typing import Any, Final

import pytest
from openpyxl import load_workbook
from sqlmodel import Session
from starlette.testclient import TestClient

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import AuditAction
from tests.factories.patients import make_patient
from tests.security.house import House
from tests.whole_application import HOST, SAME_ORIGIN, client_of

STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these a spreadsheet takes a cell for a formula, or comes to one (the last four in East Asian settings)."""
FORMULAS: Final = tuple(f'{start}HYPERLINK("https://evil.example")' for start in STARTS)


@pytest.fixture
def client(application: Any, house: House) -> TestClient:
    """Somebody who may download everything."""
    made = client_of(application)
    made.cookies.set(SESSION_COOKIE, house.everything, domain=HOST)
    return made


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def _dangerous(rows: list[list[str]]) -> list[str]:
    return [cell for row in rows for cell in row if cell.startswith(STARTS)]


def test_no_cell_of_the_trail_is_a_formula(client: TestClient) -> None:
    for formula in FORMULAS:
        with db.transaction() as session:
            actor = Actor(None, formula, frozenset(), ip_address=formula)
            fields = {"name": formula}
            audit.record(
                session,
                actor,
                AuditAction.TRAIL_EXPORTED,
                formula,
                before=fields,
                after=fields,
                reason=formula,
            )
    rows = _rows(client.get("/exports/audit.csv").text)
    assert _dangerous(rows) == []
    written = {cell for row in rows for cell in row}
    assert {f"'{formula}" for formula in FORMULAS} <= written


@pytest.fixture
def named(session: Session, house: House) -> str:
    """Patients whose names are formulas, and one whose name holds what no XML may hold."""
    for formula in FORMULAS:
        make_patient(session, family_name=formula, given_names=formula, sex_at_birth="other")
    make_patient(session, family_name="Bell\x07 and \x0b tab", given_names="", sex_at_birth="other")
    session.commit()
    return "other"


def test_no_cell_of_the_patient_list_is_a_formula(client: TestClient, named: str) -> None:
    form = {"kind": "csv", "sex": named, "columns": ""}
    rows = _rows(client.post("/exports/lists/patients", data=form, headers=SAME_ORIGIN).text)
    assert len(rows) > len(FORMULAS)
    assert _dangerous(rows) == []


def test_a_workbook_holds_texts_only(client: TestClient, named: str) -> None:
    form = {"kind": "xlsx", "sex": named, "columns": ""}
    answer = client.post("/exports/lists/patients", data=form, headers=SAME_ORIGIN)
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}
    assert sheet.max_row > len(FORMULAS)
