"""Registering patients on a real database."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from PIL import Image
from sqlmodel import Session, col, select

from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidInput, NotFound, NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.duplicates import queries
from hms_app.domain.duplicates.service import register_patient
from hms_app.domain.files.values import PictureUse
from hms_app.domain.patients import queries as patient_queries
from hms_app.domain.patients import rules
from hms_app.domain.patients.service import change_photo
from hms_app.domain.patients.tables import (
    Coverage,
    Patient,
    PatientAddress,
    PatientConsent,
    PatientContactPoint,
    PatientIdentifier,
    PatientRelation,
)
from hms_app.domain.patients.values import IdentityInput, PatientRow, RegistrationInput
from hms_app.domain.records.errors import Conflict
from tests.factories.files import chosen
from tests.factories.organization import make_payer
from tests.factories.patients import make_patient
from tests.factories.security import make_user

BERLIN = HospitalLocale("Europe/Berlin", "EUR", "en", "DE")
NEEDED: dict[str, Any] = {
    "family_name": "Yildiz",
    "given_names": "Ömer",
    "birth": "3.2.1980",
    "sex_at_birth": "male",
}
ALL: dict[str, Any] = NEEDED | {
    "prefix": "Dr",
    "suffix": "Jr",
    "preferred_name": "Ömi",
    "maiden_name": "Kaya",
    "gender": "other",
    "marital_status": "married",
    "language": "tr",
    "phones_1_number": "030 901820",
    "phones_1_use": "home",
    "phones_3_number": "+1 617 253 1000",
    "email": "oemer@example.org",
    "address_line": "Hauptstr. 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
    "relations_1_kind": "guarantor",
    "relations_1_name": "Ayşe Yıldız",
    "relations_1_relationship_name": "wife",
    "relations_1_phone": "030 901821",
    "identifiers_1_type": "passport",
    "identifiers_1_value": "C01X00T47",
    "identifiers_1_issuer": "Germany",
    "coverages_1_plan": "Basic",
    "coverages_1_member_number": "A123",
    "coverages_1_starts_on": "2026-01-01",
    "coverages_1_ends_on": "2026-12-31",
    "coverages_1_share": "80 %",
    "consent_treatment": "given",
    "consent_data_processing": "refused",
}


@pytest.fixture(autouse=True)
def files_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data directory of the test's own."""
    monkeypatch.setenv("HMS_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def desk(actor_with: Callable[..., Actor]) -> Actor:
    """A receptionist in Berlin."""
    allowed = (Permission.PATIENTS_PATIENT_REGISTER, Permission.PATIENTS_PATIENT_READ)
    return replace(actor_with(*allowed, locale=BERLIN), user_id=None)


def _form(**changed: Any) -> dict[str, Any]:
    return {**NEEDED, "key": str(uuid4()), **changed}


def _register(session: Session, desk: Actor, *, photo: bytes | None = None, **changed: Any) -> PatientRow:
    request = RegistrationInput.from_form(_form(**changed))
    sent = chosen(desk, PictureUse.PHOTO, photo) if photo else None
    return register_patient(session, desk, request=request, photo=sent)


def _rows(session: Session, table: type[Any], patient: PatientRow) -> list[Any]:
    return list(session.exec(select(table).where(table.patient_id == patient.id).order_by(col(table.id))))


def _problems(session: Session, desk: Actor, **changed: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        _register(session, desk, **changed)
    return refused.value.problems


def test_a_name_a_birth_and_a_sex_are_enough(session: Session, desk: Actor) -> None:
    row = _register(session, desk)
    assert (row.name, row.birth_date, row.sex) == ("Ömer Yildiz", "3 Feb 1980", "Male")
    assert rules.is_mrn(row.mrn)
    assert patient_queries.search_patients(session, desk, text="omer yildiz 1980")[0].id == row.id


def test_all_that_is_asked_is_kept(session: Session, desk: Actor) -> None:
    payer, user = make_payer(session), make_user(session, "receptionist")
    row = _register(
        session,
        replace(desk, user_id=user.key),
        **{**ALL, "key": str(uuid4())},
        coverages_1_payer_id=payer.id,
    )
    patient = session.exec(select(Patient).where(Patient.id == row.id)).one()
    assert (patient.prefix, patient.suffix, patient.preferred_name, patient.maiden_name) == (
        "Dr",
        "Jr",
        "Ömi",
        "Kaya",
    )
    assert (patient.gender, patient.marital_status, patient.language) == ("other", "married", "tr")
    points = _rows(session, PatientContactPoint, row)
    assert [(point.system, point.use, point.value, point.digits) for point in points] == [
        ("phone", "home", "+4930901820", "4930901820"),
        ("phone", "mobile", "+16172531000", "16172531000"),
        ("email", "home", "oemer@example.org", ""),
    ]
    (address,) = _rows(session, PatientAddress, row)
    assert (address.address_line, address.postal_code, address.city, address.country) == (
        "Hauptstr. 1",
        "10115",
        "Berlin",
        "DE",
    )
    (relation,) = _rows(session, PatientRelation, row)
    assert (relation.kind, relation.name, relation.phone) == ("guarantor", "Ayşe Yıldız", "+4930901821")
    (identifier,) = _rows(session, PatientIdentifier, row)
    assert (identifier.type, identifier.issuer, identifier.value) == ("passport", "Germany", "C01X00T47")
    (coverage,) = _rows(session, Coverage, row)
    assert (coverage.starts_on, coverage.ends_on, coverage.share) == (
        dt.date(2026, 1, 1),
        dt.date(2027, 1, 1),
        Decimal("0.8"),
    )
    consents = _rows(session, PatientConsent, row)
    assert [(consent.kind, consent.decision) for consent in consents] == [
        ("treatment", "given"),
        ("data_processing", "refused"),
    ]
    assert {row.recorded_by_user_id for row in (*points, address, relation, identifier, coverage)} == {
        user.key
    }


@pytest.mark.parametrize("text", ["Kaya", "030 901820", "+49 30 901820", "6172531000", "C01X00T47"])
def test_a_registered_patient_is_found_by_everything_that_was_said(
    session: Session, desk: Actor, text: str
) -> None:
    row = _register(session, desk, **{**ALL, "coverages_1_plan": "", "coverages_1_member_number": ""})
    assert row.id in [found.id for found in patient_queries.search_patients(session, desk, text=text)]
    assert [check.problems for check in (run(session) for run in patient_queries.CHECKS)] == [[]] * len(
        patient_queries.CHECKS
    )


@time_machine.travel(dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC), tick=False)
def test_an_age_is_estimated_on_the_hospitals_day(session: Session, desk: Actor) -> None:
    row = _register(session, desk, birth="7 months")
    patient = session.exec(select(Patient).where(Patient.id == row.id)).one()
    assert (patient.birth_date, patient.birth_estimated_on) == (dt.date(2026, 4, 24), dt.date(2026, 11, 24))
    assert (row.age, row.birth_date) == ("about 7 months", "about 2026")


def test_a_year_alone_is_a_year(session: Session, desk: Actor) -> None:
    assert _register(session, desk, birth="1980").birth_date == "1980"


def test_everything_that_is_missing_or_wrong_is_named_at_once(session: Session, desk: Actor) -> None:
    problems = _problems(
        session,
        desk,
        family_name="",
        given_names=" ",
        birth="someday",
        phones_2_number="12",
        relations_1_name="Ayşe",
        relations_1_phone="none",
        coverages_1_payer_id="1",
        coverages_1_starts_on="2026-02-01",
        coverages_1_ends_on="2026-01-01",
    )
    assert set(problems) == {
        "family_name",
        "birth",
        "phones_2_number",
        "relations_1_phone",
        "coverages_1_ends_on",
    }
    assert "a family name or a given name" in problems["family_name"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("sex_at_birth", "", "Fill this in."),
        ("sex_at_birth", "m", "Choose one of the list."),
        ("email", "nobody", "Enter an e-mail address"),
        ("language", "klingon", "Choose a language"),
        ("country", "Germany", "Choose a country"),
        ("family_name", "x" * 101, "at most 100"),
        ("given_names", "a\x00b", "control characters"),
        ("relations_2_phone", "030 901820", ""),
        ("identifiers_1_value", "123", ""),
        ("coverages_2_member_number", "1", ""),
        ("key", "short", ""),
    ],
)
def test_a_form_is_refused_at_the_field_that_is_wrong(field: str, value: str, sentence: str) -> None:
    at = {
        "relations_2_phone": "relations_2_name",
        "identifiers_1_value": "identifiers_1_type",
        "coverages_2_member_number": "coverages_2_payer_id",
    }.get(field, field)
    with pytest.raises(InvalidInput) as refused:
        RegistrationInput.from_form(_form(**{field: value}))
    assert set(refused.value.problems) == {at}
    assert sentence in refused.value.problems[at]


