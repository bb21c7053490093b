"""Plain lists of patients: what headings, dates and names mean, and rows that go through the rules of the desk."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, func, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.files.values import CSV, XLSX
from hms_app.domain.interop.errors import ListUnreadable
from hms_app.domain.interop.rules import lists
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.received.lists import ListFile, delimiter_of
from hms_app.domain.interop.service import import_patient_list
from hms_app.domain.interop.values import (
    FIELD_LABELS,
    ONE_FIELD_ONCE,
    DateOrder,
    ImportReport,
    InteropAction,
    ListField,
    ListMapping,
    NameOrder,
)
from hms_app.domain.patients.tables import Patient, PatientContactPoint, PatientIdentifier
from hms_app.domain.patients.values import Sex
from hms_app.domain.security.values import SecurityAction
from tests.factories.imports import PEOPLE, importer, list_at, workbook

F = ListField
TODAY = dt.date(2026, 11, 24)
BERLIN = HospitalLocale(zone_name="Europe/Berlin", currency="EUR", country="DE")
COLUMNS = {0: F.MRN, 1: F.FAMILY_NAME, 2: F.GIVEN_NAMES, 3: F.BIRTH, 4: F.SEX, 5: F.PHONE, 6: F.CITY}
MAPPING = ListMapping(COLUMNS, DateOrder.DAY_FIRST, key_column=0, source="Old clinic")


def test_every_field_is_guessed_from_its_own_label() -> None:
    for found, label in FIELD_LABELS.items():
        assert lists.guess_fields([label]) == {0: found}
        assert lists.guess_fields([found.value.upper()]) == {0: found}


def test_usual_headings_are_guessed() -> None:
    header = ["MRN", "Surname", "First Name", "D.O.B.", "Gender", "Tel.", "E-Mail", "Zip Code", "Ward"]
    assert lists.guess_fields(header) == {
        0: F.MRN, 1: F.FAMILY_NAME, 2: F.GIVEN_NAMES, 3: F.BIRTH, 4: F.SEX, 5: F.PHONE, 6: F.EMAIL,
        7: F.POSTAL_CODE,
    }  # fmt: skip
    assert lists.guess_fields(["Name", "First name", "Last name"]) == {1: F.GIVEN_NAMES, 2: F.FAMILY_NAME}


HEADINGS = st.one_of(st.text(max_size=30), st.sampled_from([*FIELD_LABELS.values(), "name", "id", "tel"]))


@given(st.lists(HEADINGS, max_size=12))
def test_no_guess_gives_a_field_twice_that_one_column_holds(header: list[str]) -> None:
    guessed = lists.guess_fields(header)
    once = [found for found in guessed.values() if found in ONE_FIELD_ONCE]
    assert len(once) == len(set(once))
    assert set(guessed) <= set(range(len(header)))


@given(st.dates(dt.date(1900, 1, 1), TODAY), st.sampled_from(DateOrder), st.sampled_from("/.-"))
def test_a_date_written_in_an_order_is_read_in_that_order(
    day: dt.date, order: DateOrder, between: str
) -> None:
    parts = {"d": f"{day.day:02d}", "m": f"{day.month:02d}", "y": f"{day.year:04d}"}
    text = between.join(parts[letter] for letter in order.value)
    assert lists.as_date(text, order, TODAY) == day.isoformat()
    assert order in lists.possible_orders([text])


@given(st.text(max_size=30))
def test_no_text_of_a_date_makes_anything_fail(text: str) -> None:
    for order in DateOrder:
        try:
            lists.as_date(text, order, TODAY)
        except Rejected as refusal:
            assert "no date" in str(refusal)


def test_dates_tell_their_order_as_soon_as_one_of_them_does() -> None:
    both = {DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST}
    assert lists.possible_orders(["03/04/1980"]) == both
    assert lists.possible_orders(["03/04/1980", "13/04/1980"]) == {DateOrder.DAY_FIRST}
    assert lists.possible_orders(["03/04/1980", "04/13/1980"]) == {DateOrder.MONTH_FIRST}
    assert lists.possible_orders(["42 years"]) == set(DateOrder)
    assert lists.possible_orders(["1981-03-04", "12/05/1975", "31.12.1960"]) == {DateOrder.DAY_FIRST}
    assert lists.possible_orders(["1981-03-04", "12/05/1975"]) == both
    rows = [["Ann", "03/04/1980"]]
    mapping, is_ambiguous = lists.guess_mapping(["Name", "DOB"], rows, house_order="mdy", source="x")
    assert (mapping.date_order, is_ambiguous) == (DateOrder.MONTH_FIRST, True)
    told, is_ambiguous = lists.guess_mapping(
        ["Name", "DOB"], [["A", "13/04/1980"]], house_order="mdy", source="x"
    )
    assert (told.date_order, is_ambiguous) == (DateOrder.DAY_FIRST, False)


@pytest.mark.parametrize(
    ("text", "order", "family", "given"),
    [
        ("Okafor, Chidi Paul", NameOrder.GIVEN_FIRST, "Okafor", "Chidi Paul"),
        ("Chidi Paul Okafor", NameOrder.GIVEN_FIRST, "Okafor", "Chidi Paul"),
        ("Okafor Chidi Paul", NameOrder.FAMILY_FIRST, "Okafor", "Chidi Paul"),
        ("Suharto", NameOrder.GIVEN_FIRST, "Suharto", ""),
        ("", NameOrder.GIVEN_FIRST, "", ""),
    ],
)
def test_a_name_in_one_column_is_parted(text: str, order: NameOrder, family: str, given: str) -> None:
    assert lists.split_name(text, order) == (family, given)


def test_words_for_sex() -> None:
    words = {"F": Sex.FEMALE, "männlich": Sex.MALE, "W": Sex.FEMALE, "": Sex.UNKNOWN, "Non-binary": Sex.OTHER}
    assert {word: lists.sex_of(word) for word in words} == words
    with pytest.raises(Rejected, match="Q is not known"):
        lists.sex_of("Q")


@given(st.lists(st.text(max_size=40), min_size=7, max_size=7))
def test_whatever_a_row_holds_it_is_read_or_refused_with_a_sentence(cells: list[str]) -> None:
    row = lists.RowReader(MAPPING, BERLIN).read(2, cells)
    assert (row.request is None) == bool(row.problem)
    assert row == lists.RowReader(MAPPING, BERLIN).read(2, cells)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_encoding_are_found_out(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE.replace(";", delimiter).encode(encoding))
    opened = ListFile(path, CSV.media_type)
    assert opened.header[:2] == ["MRN", "Last name"]
    assert [line.cells[1] for line in opened.rows()] == ["Okafor", "Weiß", "Silva"]
    assert [line.number for line in opened.rows()] == [2, 3, 4]


def test_a_comma_inside_quotes_parts_nothing() -> None:
    assert delimiter_of(["name;address\n", '"Weiß";"Hauptstr. 1, Bonn, Beuel"\n']) == ";"


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    rows: list[list[object]] = [
        ["MRN", "Name", "DOB"],
        [17, "Ann Ito", dt.date(1980, 4, 3)],
        [],
        [18.0, "B C", 1990],
    ]
    path.write_bytes(workbook(rows))
    opened = ListFile(path, XLSX.media_type)
    assert opened.header == ["MRN", "Name", "DOB"]
    assert [(line.number, line.cells) for line in opened.rows()] == [
        (2, ["17", "Ann Ito", "1980-04-03"]),
        (4, ["18", "B C", "1990"]),
    ]


@pytest.mark.parametrize("content", [b"PK\x03\x04nothing", b"", b"x" * 50])
def test_a_workbook_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people.xlsx"
    path.write_bytes(content)
    with pytest.raises(ListUnreadable):
        ListFile(path, XLSX.media_type)


def _import(
    session: Session, path: Path, *, is_rehearsal: bool = False, mapping: ListMapping = MAPPING
) -> ImportReport:
    actor = importer(session)
    actor = Actor(actor.user_id, actor.name, actor.permissions, locale=BERLIN)
    return import_patient_list(
        path, CSV.media_type, actor, mapping=mapping, name="people", is_rehearsal=is_rehearsal
    )


def _figures(report: ImportReport) -> tuple[int, int, int, int]:
    counts = report.files["people"]
    assert counts.created + counts.updated + counts.unchanged + counts.rejected == counts.read
    return counts.read, counts.created, counts.unchanged, counts.rejected


def _patient(session: Session, family_name: str) -> Patient:
    return session.exec(select(Patient).where(Patient.family_name == family_name)).one()


def test_rows_are_registered_as_at_the_desk(session: Session, tmp_path: Path) -> None:
    report = _import(session, list_at(tmp_path / "p.csv", PEOPLE))
    assert (_figures(report), report.problems) == ((3, 3, 0, 0), [])
    patient = _patient(session, "Okafor")
    assert (patient.given_names, patient.birth_date, patient.sex_at_birth) == (
        "Chidi",
        dt.date(1980, 4, 13),
        "male",
    )
    phone = session.exec(
        select(PatientContactPoint).where(PatientContactPoint.patient_id == patient.id)
    ).one()
    assert phone.value == "+4930901820"
    number = session.exec(select(PatientIdentifier).where(PatientIdentifier.patient_id == patient.id)).one()
    assert (number.type, number.issuer, number.value) == ("other-hospital", "Old clinic", "A-1")
    actions = session.exec(
        select(AuditEntry.action).where(AuditEntry.patient_id == patient.id).order_by(col(AuditEntry.id))
    ).all()
    assert "patients.patient.registered" in actions


def test_the_same_list_twice_registers_nobody_again(session: Session, tmp_path: Path) -> None:
    path = list_at(tmp_path / "p.csv", PEOPLE)
    _import(session, path)
    assert _figures(_import(session, path)) == (3, 0, 3, 0)
    longer = list_at(tmp_path / "q.csv", PEOPLE + "A-4;Ito;Ken;05/05/1970;m;;Bonn\n")
    assert _figures(_import(session, longer)) == (4, 1, 3, 0)


def test_a_row_without_a_key_is_known_by_all_it_says(session: Session, tmp_path: Path) -> None:
    mapping = ListMapping(COLUMNS, DateOrder.DAY_FIRST, source="Old clinic")
    path = list_at(tmp_path / "p.csv", PEOPLE)
    _import(session, path, mapping=mapping)
    assert _figures(_import(session, path, mapping=mapping)) == (3, 0, 3, 0)


def test_a_known_row_that_changed_overwrites_nothing(session: Session, tmp_path: Path) -> None:
    _import(session, list_at(tmp_path / "p.csv", PEOPLE))
    patient = _patient(session, "Okafor")
    report = _import(session, list_at(tmp_path / "q.csv", PEOPLE.replace("Chidi", "Paul")))
    assert _figures(report) == (3, 0, 2, 1)
    assert report.problems[0].reason.startswith(f"This row came before as patient {patient.mrn}")
    session.refresh(patient)
    assert patient.given_names == "Chidi"


def test_each_wrong_row_is_named_and_the_others_are_registered(session: Session, tmp_path: Path) -> None:
    text = PEOPLE + (
        "A-5;Nobirth;Ann;;f;;Bonn\n"
        "A-6;Future;Ann;01/01/2999;f;;Bonn\n"
        "A-7;Nophone;Ann;01/01/1990;f;12;Bonn\n"
        "A-8;Nosex;Ann;01/01/1990;Q;;Bonn\n"
        "A-9;;;01/01/1990;f;;Bonn\n"
        ";Nokey;Ann;01/01/1990;f;;Bonn\n"
        "A-1;Twice;Ann;01/01/1990;f;;Bonn\n"
        "A-10;Silva;Ana;30/06/2001;f;;Bonn\n"
        "A-11;Nodate;Ann;31/31/1990;f;;Bonn\n"
    )
    report = _import(session, list_at(tmp_path / "p.csv", text))
    assert _figures(report) == (12, 3, 0, 9)
    reasons = {problem.line: problem.reason for problem in report.problems}
    assert reasons[5].startswith("Date of birth: Write a date of birth.")
    assert reasons[6] == "Date of birth: This date lies in the future."
    assert reasons[7].startswith("Phone: ")
    assert reasons[8] == "Q is not known as a word for sex"
    assert reasons[9] == "Family name: Write a family name or a given name."
    assert reasons[10] == "the column that tells rows apart is empty"
    assert reasons[11] == "Line 2 has the same number or the same content: one line for each person."
    assert reasons[12] == "The same name and date of birth are on line 4 already."
    assert reasons[13] == "31/31/1990 is no date when read as day, month, year"


def test_who_looks_like_somebody_registered_is_left_out_unless_one_says_otherwise(
    session: Session, tmp_path: Path
) -> None:
    _import(session, list_at(tmp_path / "p.csv", PEOPLE))
    elsewhere = PEOPLE.replace("A-", "B-")
    other = ListMapping(COLUMNS, DateOrder.DAY_FIRST, key_column=0, source="Another clinic")
    report = _import(session, list_at(tmp_path / "q.csv", elsewhere), mapping=other)
    assert _figures(report) == (3, 0, 0, 3)
    assert "is probably the same person" in report.problems[0].reason
    anyway = ListMapping(
        COLUMNS, DateOrder.DAY_FIRST, key_column=0, source="Another clinic", takes_lookalikes=True
    )
    assert _figures(_import(session, list_at(tmp_path / "q.csv", elsewhere), mapping=anyway)) == (3, 3, 0, 0)


def test_a_rehearsal_says_the_same_and_registers_nobody(session: Session, tmp_path: Path) -> None:
    path = list_at(tmp_path / "p.csv", PEOPLE + "A-5;Nobirth;Ann;;f;;Bonn\n")
    rehearsed = _import(session, path, is_rehearsal=True)
    assert session.exec(select(Patient).where(Patient.family_name == "Okafor")).all() == []
    assert _import(session, path).as_json() == rehearsed.as_json()


NUMBERED = ListMapping(
    {0: F.GIVEN_NAMES, 1: F.FAMILY_NAME, 2: F.BIRTH, 3: F.SSN}, DateOrder.YEAR_FIRST, source="Old clinic"
)
ADA = "First name,Last name,DOB,SSN\nAda,Alpha,1980-01-02,900-11-2222\n"
BOB = "First name,Last name,DOB,SSN\nBob,Beta,1981-03-04,900 11 2222\n"
ELSEWHERE = replace(NUMBERED, source="Another clinic")


def test_who_has_the_number_of_somebody_else_comes_and_the_report_says_so(
    session: Session, tmp_path: Path
) -> None:
    _import(session, list_at(tmp_path / "p.csv", ADA), mapping=NUMBERED)
    report = _import(session, list_at(tmp_path / "q.csv", BOB), mapping=NUMBERED)
    assert _figures(report) == (1, 1, 0, 0)
    assert "is registered with this social security number already" in report.remarks[0].reason
    assert "compare the two" in report.remarks[0].reason
    numbers = select(PatientIdentifier.issuer, PatientIdentifier.value).order_by(col(PatientIdentifier.id))
    assert list(session.exec(numbers)) == [("", "900-11-2222"), ("line 2", "900 11 2222")]


def test_what_stands_where_there_is_no_number_is_nobodys(session: Session, tmp_path: Path) -> None:
    people = ("Ada,Alpha,1980-01-02,n/a", "Bob,Beta,1981-01-02,n/a", "Cem,Gamma,1982-01-02,000-00-0000")
    text = "\n".join(("First name,Last name,DOB,SSN", *people))
    report = _import(session, list_at(tmp_path / "p.csv", text), mapping=NUMBERED)
    assert _figures(report) == (3, 3, 0, 0)
    assert list(report.remarks) == []
    assert session.exec(select(func.count()).select_from(PatientIdentifier)).one() == 0


def test_rows_that_are_all_refused_leave_nothing_and_stop_nothing(session: Session, tmp_path: Path) -> None:
    _import(session, list_at(tmp_path / "p.csv", ADA), mapping=NUMBERED)
    entries = session.exec(select(func.count()).select_from(AuditEntry)).one()
    report = _import(session, list_at(tmp_path / "q.csv", ADA), mapping=ELSEWHERE)
    assert _figures(report) == (1, 0, 0, 1)
    actions = session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id)).offset(entries)).all()
    given = SecurityAction.ROLE_ASSIGNED  # To the person who imports.
    assert list(actions) == [given, InteropAction.IMPORT_STARTED, InteropAction.IMPORT_FINISHED]


def test_a_chunk_of_refused_rows_lets_the_next_one_be_read(session: Session, tmp_path: Path) -> None:
    text = "First name,Last name,DOB,SSN\n" + "".join(
        f"Bob{'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10]},Beta{number},1981-03-04,\n"
        for number in range(100)
    )
    _import(session, list_at(tmp_path / "p.csv", text), mapping=NUMBERED)
    report = _import(
        session, list_at(tmp_path / "q.csv", f"{text}Cem,Cetin,1990-05-06,900-11-4444\n"), mapping=ELSEWHERE
    )
    assert _figures(report) == (101, 1, 0, 100)


def test_reading_a_list_wants_the_permission(session: Session, tmp_path: Path) -> None:
    nobody = Actor(1, "Nobody", frozenset(Permission) - {Permission.INTEROP_IMPORT_RUN})
    with pytest.raises(NotPermitted):
        import_patient_list(
            list_at(tmp_path / "p.csv", PEOPLE), CSV.media_type, nobody, mapping=MAPPING, name="people"
        )
