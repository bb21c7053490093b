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

Steps = list[tuple[str, dict[str, Any]]]
LOAD: tuple[str, dict[str, Any]] = ("load", {})
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


def test_a_new_entry_is_offered_the_visits_and_stands_in_the_chosen_one(
    session: Session, token: str, patient: Patient
) -> None:
    visit = make_record(session, Encounter, patient, display="Check-up")
    session.commit()
    form = {"term": "", "term-text": "Asthma", "onset": "", "note": "", "visit": str(visit.id)}
    address = f"/patients/{patient.id}/history"
    known = walk(token, HISTORY, address, ("add", {"kind": "condition"}), ("save", {"form": form}))
    assert [(row["value"], row["label"]) for row in known["visits"]] == [
        (str(visit.id), "6 May 2024, 12:00 · Check-up")
    ]
    looked = walk(token, VISITS, f"/patients/{patient.id}/visits?open={visit.id}")
    assert [entry["title"] for entry in looked["entries"]] == ["Asthma"]


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
    assert (known["form_kind"], known["problem"]) == ("condition", "")


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


def _two_at_once(session: Session, patient: Patient, theirs: Steps, *yours: Steps) -> dict[str, Any]:
    """What the second of two people knows, who both had an allergy to latex on screen."""
    allergy = make_allergy(session, patient, "Latex", category="environment")
    people = [signed_in(session, make_user(session, "nurse", name=name)) for name in ("Nora First", "Sam")]
    session.commit()
    edit = ("edit", {"kind": "allergy", "entry_id": str(allergy.id)})
    steps = [("a", step) for step in (LOAD, edit)] + [("b", step) for step in (LOAD, edit)]
    steps += [("a", step) for step in theirs] + [("b", step) for part in yours for step in part]
    address = f"/patients/{patient.id}/history"

    async def visit() -> dict[str, Any]:
        known: dict[str, dict[str, Any]] = {"a": {}, "b": {}}
        async with browser() as client:
            for tab, (name, payload) in steps:
                token = people[0] if tab == "a" else people[1]
                handler = _handler(f"{HISTORY}.{name}")
                await client.send(handler, payload, session=token, tab=tab, address=address)
                assert client.failures == []
                _merge(known[tab], client, HISTORY)
        return known["b"]

    return asyncio.run(visit())


def _typed(**changed: str) -> Steps:
    form = {"term": "", "term-text": "Latex", "category": "environment", "kind": "allergy", "note": ""}
    return [("save", {"form": {**form, "criticality": "", "onset": "2024-05-06", **changed}})]


def test_of_two_who_correct_an_allergy_the_second_sees_both_versions_and_chooses(
    session: Session, patient: Patient
) -> None:
    theirs = _typed(criticality="high", note="Anaphylaxis in 2020")
    known = _two_at_once(session, patient, theirs, _typed(**{"term-text": "Natural latex", "note": "Gloves"}))
    assert known["others"].startswith("Nora First saved this allergy on ")
    assert [(row["label"], row["was"], row["theirs"], row["yours"]) for row in known["versions"]] == [
        ("Substance", "Latex", "Latex", "Natural latex"),
        ("Criticality", "", "High", ""),
        ("Note", "", "Anaphylaxis in 2020", "Gloves"),
    ]
    assert [row["preferred"] for row in known["versions"]] == ["yours", "theirs", ""]


def test_what_was_chosen_field_by_field_is_what_is_saved(session: Session, patient: Patient) -> None:
    theirs = _typed(criticality="high", note="Anaphylaxis in 2020")
    yours = _typed(**{"term-text": "Natural latex", "note": "Gloves"})
    chosen = [("save", {"form": {"term": "yours", "criticality": "theirs", "note": "theirs"}})]
    known = _two_at_once(session, patient, theirs, yours, chosen)
    (entry,) = part(known, "allergy")["entries"]
    assert (entry["title"], entry["is_severe"], entry["note"]) == (
        "Natural latex",
        True,
        "Anaphylaxis in 2020",
    )
    assert (known["form_kind"], known["others"]) == ("", "")


def test_an_allergy_that_became_an_error_meanwhile_can_be_recorded_as_typed(
    session: Session, patient: Patient
) -> None:
    def retract(allergy_id: int) -> Steps:
        asked = {"act": "retract", "kind": "allergy", "entry_id": str(allergy_id)}
        return [("close_form", {}), ("ask", asked), ("finish", {"form": {"reason": "Somebody else's"}})]

    next_id = session.scalar(sa.text("SELECT last_value + is_called::int FROM allergy_intolerance_id_seq"))
    known = _two_at_once(session, patient, retract(next_id), _typed(note="Gloves"))
    assert known["gone"].startswith("Nora First marked this allergy as entered in error on ")
    assert (known["form_title"], known["form_kind"]) == ("Record allergy", "allergy")


def test_a_medicine_that_meets_an_allergy_asks_why_and_keeps_what_was_typed(
    session: Session, token: str, patient: Patient
) -> None:
    make_allergy(session, patient, "Penicillin V")
    session.commit()
    typed = {"term": "", "term-text": "Penicillin", "dosage": "One a day", "reason": "", "note": ""}
    known = walk(
        token,
        HISTORY,
        f"/patients/{patient.id}/history",
        ("add", {"kind": "medication"}),
        ("save", {"form": {**typed, "started": ""}}),
    )
    key = known["form_key"]
    assert known["warning"] == "Recorded allergy: Penicillin V."
    again = {**typed, "allergy_warning": known["warning"]}
    known = walk(
        token,
        HISTORY,
        f"/patients/{patient.id}/history",
        ("add", {"kind": "medication"}),
        ("save", {"form": {**typed, "started": ""}}),
        ("save", {"form": {**again, "allergy_reason": "Tolerated since", "started": "soon"}}),
    )
    # Another field is wrong: the question stays, the form is not drawn anew.
    assert (known["warning"], known["form_key"]) == ("Recorded allergy: Penicillin V.", key)
    known = walk(
        token,
        HISTORY,
        f"/patients/{patient.id}/history",
        ("add", {"kind": "medication"}),
        ("save", {"form": {**again, "allergy_reason": "Tolerated since", "started": ""}}),
    )
    (entry,) = part(known, "medication")["entries"]
    assert "in spite of an allergy: Tolerated since" in entry["detail"]


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


def test_the_form_of_the_history_is_opened_again_as_it_was(token: str, patient: Patient) -> None:
    address = f"/patients/{patient.id}/history"
    again = walk(token, HISTORY, address, ("edit", {"kind": "condition", "entry_id": "new"}))
    assert (again["form_kind"], again["form_entry"], again["form"]["note"]) == ("condition", "new", "")
    forged = walk(token, HISTORY, address, ("edit", {"kind": "nonsense", "entry_id": "new"}))
    assert forged["form_kind"] == ""