def test_an_empty_form_names_all_that_is_missing_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        RegistrationInput.from_form(_form(family_name=" ", given_names="", birth="", sex_at_birth=""))
    assert set(refused.value.problems) == {"family_name", "birth", "sex_at_birth"}


def test_a_choice_that_is_preset_makes_no_entry() -> None:
    request = RegistrationInput.from_form(
        _form(phones_1_use="work", relations_1_kind="guarantor", identifiers_1_type="ssn")
    )
    assert (request.phones, request.relations, request.identifiers) == ({}, {}, {})


def test_an_identifier_of_somebody_else_is_refused_at_its_field_and_nothing_stays(
    connection: sa.Connection, desk: Actor
) -> None:
    own: dict[str, Any] = {"identifiers_2_type": "passport", "identifiers_2_value": "X1"}
    with db.transaction() as session:
        _register(session, desk, **own)
    with pytest.raises(InvalidInput) as refused, db.transaction() as session:
        _register(session, desk, family_name="Other", duplicate_reason="her brother", **own)
    problems = refused.value.problems
    assert set(problems) == {"identifiers_2_value"}
    assert "registered with this passport already" in problems["identifiers_2_value"]
    with db.transaction() as session:
        assert session.exec(select(Patient).where(Patient.family_name == "Other")).first() is None


