"""The history: recorded, corrected, ended, taken back; every kind by the same rules."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.clinical.errors import AllergyMet
from hms_app.domain.clinical.queries import (
    CHECKS,
    get_entry,
    get_overview,
    get_patient_banner,
    get_visit,
    list_history,
    list_timeline,
    recent_visits,
    search_terms,
)
from hms_app.domain.clinical.service import (
    KINDS,
    correct_entry,
    end_entry,
    record_entry,
    retract_entry,
    state_no_known_allergies,
)
from hms_app.domain.clinical.tables import (
    AllergyIntolerance,
    Condition,
    Encounter,
    MedicationRequest,
    Observation,
)
from hms_app.domain.clinical.tables.derived import ClinicalTerm
from hms_app.domain.clinical.values import (
    HISTORY,
    HISTORY_FORMS,
    EndInput,
    HistoryEntry,
    HistoryKind,
    TermKind,
)
from hms_app.domain.patients.errors import RecordClosed
from hms_app.domain.patients.tables import Patient
from hms_app.domain.records.errors import Conflict
from tests.factories.clinical import make_allergy, make_record
from tests.factories.patients import make_patient
from tests.factories.security import make_user

K = HistoryKind
FORMS: dict[HistoryKind, dict[str, str]] = {
    K.ALLERGY: {
        "term-text": "Penicillin",
        "category": "medication",
        "criticality": "high",
        "onset": "May 2019",
        "reaction_1-text": "Hives",
        "severity_1": "severe",
        "reaction_2-text": "Wheezing",
    },
    K.CONDITION: {"term-text": "Asthma", "onset": "2001", "note": "Since childhood"},
    K.MEDICATION: {"term-text": "Salbutamol 100 µg", "dosage": "2 puffs", "started": "", "reason": "Asthma"},
    K.IMMUNIZATION: {"term-text": "Tetanus", "given": "2020-03-04", "lot_number": "AB-12"},
    K.FAMILY: {
        "term-text": "Breast cancer",
        "relationship": "mother",
        "age_at_onset": "45",
        "is_deceased": "yes",
    },
    K.SOCIAL: {"question": "72166-2", "answer": "8517006"},
}
SAID = {
    K.ALLERGY: ("Penicillin", "Medication · Hives (severe); Wheezing", "since May 2019"),
    K.CONDITION: ("Asthma", "", "since 2001"),
    K.MEDICATION: ("Salbutamol 100 µg", "2 puffs · for Asthma", ""),
    K.IMMUNIZATION: ("Tetanus", "Lot AB-12", "4 Mar 2020"),
    K.FAMILY: ("Breast cancer", "Mother · at 45 years · deceased", ""),
    K.SOCIAL: ("Tobacco smoking status", "Former smoker", "23 Nov 2026"),
}
TIMELINE = {
    K.ALLERGY: "May 2019",
    K.CONDITION: "2001",
    K.MEDICATION: "23 Nov 2026",
    K.IMMUNIZATION: "4 Mar 2020",
    K.FAMILY: "23 Nov 2026",
    K.SOCIAL: "23 Nov 2026",
}
every_kind = pytest.mark.parametrize("kind", list(K))


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def patient(session: Session) -> Patient:
    return make_patient(session)


@pytest.fixture
def doctor(session: Session) -> Actor:
    user = make_user(session, name="Dr Okafor")
    return Actor(user.key, user.name, frozenset(Permission), session_id=1)


def record(session: Session, actor: Actor, patient: Patient, kind: HistoryKind, **form: str) -> HistoryEntry:
    request = KINDS[kind].request.from_form(FORMS[kind] | form)
    return record_entry(session, actor, kind=kind, patient_id=patient.key, request=request)


def correct(session: Session, actor: Actor, entry: HistoryEntry, **form: str) -> HistoryEntry:
    request = KINDS[entry.kind].request.from_form(entry.form | form)
    return correct_entry(
        session, actor, kind=entry.kind, entry_id=entry.id, version=entry.version, request=request
    )


def section(session: Session, actor: Actor, patient: Patient, kind: HistoryKind) -> list[HistoryEntry]:
    found = list_history(session, actor, patient_id=patient.key)
    return next(list(section.entries) for section in found if section.kind is kind)


def noted(session: Session) -> list[dict[str, Any]]:
    return [entry for entry in session.info["audit_entries"] if entry["action"].startswith("clinical.")]


@every_kind
def test_what_is_recorded_says_what_was_typed(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    record(session, doctor, patient, kind)
    (entry,) = section(session, doctor, patient, kind)
    assert (entry.title, entry.detail, entry.when) == SAID[kind]
    assert entry.recorded == "Dr Okafor, 23 Nov 2026"
    assert next((one["action"], one["patient_id"]) for one in noted(session)) == (
        f"clinical.{kind}.recorded",
        patient.id,
    )


@every_kind
def test_what_is_recorded_stands_on_the_timeline_at_once(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    record(session, doctor, patient, kind)
    (entry,) = list_timeline(session, doctor, patient_id=patient.key).rows
    assert (entry.title, entry.day) == (SAID[kind][0], TIMELINE[kind])


@every_kind
def test_a_form_opened_and_saved_unchanged_changes_nothing(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind)
    count = len(noted(session))
    again = correct(session, doctor, entry)
    assert (again.version, again.title, again.detail, again.when) == (1, *SAID[kind])
    assert len(noted(session)) == count


@every_kind
def test_a_correction_keeps_what_was_said_before_in_the_trail(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind, note="As told")
    corrected = correct(session, doctor, entry, note="As written in the letter")
    assert (corrected.note, corrected.version) == ("As written in the letter", 2)
    last = noted(session)[-1]
    assert last["action"] == f"clinical.{kind}.corrected"
    assert last["before"]["note"] == "As told"
    assert last["after"]["note"] == "As written in the letter"


@every_kind
def test_of_two_who_correct_at_once_the_second_is_told(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind)
    correct(session, doctor, entry, note="First")
    with pytest.raises(Conflict) as refused:
        correct(session, doctor, entry, note="Second")
    assert get_entry(session, doctor, kind=kind, entry_id=entry.id).note == "First"
    theirs = refused.value.theirs
    assert (theirs.version, theirs.form.fields["note"], theirs.is_error) == (2, "First", False)


@every_kind
def test_who_corrects_what_became_an_error_meanwhile_is_told_so(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind)
    retract_entry(session, doctor, kind=kind, entry_id=entry.id, version=1, reason="Another patient's")
    with pytest.raises(Conflict, match=f"marked this {HISTORY[kind].noun} as entered in error"):
        correct(session, doctor, entry, note="Second")


@every_kind
def test_every_field_of_a_form_is_compared_when_two_people_save_it(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind)
    form = get_entry(session, doctor, kind=kind, entry_id=entry.id).form
    typed = {field.alias or name for name, field in KINDS[kind].request.model_fields.items()}
    parts = {name.removesuffix("-text") for name in typed & set(form)}
    not_typed = {"allergy_warning"} | ({"term"} if kind is K.SOCIAL else set())
    assert parts - set(HISTORY_FORMS[kind]) <= not_typed
    assert set(HISTORY_FORMS[kind]) <= set(form)


@every_kind
def test_an_error_stays_marked_and_takes_no_more_changes(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind)
    which: dict[str, Any] = {"kind": kind, "entry_id": entry.id}
    with pytest.raises(DomainError) as refusal:
        retract_entry(session, doctor, **which, version=1, reason=" ")
    assert refusal.value.field == "reason"
    session.expire_all()
    marked = retract_entry(session, doctor, **which, version=1, reason="Another patient's")
    assert (marked.status_label, marked.is_error, marked.is_open) == ("Entered in error", True, False)
    assert noted(session)[-1]["reason"] == "Another patient's"
    with pytest.raises(DomainError, match="entered in error"):
        correct(session, doctor, marked)
    (entry_on_timeline,) = list_timeline(session, doctor, patient_id=patient.key).rows
    assert entry_on_timeline.status == "entered in error"


@every_kind
def test_only_who_may_edit_a_kind_writes_it(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind)
    other = Actor(doctor.user_id, "A", frozenset(Permission) - {HISTORY[kind].edit}, session_id=1)
    for attempt in (
        lambda: record(session, other, patient, kind),
        lambda: correct(session, other, entry),
        lambda: end_entry(
            session, other, kind=kind, entry_id=entry.id, version=1, request=EndInput.from_form({})
        ),
        lambda: retract_entry(session, other, kind=kind, entry_id=entry.id, version=1, reason="x"),
    ):
        with pytest.raises(NotPermitted):
            attempt()
    blind = Actor(doctor.user_id, "A", frozenset(Permission) - {HISTORY[kind].read}, session_id=1)
    with pytest.raises(NotPermitted):
        get_entry(session, blind, kind=kind, entry_id=entry.id)
    assert kind not in [part.kind for part in list_history(session, blind, patient_id=patient.key)]


@every_kind
def test_a_record_one_may_not_see_is_neither_written_nor_read(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind)
    patient.is_restricted = True
    session.flush()
    other = Actor(
        doctor.user_id, "A", frozenset(Permission) - {Permission.PATIENTS_RESTRICTED_READ}, session_id=1
    )
    for attempt in (
        lambda: record(session, other, patient, kind),
        lambda: correct(session, other, entry),
        lambda: get_entry(session, other, kind=kind, entry_id=entry.id),
        lambda: retract_entry(session, other, kind=kind, entry_id=entry.id, version=1, reason="x"),
        lambda: list_history(session, other, patient_id=patient.key),
    ):
        with pytest.raises(NotFound):
            attempt()


@every_kind
def test_a_closed_record_takes_no_entry(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    patient.status = "entered_in_error"
    session.flush()
    with pytest.raises(RecordClosed):
        record(session, doctor, patient, kind)


@pytest.mark.parametrize("kind", [kind for kind in K if HISTORY[kind].ended])
def test_what_goes_on_is_ended_once_with_when_and_why(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    entry = record(session, doctor, patient, kind)
    request = EndInput.from_form({"ended": "2024", "reason": "No longer needed"})
    ended = end_entry(session, doctor, kind=kind, entry_id=entry.id, version=1, request=request)
    assert (ended.status_label, ended.is_open) == (HISTORY[kind].ended, False)
    assert ended.when.endswith("2024")
    assert noted(session)[-1]["after"]["ended_reason"] == "No longer needed"
    with pytest.raises(DomainError, match="no end"):
        end_entry(session, doctor, kind=kind, entry_id=entry.id, version=2, request=request)


def test_nothing_ends_before_it_began(session: Session, doctor: Actor, patient: Patient) -> None:
    with db.transaction() as own:
        made = make_patient(own)
        entry = record(own, doctor, made, K.CONDITION, onset="May 2019")
    with pytest.raises(DomainError, match="before it began") as refusal, db.transaction() as own:
        end_entry(
            own,
            doctor,
            kind=K.CONDITION,
            entry_id=entry.id,
            version=1,
            request=EndInput.from_form({"ended": "2018"}),
        )
    assert refusal.value.field == "ended"


def test_an_allergy_shows_in_banner_and_overview_until_it_is_ended(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    entry = record(session, doctor, patient, K.ALLERGY)
    assert get_patient_banner(session, doctor, patient_id=patient.key).allergies == ("Penicillin",)
    assert [fact.title for fact in _allergy_card(session, doctor, patient)] == ["Penicillin"]
    end_entry(session, doctor, kind=K.ALLERGY, entry_id=entry.id, version=1, request=EndInput.from_form({}))
    assert get_patient_banner(session, doctor, patient_id=patient.key).allergies == ()


def _allergy_card(session: Session, actor: Actor, patient: Patient) -> Any:
    return get_overview(session, actor, patient_id=patient.key).clinical.allergies


def test_the_same_allergy_is_not_recorded_twice(session: Session, doctor: Actor, patient: Patient) -> None:
    make_allergy(session, patient, "Penicillin G (substance)", code="7980", code_system="RxNorm")
    with pytest.raises(DomainError, match="Penicillin G is recorded already") as refusal:
        record(session, doctor, patient, K.ALLERGY, **{"term-text": "penicillin g"})
    assert refusal.value.field == "term"


def test_reactions_are_corrected_with_what_they_were_in_the_trail(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    entry = record(session, doctor, patient, K.ALLERGY)
    again = correct(session, doctor, entry, **{"reaction_2-text": "", "reaction_2": "", "severity_1": "mild"})
    assert again.detail.endswith("Hives (mild)")
    assert again.version == 2
    assert noted(session)[-1]["before"] == {"reactions": "Hives, severe; Wheezing"}
    assert noted(session)[-1]["after"] == {"reactions": "Hives, mild"}


def test_that_no_allergy_is_known_is_a_statement_and_ends_with_the_first_allergy(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    state_no_known_allergies(session, doctor, patient_id=patient.key)
    banner = get_patient_banner(session, doctor, patient_id=patient.key)
    assert (banner.allergies, banner.no_known_allergies) == ((), True)
    with pytest.raises(DomainError, match="recorded already"):
        state_no_known_allergies(session, doctor, patient_id=patient.key)
    record(session, doctor, patient, K.ALLERGY)
    banner = get_patient_banner(session, doctor, patient_id=patient.key)
    assert (banner.allergies, banner.no_known_allergies) == (("Penicillin",), False)
    assert [entry["action"] for entry in noted(session)][-1] == "clinical.allergy.ended"
    with pytest.raises(DomainError, match="These allergies are recorded: Penicillin"):
        state_no_known_allergies(session, doctor, patient_id=patient.key)


def test_a_food_allergy_leaves_that_no_medicine_is_known(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    none_known = make_allergy(session, patient, "No known drug allergy", code="409137002")
    record(session, doctor, patient, K.ALLERGY, category="food", **{"term-text": "Peanut"})
    assert session.get_one(AllergyIntolerance, none_known.key).status == "active"
    assert get_patient_banner(session, doctor, patient_id=patient.key).allergies == ("Peanut",)


def test_a_result_is_not_corrected_as_social_history(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    result = make_record(session, Observation, patient, category="laboratory")
    with pytest.raises(NotFound):
        get_entry(session, doctor, kind=K.SOCIAL, entry_id=result.key)
    with pytest.raises(DomainError):
        retract_entry(session, doctor, kind=K.SOCIAL, entry_id=result.key, version=1, reason="x")


def test_an_imported_answer_is_social_history_whatever_its_file_calls_it(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    make_record(
        session,
        Observation,
        patient,
        category="survey",
        code="72166-2",
        display="Tobacco smoking status NHIS",
        value_number=None,
        value_text="Never smoker",
    )
    (entry,) = section(session, doctor, patient, K.SOCIAL)
    assert (entry.title, entry.detail) == ("Tobacco smoking status NHIS", "Never smoker")


def test_an_imported_row_keeps_its_instant_when_only_its_note_is_corrected(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    row = make_record(session, Condition, patient, display="Asthma", source_system="file", source_key="1")
    at = row.occurred_at
    entry = get_entry(session, doctor, kind=K.CONDITION, entry_id=row.key)
    correct(session, doctor, entry, note="Confirmed")
    session.refresh(row)
    assert (row.occurred_at, row.is_day_only, row.note) == (at, False, "Confirmed")


@pytest.mark.parametrize(
    ("kind", "form", "field"),
    [
        (K.CONDITION, {"term-text": ""}, "term"),
        (K.CONDITION, {"onset": "tomorrow"}, "onset"),
        (K.CONDITION, {"onset": "2027"}, "onset"),
        (K.CONDITION, {"onset": "1979"}, "onset"),
        (K.CONDITION, {"onset": "2019-02-30"}, "onset"),
        (K.CONDITION, {"onset": "05/06/2019"}, "onset"),
        (K.CONDITION, {"term": "999999999"}, "term"),
        (K.IMMUNIZATION, {"given": "24 Nov 2026"}, "given"),
        (K.SOCIAL, {"question": "8480-6"}, "question"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind, form: dict[str, str], field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        record(session, doctor, patient, kind, **form)
    assert refusal.value.field == field


def test_fields_out_of_range_are_named() -> None:
    with pytest.raises(InvalidInput) as refusal:
        KINDS[K.FAMILY].request.from_form({"relationship": "neighbour", "age_at_onset": "131"})
    assert set(refusal.value.problems) == {"relationship", "age_at_onset"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [("diab mell", True), ("DIABÈTES", True), ("44054006", True), ("type 2", True), ("mel diab x", False)],
)
def test_terms_are_found_by_the_beginnings_of_their_words_in_any_order(
    session: Session, doctor: Actor, patient: Patient, typed: str, found: bool
) -> None:
    make_record(
        session,
        Condition,
        patient,
        display="Diabetes mellitus type 2 (disorder)",
        code="44054006",
        code_system="SNOMED-CT",
    )
    terms = search_terms(session, doctor, kind=TermKind.CONDITION, text=typed)
    assert bool(terms) is found


def test_a_term_chosen_or_typed_in_full_brings_its_code(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    make_record(
        session, Condition, patient, display="Gout (disorder)", code="90560007", code_system="SNOMED-CT"
    )
    other = make_patient(session)
    (term,) = search_terms(session, doctor, kind=TermKind.CONDITION, text="gou")
    chosen = record(session, doctor, other, K.CONDITION, term=str(term.id), **{"term-text": "Gout"})
    assert (chosen.title, chosen.code) == ("Gout", "SNOMED-CT 90560007")
    typed = record(session, doctor, make_patient(session), K.CONDITION, **{"term-text": "gout"})
    assert typed.code == "SNOMED-CT 90560007"
    with pytest.raises(DomainError):
        record(session, doctor, other, K.ALLERGY, term=str(term.id))


def test_what_is_typed_freely_is_offered_next_time(session: Session, doctor: Actor, patient: Patient) -> None:
    record(session, doctor, patient, K.CONDITION, **{"term-text": "Tired of Mondays"})
    assert [term.display for term in search_terms(session, doctor, kind=TermKind.CONDITION, text="mond")] == [
        "Tired of Mondays"
    ]
    for check in CHECKS:
        assert check(session).ok


def test_terms_are_offered_only_to_who_records_their_kind(session: Session, doctor: Actor) -> None:
    reader = Actor(doctor.user_id, "A", frozenset({Permission.CLINICAL_CONDITION_READ}), session_id=1)
    with pytest.raises(NotPermitted):
        search_terms(session, reader, kind=TermKind.CONDITION, text="gout")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        *(
            (rubbish, [])
            for rubbish in ("", " ", "%", "a:*|b", "' OR 1=1", "\\", "&", "\0", "_out", "gout:*D")
        ),
        *((rubbish, ["Gout"]) for rubbish in ("!gout", "gou%", "gout:*", "\0gou", "'gout'")),
    ],
)
def test_what_is_typed_into_the_search_is_words_and_nothing_else(
    session: Session, doctor: Actor, patient: Patient, typed: str, offered: list[str]
) -> None:
    for ailment in ("Asthma", "Gout"):
        record(session, doctor, patient, K.CONDITION, **{"term-text": ailment})
    found = search_terms(session, doctor, kind=TermKind.CONDITION, text=typed)
    assert [term.display for term in found] == offered


def test_verify_names_a_record_whose_term_is_missing(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    record(session, doctor, patient, K.CONDITION)
    term = session.exec(select(ClinicalTerm).where(ClinicalTerm.display == "Asthma")).first()
    session.delete(term)
    session.flush()
    assert [check.__name__ for check in CHECKS if not check(session).ok] == ["check_terms_complete"]


def test_the_history_takes_one_statement_a_kind_however_much_there_is(
    session: Session, doctor: Actor, patient: Patient, connection: sa.Connection
) -> None:
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def count() -> int:
        statements.clear()
        list_history(session, doctor, patient_id=patient.key)
        return len(statements)

    before = count()
    for number in range(30):
        make_allergy(session, patient, f"Thing {number}", "Hives", "Itch", code=str(number))
        make_record(session, Condition, patient, display=f"Ailment {number}")
    assert count() == before == 1 + len(HISTORY)


def test_every_write_is_one_committed_transaction_with_its_entry(connection: sa.Connection) -> None:
    with db.transaction() as own:
        patient, user = make_patient(own), make_user(own)
        record(own, Actor(user.key, "A", frozenset(Permission)), patient, K.CONDITION)
    with db.transaction() as own:
        entry = own.exec(select(AuditEntry).where(AuditEntry.action == "clinical.condition.recorded")).one()
        assert entry.patient_id == patient.id


PENICILLIN: dict[str, str] = {"term-text": "Penicillin V 250 mg"}


def test_a_medicine_that_meets_an_allergy_is_recorded_only_with_a_reason_after_its_warning(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    record(session, doctor, patient, K.ALLERGY)
    with pytest.raises(AllergyMet, match="Recorded allergy: Penicillin") as warned:
        record(session, doctor, patient, K.MEDICATION, **PENICILLIN, allergy_reason="Forged beforehand")
    assert warned.value.field == "allergy_warning"
    read = {**PENICILLIN, "allergy_warning": str(warned.value)}
    with pytest.raises(DomainError) as unsaid:
        record(session, doctor, patient, K.MEDICATION, **read, allergy_reason="  ")
    assert unsaid.value.field == "allergy_reason"
    assert section(session, doctor, patient, K.MEDICATION) == []
    entry = record(session, doctor, patient, K.MEDICATION, **read, allergy_reason="Test was negative")
    assert "in spite of an allergy: Test was negative" in entry.detail
    after = noted(session)[-1]["after"]
    assert (after["allergy_warning"], after["allergy_reason"]) == (
        "Recorded allergy: Penicillin.",
        "Test was negative",
    )
    row = session.exec(select(MedicationRequest)).one()
    assert (row.allergy_warning, row.allergy_reason) == ("Recorded allergy: Penicillin.", "Test was negative")


def test_another_medicine_in_the_same_form_is_warned_of_anew(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    record(session, doctor, patient, K.ALLERGY)
    record(session, doctor, patient, K.ALLERGY, **{"term-text": "Latex"})
    read = {"allergy_warning": "Recorded allergy: Latex.", "allergy_reason": "No other gloves"}
    with pytest.raises(AllergyMet, match="Penicillin"):
        record(session, doctor, patient, K.MEDICATION, **PENICILLIN, **read)
    harmless = record(session, doctor, patient, K.MEDICATION, **{"term-text": "Metformin"}, **read)
    assert "allergy" not in harmless.detail


def test_a_correction_warns_too_and_keeps_a_reason_that_was_given(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    entry = record(session, doctor, patient, K.MEDICATION, **PENICILLIN)
    record(session, doctor, patient, K.ALLERGY)
    with pytest.raises(AllergyMet):
        correct(session, doctor, entry, dosage="Twice a day")
    read = {"allergy_warning": "Recorded allergy: Penicillin.", "allergy_reason": "Test was negative"}
    corrected = correct(session, doctor, entry, dosage="Twice a day", **read)
    again = correct(session, doctor, get_entry(session, doctor, kind=K.MEDICATION, entry_id=corrected.id))
    assert (again.version, "Test was negative" in again.detail) == (2, True)


@pytest.mark.parametrize("over", ["ended", "retracted", "none known"])
def test_what_is_no_allergy_any_more_warns_of_nothing(
    session: Session, doctor: Actor, patient: Patient, over: str
) -> None:
    if over == "none known":
        state_no_known_allergies(session, doctor, patient_id=patient.key)
    else:
        allergy = record(session, doctor, patient, K.ALLERGY)
        which: dict[str, Any] = {"kind": K.ALLERGY, "entry_id": allergy.id, "version": 1}
        if over == "ended":
            end_entry(session, doctor, **which, request=EndInput.from_form({}))
        else:
            retract_entry(session, doctor, **which, reason="Another patient's")
    assert record(session, doctor, patient, K.MEDICATION, **PENICILLIN).title == "Penicillin V 250 mg"


def test_the_database_keeps_no_warning_without_a_reason(session: Session, patient: Patient) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="allergy_warning_has_reason"):
        make_record(session, MedicationRequest, patient, allergy_warning="Recorded allergy: Latex.")


@every_kind
def test_a_new_entry_stands_in_the_visit_it_names(
    session: Session, doctor: Actor, patient: Patient, kind: HistoryKind
) -> None:
    visit = make_record(session, Encounter, patient, display="Check-up")
    entry = record(session, doctor, patient, kind, visit=str(visit.key))
    (shown,) = get_visit(session, doctor, visit_id=visit.key).entries
    assert shown.title == SAID[kind][0]
    correct(session, doctor, entry, note="Corrected later")
    assert len(get_visit(session, doctor, visit_id=visit.key).entries) == 1


def test_only_visits_of_the_patient_that_took_place_are_offered_and_taken(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    now = make_record(session, Encounter, patient, status="in_progress", display="Today's visit")
    wrong = [make_record(session, Encounter, patient, status=status) for status in ("cancelled", "planned")]
    wrong.append(make_record(session, Encounter, make_patient(session)))
    offered = recent_visits(session, doctor, patient_id=patient.key)
    assert [row.id for row in offered] == [now.key]
    for visit in wrong:
        with pytest.raises(DomainError, match="Choose a visit") as refused:
            record(session, doctor, patient, K.CONDITION, visit=str(visit.key))
        assert refused.value.field == "visit"
    assert section(session, doctor, patient, K.CONDITION) == []


def test_who_may_not_see_visits_can_name_none(session: Session, doctor: Actor, patient: Patient) -> None:
    visit = make_record(session, Encounter, patient)
    blind = replace(doctor, permissions=doctor.permissions - {Permission.CLINICAL_ENCOUNTER_READ})
    assert recent_visits(session, blind, patient_id=patient.key) == []
    with pytest.raises(DomainError, match="Choose a visit"):
        record(session, blind, patient, K.CONDITION, visit=str(visit.key))
