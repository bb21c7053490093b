"""Every road to a patient's data ends in "who looked", in words the patient understands and that name nobody else."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.clinical.tables import Condition, DocumentReference
from hms_app.domain.duplicates.queries import list_duplicates, read_typing
from hms_app.domain.duplicates.tables import PatientDuplicate
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.files.values import PictureUse
from hms_app.domain.interop.service import export_record_bundle, export_record_paper
from hms_app.domain.patients.queries import list_accesses, list_changes, open_photo, search_patients
from hms_app.domain.patients.rules import look_words
from hms_app.domain.patients.service.photos import keep_photo
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import HistoryFilters, IdentityInput, Sex
from hms_app.domain.workflows.find_patients import PatientQuestion, export_patients, find_patients
from hms_app.domain.workflows.start_of_day import list_recent_patients
from tests.factories.clinical import make_record
from tests.factories.files import chosen
from tests.factories.organization import make_hospital
from tests.factories.patients import make_patient
from tests.factories.security import make_user

ActorWith = Callable[..., Actor]
ANY = HistoryFilters()


@pytest.fixture
def clerk(session: Session) -> Actor:
    """Somebody who may do everything, and is no patient."""
    user = make_user(session, "doctor", name="Cleo Clerk")
    session.commit()
    return Actor(user.key, user.name, frozenset(Permission), session_id=5, reauthenticated=True)


def saw(work: Callable[[Session], Any]) -> Any:
    """Somebody is shown something, and what they typed settles."""
    with time_machine.travel("2026-11-24T09:00:00Z", tick=False) as clock:
        with db.transaction() as session:
            result = work(session)
        clock.shift(5)
        db.in_transaction(audit.settle_searches)
    return result


def parts(session: Session, patient: Patient, *, by: str = "Cleo Clerk") -> list[str]:
    """What the patient is told that somebody saw."""
    me = Actor(1, "Anna", frozenset({Permission.PORTAL_RECORD_READ}), session_id=1, patient_id=patient.key)
    page, people = list_accesses(session, me, patient_id=patient.key, filters=ANY)
    if page.rows:
        assert by in [name for _, name in people]
    return [row.parts for row in page.rows if row.person == by]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "list of patients"),
        ({"condition": "44054006"}, "list of patients narrowed by a diagnosis"),
        (
            {"condition": "44054006", "sex": Sex.FEMALE},
            "list of patients narrowed by a diagnosis and age, sex or status",
        ),
        ({"text": "anna berg"}, "found in a search"),
    ],
)
def test_a_list_is_said_by_the_kind_of_thing_it_was_narrowed_by(
    session: Session, clerk: Actor, asked: dict[str, Any], words: str
) -> None:
    anna, _ = make_patient(session), make_patient(session, given_names="Mario", sex_at_birth="male")
    make_record(session, Condition, anna, code="44054006", display="Diabetes")
    session.commit()
    saw(lambda s: find_patients(s, clerk, question=PatientQuestion(**asked)))
    assert parts(session, anna) == [words]
    told = session.execute(
        sa.select(col(AuditEntry.after)).where(
            sa.inspect(AuditEntry).local_table.c.action == "patients.list.seen"
        )
    ).scalars()
    assert not any("berg" in str(after).lower() for after in told)


def test_who_was_not_in_the_list_is_told_of_no_look(session: Session, clerk: Actor) -> None:
    anna = make_patient(session)
    session.commit()
    saw(lambda s: find_patients(s, clerk, question=PatientQuestion(sex=Sex.MALE)))
    saw(lambda s: find_patients(s, clerk, question=PatientQuestion(text="zzz"), is_typed=True))
    assert parts(session, anna) == []


def test_searches_downloads_and_comparisons_are_looks(session: Session, clerk: Actor) -> None:
    anna = make_patient(session)
    make_patient(session, given_names="Ana")
    session.commit()
    typed = IdentityInput.from_form({"given_names": "Anna", "family_name": "Berg", "birth": "3 Feb 1980"})
    saw(lambda s: search_patients(s, clerk, text="berg", place="palette"))
    saw(lambda s: export_patients(s, clerk, question=PatientQuestion()))
    saw(lambda s: read_typing(s, clerk, request=typed))
    with db.transaction() as writing:
        audit.record_access(writing, clerk, patient_id=anna.key, what="overview")
    saw(lambda s: list_recent_patients(s, clerk))
    told = ", ".join(parts(session, anna))
    for words in (
        "found in a search",
        "downloaded list of patients",
        "comparison with somebody being registered",
        "list of the patients opened last",
        "overview",
    ):
        assert words in told


def test_the_worklist_of_duplicates_is_a_look_at_both(session: Session, clerk: Actor) -> None:
    first, second = make_patient(session), make_patient(session)
    found: dict[str, Any] = {"weight": Decimal(30), "reasons": ["same name"], "found_at": first.created_at}
    session.add(PatientDuplicate(first_id=first.key, second_id=second.key, **found))
    session.commit()
    saw(lambda s: list_duplicates(s, clerk))
    for patient in (first, second):
        assert parts(session, patient) == ["list of records that may be one person's"]
    before = session.execute(sa.text("SELECT last_id FROM audit_chain_head")).scalar_one()
    saw(lambda s: list_duplicates(s, replace(clerk, looks=False)))
    assert session.execute(sa.text("SELECT last_id FROM audit_chain_head")).scalar_one() == before


def test_the_whole_record_a_document_and_the_photo_are_looks_and_no_changes(
    session: Session, clerk: Actor, files_dir: Path
) -> None:
    anna = make_patient(session)
    make_hospital(session)
    anna.photo_file = keep_photo(session, clerk, patient_id=anna.key, picture=chosen(clerk, PictureUse.PHOTO))
    file_id = session.exec(select(StoredFile.id).where(StoredFile.storage_key == anna.photo_file)).one()
    document = make_record(session, DocumentReference, anna, display="Letter about it", file_id=file_id)
    session.commit()
    saw(lambda s: export_record_bundle(s, clerk, patient_id=anna.key))
    saw(lambda s: export_record_paper(s, clerk, patient_id=anna.key))
    saw(lambda s: clinical.open_document(s, clerk, document_id=document.key))
    saw(lambda s: open_photo(s, clerk, patient_id=anna.key))
    assert parts(session, anna) == ["the whole record, downloaded, a document, opened, photo"]
    page, _ = list_changes(session, clerk, patient_id=anna.key, filters=ANY)
    assert page.rows == []


def test_looks_and_lists_are_walked_page_by_page_in_one_order(
    session: Session, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hms_app.domain.patients.queries.access_log.LOOKS_A_PAGE", 4)
    anna, other = make_patient(session), make_patient(session)
    session.commit()
    for number in range(9):
        with db.transaction() as writing:
            if number % 2:
                audit.record_access(writing, clerk, patient_id=anna.key, what=f"part {number}")
            else:
                audit.record_list(
                    writing, replace(clerk, session_id=None), place="patients", shown=[anna.key, other.key]
                )
    seen: list[str] = []
    pages = []
    bookmark = None
    while True:
        page, _ = list_accesses(session, clerk, patient_id=anna.key, filters=ANY, bookmark=bookmark)
        pages.append(page)
        seen += [row.parts for row in page.rows]
        bookmark = page.next_bookmark
        if bookmark is None:
            break
    told = ", ".join(seen)
    assert all(f"part {number}" in told for number in (1, 3, 5, 7))
    assert len(pages) == 3
    back, _ = list_accesses(
        session, clerk, patient_id=anna.key, filters=ANY, bookmark=pages[-1].previous_bookmark
    )
    assert back.rows == pages[-2].rows


def test_words_of_looks_say_nothing_of_others_or_of_what_was_typed() -> None:
    told = {"place": "patients", "condition": "86406008", "searched_by": [], "shown": 50}
    assert look_words("patients.list.seen", told) == "list of patients narrowed by a diagnosis"
    assert look_words("patients.list.seen", {"place": "unheard of"}) == "a list"
    assert look_words("patients.record.accessed", {"what": "banner"}) == "name and alerts"
    assert look_words("patients.record.accessed", {"what": "vital signs"}) == "vital signs"