def test_a_payer_that_is_none_and_two_primary_coverages_are_refused(session: Session, desk: Actor) -> None:
    payer = str(make_payer(session).id)
    assert set(_problems(session, desk, coverages_1_payer_id="999999")) == {"coverages_1_payer_id"}
    two: dict[str, Any] = {"coverages_1_payer_id": payer, "coverages_2_payer_id": payer}
    assert set(_problems(session, desk, **two)) == {"coverages_2_rank"}
    _register(session, desk, **two, coverages_2_rank="secondary")


def _twice(session: Session, desk: Actor, **changed: Any) -> dict[str, str]:
    _register(session, desk, phones_1_number="030 901820")
    return _problems(session, desk, given_names="Omer", phones_1_number="030 901820", **changed)


def test_somebody_who_is_probably_registered_already_wants_a_reason(session: Session, desk: Actor) -> None:
    problems = _twice(session, desk, duplicate_reason=" x")
    assert set(problems) == {"duplicate_reason"}
    assert "Ömer Yildiz, born 3 Feb 1980, number" in problems["duplicate_reason"]


def test_going_on_all_the_same_is_recorded_with_the_reason_and_who_looked_alike(
    connection: sa.Connection, desk: Actor
) -> None:
    with db.transaction() as session:
        first = _register(session, desk, phones_1_number="030 901820")
    with db.transaction() as session:
        row = _register(session, desk, phones_1_number="030 901820", duplicate_reason="twin brother")
    with db.transaction() as session:
        passed = session.exec(
            select(AuditEntry).where(
                AuditEntry.patient_id == row.id, AuditEntry.action == "patients.likeness.passed"
            )
        ).one()
        assert passed.reason == "twin brother"
        assert passed.after is not None
        assert list(passed.after["looked_like"]) == [first.mrn]
        assert passed.after["looked_like"][first.mrn]


