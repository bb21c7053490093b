"""History, visits and documents on the real event path, without a browser."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.domain.clinical.tables import Condition, DocumentReference, Encounter, Observation
from hms_app.domain.patients.tables import Patient
from tests.event_path import Browser, browser
from tests.factories.clinical import make_allergy, make_record
from tests.factories.patients import make_patient
from tests.factories.security import make_user, signed_in

HISTORY, VISITS, DOCUMENTS = "history_state", "visits_state", "documents_state"


@pytest.fixture
def token(connection: sa.Connection, session: Session) -> str:
    """The session of a nurse."""
    made = signed_in(session, make_user(session, "nurse"))
    session.commit()
    return made


@pytest.fixture
def patient(session: Session) -> Patient:
    made = make_patient(session)
    session.commit()
    return made


def _handler(ending: str) -> str:
    return next(name for name in RegistrationContext.get().event_handlers if name.endswith(ending))


def _merge(known: dict[str, Any], client: Browser, state: str) -> None:
    for update in client.updates:
        for full_name, values in update.delta.items():
            if full_name.endswith(state):
                known |= {name.removesuffix("_rx_state_"): value for name, value in values.items()}


def walk(token: str, state: str, address: str, *steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Open a page and send its handlers one after the other; what the browser knows in the end."""

    async def visit() -> dict[str, Any]:
        known: dict[str, Any] = {}
        async with browser() as client:
            for name, payload in (("load", {}), *steps):
                handler = _handler(f"{state}.{name}")
                await client.send(handler, payload, session=token, tab="tab", address=address)
                assert client.failures == []
                _merge(known, client, state)
        return known

    return asyncio.run(visit())


