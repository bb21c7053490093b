"""The import screens on the real event path, without a browser."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.interop.service import running
from hms_app.domain.patients.tables import Patient
from hms_app.domain.security.tables import UserSession
from tests.event_path import browser
from tests.factories.imports import GUESSED, PEOPLE, make_import, synthea_zip
from tests.factories.jobs import work_next
from tests.factories.security import actor_of
from tests.state.conftest import Step, handler, walk

LIST = "/administration/imports"
pytestmark = pytest.mark.usefixtures("files_dir")
SignIn = Callable[..., str]


@pytest.fixture
def token(as_role: SignIn) -> str:
    """Somebody who may read in files, signed in."""
    return as_role("administrator")


def _importer(session: Session, token: str) -> Actor:
    actor = actor_of(session, token)
    assert actor.can(Permission.INTEROP_IMPORT_RUN)
    return actor


def _page(job_id: int) -> str:
    return f"{LIST}/{job_id}"


def test_the_list_shows_imports_newest_first(session: Session, token: str) -> None:
    actor = _importer(session, token)
    make_import(actor, PEOPLE.encode(), "people.csv")
    make_import(actor, synthea_zip(), "export.zip")
    (answer,) = walk(Step("imports_state.load", session=token, address=LIST))
    state = answer["imports_state"]
    assert [(row["name"], row["kind_label"], row["status_label"]) for row in state["rows"]] == [
        ("export.zip", "Synthea export", "Uploaded"),
        ("people.csv", "Patient list", "Uploaded"),
    ]
    assert state["count"] == "2 imports"


def test_a_list_goes_from_its_columns_over_the_check_to_the_report(session: Session, token: str) -> None:
    job_id = make_import(_importer(session, token), PEOPLE.encode(), "people.csv").id
    at: dict[str, Any] = {"session": token, "address": _page(job_id)}
    loaded, wrong, kept, checking = walk(
        Step("import_job_state.load", **at),
        Step("import_job_state.keep_columns", {"form": {**GUESSED, "column_3": ""}}, **at),
        Step("import_job_state.keep_columns", {"form": GUESSED}, **at),
        Step("import_job_state.check", **at),
    )
    state = loaded["import_job_state"]
    assert state["view"] == "columns"
    assert [column["field"] for column in state["columns"]] == [GUESSED[f"column_{n}"] for n in range(7)]
    assert state["columns"][1]["samples"] == "Okafor · Weiß · Silva"
    first = state["preview"][0]
    assert (first["name"], first["birth"], first["problem"]) == (
        "Okafor, Chidi",
        "1980-04-13",
        "",
    )
    assert "date of birth" in wrong["import_job_state"]["refusal"]
    assert kept["import_job_state"]["is_mapped"] is True
    assert checking["import_job_state"]["job"]["is_busy"] is True
    assert work_next()
    watched, begun = walk(Step("import_job_state.load", **at), Step("import_job_state.begin", **at))
    assert watched["import_job_state"]["view"] == "checked"
    assert watched["import_job_state"]["summary"] == "3 new, 0 changed, 0 known already, 0 left out"
    assert begun["import_job_state"]["view"] == "running"
    assert work_next()
    (done,) = walk(Step("import_job_state.load", **at))
    assert done["import_job_state"]["view"] == "done"
    assert [step["state"] for step in done["import_job_state"]["steps"]] == ["done"] * 5
    found = session.exec(select(Patient.family_name).where(Patient.source_system == "patient_list")).all()
    assert sorted(found) == ["Okafor", "Silva", "Weiß"]


def test_an_open_page_sees_the_work_end_without_counting_as_activity(session: Session, token: str) -> None:
    job_id = make_import(_importer(session, token), synthea_zip(), "export.zip").id
    page: dict[str, Any] = {"session": token, "tab": "one-tab", "address": _page(job_id)}
    seen = select(UserSession.last_seen_at).order_by(col(UserSession.id).desc())
    quiet = clock.now() - dt.timedelta(minutes=5)

    async def look() -> tuple[str, str]:
        async with browser() as client:
            await client.send(handler("import_job_state.load"), **page)
            await client.send(handler("import_job_state.check"), **page)
            session.execute(sa.update(UserSession).values(last_seen_at=quiet))
            session.commit()
            await client.send(handler("import_job_state.refresh"), **page)
            unchanged = client.sent("import_job_state").get("view", "")
            taken = running.take_job(job_id, "a runner")
            assert taken is not None
            running.finish_job(taken, report={"files": {}, "problems": [], "problem_count": 0})
            await client.send(handler("import_job_state.refresh"), **page)
            assert client.failures == []
            return unchanged, client.sent("import_job_state")["view"]

    assert asyncio.run(look()) == ("", "checked")
    assert session.exec(seen).first() == quiet


@pytest.mark.parametrize("address", [_page(999_999), f"{LIST}/x", f"{LIST}/0"])
def test_an_import_that_is_not_there_says_so(token: str, address: str) -> None:
    (answer,) = walk(Step("import_job_state.load", session=token, address=address))
    assert "no such import" in answer["import_job_state"]["problem"]


def test_a_button_pressed_too_late_says_where_the_import_is(session: Session, token: str) -> None:
    job_id = make_import(_importer(session, token), synthea_zip(), "export.zip").id
    at: dict[str, Any] = {"session": token, "address": _page(job_id)}
    (*_, late) = walk(
        Step("import_job_state.load", **at),
        Step("import_job_state.cancel", **at),
        Step("import_job_state.begin", **at),
    )
    assert late["import_job_state"]["refusal"].startswith("This import is cancelled and cannot")