def test_a_stranger_is_registered_without_a_question(session: Session, desk: Actor) -> None:
    _register(session, desk)
    _register(
        session, desk, family_name="Quist", given_names="Berit", birth="1944-05-17", sex_at_birth="female"
    )
    assert "patients.likeness.passed" not in audit.noted(session)


def test_a_restricted_patient_is_not_given_away_by_likeness(session: Session, desk: Actor) -> None:
    make_patient(session, family_name="Yildiz", given_names="Ömer", is_restricted=True)
    _register(session, desk)
    request = IdentityInput.from_form(NEEDED)
    likely = queries.read_typing(session, desk, request=request).likely
    assert [found.row.is_restricted for found in likely] == [False]


@time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False)
def test_what_is_typed_is_read_back_in_words(session: Session, desk: Actor) -> None:
    for birth, words in (
        ("3.2.80", "3 Feb 1980 · 46 years"),
        ("1980", "Only the year 1980 · about 46 years"),
        ("7 months", "About 7 months, estimated today · born about 24 Apr 2026"),
        ("3.2.", ""),
    ):
        form = {"birth": birth, "phones_2_number": "030/901820", "phones_1_number": "0"}
        read = queries.read_typing(session, desk, request=IdentityInput.from_form(form))
        assert (read.birth_words, read.phones) == (words, {"2": "030 901820"})


def test_reading_along_takes_a_bounded_number_of_statements(
    session: Session, desk: Actor, connection: sa.Connection
) -> None:
    for number in range(30):
        make_patient(session, family_name="Yildiz", given_names=f"Ömer{number}")
    statements: list[str] = []
    note = lambda *called: statements.append(called[2])  # noqa: E731
    sa.event.listen(connection, "before_cursor_execute", note)
    queries.read_typing(session, desk, request=IdentityInput.from_form(NEEDED))
    sa.event.remove(connection, "before_cursor_execute", note)
    assert len(statements) == 2  # Who looks alike, and that they were shown.


def test_who_may_not_register_is_refused(session: Session, actor_with: Callable[..., Actor]) -> None:
    with pytest.raises(NotPermitted):
        _register(session, actor_with(Permission.PATIENTS_PATIENT_READ))


def test_a_registration_is_in_the_trail_with_all_that_was_said(
    connection: sa.Connection, desk: Actor
) -> None:
    with db.transaction() as session:
        row = _register(session, desk, phones_1_number="030 901820")
        assert audit.noted(session) == ["patients.patient.registered"]
    with db.transaction() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.patient_id == row.id)).one()
        assert entry.after is not None
        assert entry.after["family_name"] == "Yildiz"
        assert entry.after["birth_date"] == "1980-02-03"
        assert entry.after["phones"]["1"]["number"] == "030 901820"
        assert "key" not in entry.after


def test_the_same_form_sent_again_registers_once(session: Session, desk: Actor) -> None:
    key = str(uuid4())
    first = _register(session, desk, key=key)
    again = _register(session, desk, key=key)
    assert first == again
    assert audit.noted(session).count("patients.patient.registered") == 1


def _raced(desk: Actor, forms: list[dict[str, Any]]) -> list[Any]:
    barrier = Barrier(len(forms))

    def register(form: dict[str, Any]) -> Any:
        request = RegistrationInput.from_form(form)
        barrier.wait(timeout=20)
        try:
            return db.in_transaction(lambda session: register_patient(session, desk, request=request)).mrn
        except InvalidInput as refusal:
            return refusal.problems

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(register, forms))