def part(known: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(section for section in known["sections"] if section["kind"] == kind)


def test_an_entry_is_recorded_and_shown_at_once(token: str, patient: Patient) -> None:
    known = walk(
        token,
        HISTORY,
        f"/patients/{patient.id}/history",
        ("add", {"kind": "condition"}),
        ("save", {"form": {"term": "", "term-text": "Asthma", "onset": "2001", "note": ""}}),
    )
    (entry,) = part(known, "condition")["entries"]
    assert (entry["title"], entry["when"], known["form_kind"]) == ("Asthma", "since 2001", "")


def test_a_refusal_stands_beside_its_field_and_the_record_stays(token: str, patient: Patient) -> None:
    known = walk(
        token,
        HISTORY,
        f"/patients/{patient.id}/history",
        ("add", {"kind": "condition"}),
        ("save", {"form": {"term-text": "Asthma", "onset": "soon"}}),
        ("search_term", {"text": "ast"}),
    )
    assert list(known["problems"]) == ["onset"]
    assert (known["form_kind"], known.get("form_problem", ""), known["problem"]) == ("condition", "", "")


def test_the_address_opens_the_form_of_a_kind(token: str, patient: Patient) -> None:
    known = walk(token, HISTORY, f"/patients/{patient.id}/history?add=allergy")
    assert (known["form_kind"], known["form_title"]) == ("allergy", "Record allergy")
    assert walk(token, HISTORY, f"/patients/{patient.id}/history?add=x").get("form_kind", "") == ""


def test_what_is_over_stands_apart_and_reasons_are_asked(
    session: Session, token: str, patient: Patient
) -> None:
    allergy = make_allergy(session, patient, "Latex")
    session.commit()
    known = walk(
        token,
        HISTORY,
        f"/patients/{patient.id}/history",
        ("ask", {"act": "retract", "kind": "allergy", "entry_id": str(allergy.id)}),
        ("finish", {"form": {"reason": ""}}),
    )
    assert list(known["problems"]) == ["reason"]
    known = walk(
        token,
        HISTORY,
        f"/patients/{patient.id}/history",
        ("ask", {"act": "end", "kind": "allergy", "entry_id": str(allergy.id)}),
        ("finish", {"form": {"ended": "", "reason": "Tolerated"}}),
    )
    section = part(known, "allergy")
    assert (section["entries"], section["past"][0]["status"]) == ([], "No longer")
    assert section["past_label"] == "1 no longer current"


def test_an_entry_of_another_patient_cannot_be_opened_from_this_page(
    session: Session, token: str, patient: Patient
) -> None:
    other = make_record(session, Condition, make_patient(session), display="Secret ailment")
    session.commit()
    steps = [
        ("edit", {"kind": "condition", "entry_id": str(other.id)}),
        ("ask", {"act": "retract", "kind": "condition", "entry_id": str(other.id)}),
        ("edit", {"kind": "nonsense", "entry_id": "x"}),
    ]
    known = walk(token, HISTORY, f"/patients/{patient.id}/history", *steps)
    assert known.get("form_kind", "") == "" == known.get("act", "")
    assert "Secret ailment" not in str(known)


@pytest.mark.parametrize(("state", "table"), [(VISITS, Encounter), (DOCUMENTS, DocumentReference)])
def test_a_visit_or_document_is_looked_at_only_on_its_patients_page(
    session: Session, token: str, patient: Patient, state: str, table: Any
) -> None:
    mine = make_record(session, table, patient, display="Mine to see")
    other = make_record(session, table, make_patient(session), display="Not mine")
    session.commit()
    page = f"/patients/{patient.id}/{state.removesuffix('_state')}"
    argument = "visit_id" if state == VISITS else "document_id"
    known = walk(token, state, f"{page}?open={mine.id}")
    assert known["shown"]["title"] == "Mine to see"
    for wrong in (str(other.id), "0", "x", "-1"):
        known = walk(token, state, page, ("look", {argument: wrong}))
        assert known.get("shown", {"id": ""})["id"] == ""
        assert "Not mine" not in str(known)


def test_a_visit_shows_what_happened_in_it(session: Session, token: str, patient: Patient) -> None:
    visit = make_record(session, Encounter, patient)
    make_record(session, Observation, patient, encounter_id=visit.key, display="Body height")
    session.commit()
    known = walk(token, VISITS, f"/patients/{patient.id}/visits", ("look", {"visit_id": str(visit.id)}))
    assert [entry["title"] for entry in known["entries"]] == ["Body height"]


def test_documents_are_narrowed_by_the_address_and_taken_back(
    session: Session, token: str, patient: Patient
) -> None:
    letter = make_record(session, DocumentReference, patient, kind="letter", display="A letter")
    make_record(session, DocumentReference, patient, kind="consent", display="A consent")
    session.commit()
    known = walk(
        token,
        DOCUMENTS,
        f"/patients/{patient.id}/documents?kind=letter",
        ("ask_retract", {"document_id": str(letter.id)}),
        ("retract", {"form": {"reason": "Another patient's"}}),
    )
    assert [(row["title"], row["is_error"]) for row in known["rows"]] == [("A letter", True)]
    assert known["rows"][0]["error"].startswith("Another patient's")


@pytest.mark.parametrize("state", [HISTORY, VISITS, DOCUMENTS])
def test_nothing_of_a_restricted_record_is_sent(
    session: Session, token: str, patient: Patient, state: str, as_page: Callable[[str, int], str]
) -> None:
    make_record(session, Condition, patient, display="Secret ailment")
    make_record(session, Encounter, patient, display="Secret visit")
    make_record(session, DocumentReference, patient, display="Secret letter")
    patient.is_restricted = True
    session.add(patient)
    session.commit()
    known = walk(token, state, as_page(state, patient.key))
    assert known["problem"] == "There is no such patient, or you may not see it."
    assert "Secret" not in str(known)


@pytest.fixture
def as_page() -> Callable[[str, int], str]:
    """The address of a state's page."""
    return lambda state, patient_id: f"/patients/{patient_id}/{state.removesuffix('_state')}"