@pytest.mark.usefixtures("committing")
def test_a_double_click_registers_one_patient(desk: Actor) -> None:
    form = _form(family_name="Raced")
    assert len(set(_raced(desk, [form] * 6))) == 1


def _wait_until_blocked(engine: sa.Engine) -> None:
    """Return once a connection waits for a lock another one holds."""
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with engine.connect() as connection:
        for _ in range(1000):
            if connection.execute(sa.text(blocked)).scalar_one():
                return
            connection.execute(sa.text("SELECT pg_sleep(0.01)"))
            connection.rollback()
    raise AssertionError("Nobody waited.")


def test_the_second_of_two_equal_forms_waits_for_the_first_and_gets_its_patient(
    committing: sa.Engine, desk: Actor
) -> None:
    request = RegistrationInput.from_form(_form(family_name="Raced"))

    def register() -> PatientRow:
        return db.in_transaction(lambda session: register_patient(session, desk, request=request))

    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as session:
            first = register_patient(session, desk, request=request)
            second = pool.submit(register)
            _wait_until_blocked(committing)
        assert second.result(timeout=30) == first


@pytest.mark.usefixtures("committing")
def test_of_two_desks_with_the_same_passport_one_is_refused_at_its_field(desk: Actor) -> None:
    passport = {
        "identifiers_1_type": "passport",
        "identifiers_1_value": "RACE1",
        "duplicate_reason": "another person",
    }
    forms = [
        _form(family_name="Raced", given_names=name, **passport) for name in ("Ada", "Bea", "Cleo", "Dora")
    ]
    outcomes = _raced(desk, forms)
    refused = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    assert len(refused) == 3
    assert all(set(problems) == {"identifiers_1_value"} for problems in refused)


def _picture(size: tuple[int, int] = (1200, 900)) -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", size, "teal").save(made, format="JPEG", exif=exif)
    return made.getvalue()


def test_a_photo_is_drawn_anew_and_shown_to_who_may_know_the_patient(
    session: Session, desk: Actor, actor_with: Callable[..., Actor]
) -> None:
    row = _register(session, desk, photo=_picture())
    opened = patient_queries.open_photo(session, desk, patient_id=row.id)
    with Image.open(opened.path) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (512, 384), {})
    assert b"taken at home" not in opened.path.read_bytes()
    with pytest.raises(NotPermitted):
        patient_queries.open_photo(session, actor_with(Permission.ORGANIZATION_ROOM_READ), patient_id=row.id)


def test_a_photo_that_nobody_sent_registers_nobody(session: Session, desk: Actor) -> None:
    for name in ("0" * 48, "../../kept/aa/x", "data:image/png;base64,AAAA"):
        with pytest.raises(InvalidInput) as refused:
            register_patient(session, desk, request=RegistrationInput.from_form(_form()), photo=name)
        assert refused.value.problems == {"photo": "This picture is no longer here. Choose it again."}


def test_a_photo_is_changed_and_taken_away_again(session: Session, everyone_allowed: Actor) -> None:
    actor = replace(everyone_allowed, user_id=None)
    patient = make_patient(session)
    change_photo(session, actor, patient_id=patient.key, version=1, picture=chosen(actor, PictureUse.PHOTO))
    assert patient_queries.open_photo(session, actor, patient_id=patient.key).row.media_type == "image/jpeg"
    with pytest.raises(Conflict):
        change_photo(session, actor, patient_id=patient.key, version=1, picture=None)
    with pytest.raises(InvalidInput):
        change_photo(session, actor, patient_id=patient.key, version=2, picture="0" * 48)
    change_photo(session, actor, patient_id=patient.key, version=2, picture=None)
    with pytest.raises(NotFound):
        patient_queries.open_photo(session, actor, patient_id=patient.key)
    assert audit.noted(session).count("patients.photo.changed") == 2
