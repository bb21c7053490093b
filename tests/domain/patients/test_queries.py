"""Finding patients by every road, the list and its pages, and who may see whom."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.patients import rules, service
from hms_app.domain.patients.queries import CHECKS, get_patient, list_patients, search_patients
from hms_app.domain.patients.values import PatientFilters
from tests.factories.patients import make_patient

ActorWith = Callable[..., Actor]


@pytest.fixture
def reader(actor_with: ActorWith) -> Actor:
    return actor_with(Permission.PATIENTS_PATIENT_READ)


def found(session: Session, actor: Actor, text: str) -> list[str]:
    return [row.name for row in search_patients(session, actor, text=text)]


@pytest.fixture
def jose(session: Session) -> int:
    patient = make_patient(
        session,
        given_names="José María",
        family_name="García López",
        phones=("(617) 555-1234",),
        identifiers=("999-50-8136", "S99994942"),
    )
    make_patient(session, given_names="Maja", family_name="Gärtner", birth_date=dt.date(1991, 7, 8))
    return patient.key


@pytest.mark.parametrize(
    "text",
    [
        "jose", "JOSÉ", "garcia", "gar jos", "jos gar", "garcía maría lópez", "lopez jose garcia maria", "lop mar",
        "1980-02-03 garcia", "gar 03.02.1980", "3 feb 1980", "jose 1980", "617 555 1234", "+16175551234", "617555",
        "garcia 6175551234", "999-50-8136", "999508136", "S99994942", "s9999 jose",
    ],
)  # fmt: skip
def test_a_patient_is_found_by_every_road(session: Session, reader: Actor, jose: int, text: str) -> None:
    assert found(session, reader, text) == ["José María García López"]


def test_a_patient_is_found_by_the_record_number_and_its_beginning(
    session: Session, reader: Actor, jose: int
) -> None:
    mrn = get_patient(session, reader, patient_id=jose).mrn
    assert found(session, reader, mrn) == ["José María García López"]
    assert "José María García López" in found(session, reader, mrn[:-1])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "%",
        "garcia xyz",
        "jose maja",
        "osé",
        "'; DROP TABLE patient;--",
        "%(k0)s",
        "\0",
        "garcia 1981",
    ],
)
def test_what_fits_nobody_finds_nobody(session: Session, reader: Actor, jose: int, text: str) -> None:
    assert found(session, reader, text) == []


def test_words_that_begin_alike_are_told_apart(session: Session, reader: Actor) -> None:
    make_patient(session, given_names="Mar", family_name="Marianna")
    make_patient(session, given_names="Mar", family_name="Quist")
    make_patient(session, given_names="Abdul", family_name="Abdul")
    assert found(session, reader, "mar maria") == ["Mar Marianna"]
    assert found(session, reader, "maria mar") == ["Mar Marianna"]
    assert found(session, reader, "abdul abdul") == ["Abdul Abdul"]
    assert found(session, reader, "quist quist") == []


def test_a_patient_with_many_fitting_words_comes_up_once(session: Session, reader: Actor) -> None:
    make_patient(session, given_names="Anna Annabel Anne Annika", family_name="Annable")
    assert found(session, reader, "ann") == ["Anna Annabel Anne Annika Annable"]
    assert found(session, reader, "ann ann") == ["Anna Annabel Anne Annika Annable"]


def test_a_changed_name_is_found_and_the_old_one_is_not(session: Session, reader: Actor) -> None:
    patient = make_patient(session, family_name="Before")
    patient.family_name, patient.name_sort = "After", rules.name_sort("After", "Anna")
    session.add(patient)
    session.flush()
    service.refresh_search_keys(session, [patient.key])
    assert found(session, reader, "after") == ["Anna After"]
    assert found(session, reader, "before") == []


def test_no_more_rows_come_than_are_asked_for(session: Session, reader: Actor) -> None:
    for number in range(12):
        make_patient(session, family_name=f"Berg{'abcdefghijkl'[number]}")
    assert len(search_patients(session, reader, text="berg")) == 8
    assert len(search_patients(session, reader, text="berg", limit=3)) == 3


def test_restricted_records_want_their_own_permission(
    session: Session, reader: Actor, actor_with: ActorWith
) -> None:
    secret = make_patient(session, family_name="Minister", is_restricted=True)
    trusted = actor_with(Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_RESTRICTED_READ)
    assert found(session, reader, "minister") == []
    assert list_patients(session, reader, text="minister").rows == []
    assert secret.key not in [row.id for row in list_patients(session, reader).rows]
    with pytest.raises(NotFound):
        get_patient(session, reader, patient_id=secret.key)
    assert found(session, trusted, "minister") == ["Anna Minister"]
    assert get_patient(session, trusted, patient_id=secret.key).is_restricted


def test_a_patient_sees_only_the_own_record(session: Session, actor_with: ActorWith) -> None:
    own, other = make_patient(session), make_patient(session, family_name="Other")
    patient = actor_with(Permission.PORTAL_RECORD_READ, patient_id=own.key)
    assert get_patient(session, patient, patient_id=own.key).id == own.key
    with pytest.raises(NotFound):
        get_patient(session, patient, patient_id=other.key)
    for use_case in (list_patients, search_patients):
        with pytest.raises(NotPermitted):
            use_case(session, patient, text="berg")


def test_nobody_reads_patients_without_a_permission(session: Session, actor_with: ActorWith) -> None:
    own = make_patient(session)
    for actor in (actor_with(), actor_with(patient_id=own.key), actor_with(Permission.PORTAL_RECORD_READ)):
        with pytest.raises(NotPermitted):
            get_patient(session, actor, patient_id=own.key)


def test_records_entered_in_error_are_neither_found_nor_listed(session: Session, reader: Actor) -> None:
    make_patient(session, family_name="Mistake", status="entered_in_error")
    assert found(session, reader, "mistake") == []
    assert list_patients(session, reader, text="mistake").rows == []
    wrong = list_patients(session, reader, filters=PatientFilters(status="entered_in_error"))
    assert [row.name for row in wrong.rows] == ["Anna Mistake"]


def test_the_list_is_narrowed_by_sex_age_and_death(session: Session, reader: Actor) -> None:
    today = reader.locale.today()
    twelve = today.replace(year=today.year - 12, day=min(today.day, 28))
    make_patient(session, family_name="Kid", birth_date=twelve, sex_at_birth="male")
    make_patient(session, family_name="Dead", deceased_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    make_patient(session, family_name="Unborn", birth_date=None)

    def names(**filters: Any) -> list[str]:
        page = list_patients(session, reader, filters=PatientFilters(**filters))  # type: ignore[arg-type]
        return [row.name for row in page.rows]

    assert names(sex="male") == ["Anna Kid"]
    assert names(age_from=12, age_to=12) == ["Anna Kid"]
    assert names(age_to=11) == []
    assert names(age_from=13) == ["Anna Dead"]
    assert names(deceased=True) == ["Anna Dead"]
    assert names(deceased=False) == ["Anna Kid", "Anna Unborn"]


@pytest.mark.parametrize(
    "sort", ["name", "-name", "birth_date", "-birth_date", "mrn", "-mrn", "updated", "-updated"]
)
@pytest.mark.parametrize("text", ["", "an"])
def test_pages_neither_skip_nor_repeat_a_patient_in_either_direction(
    session: Session, reader: Actor, sort: str, text: str
) -> None:
    made = set()
    for number in range(120):
        born = None if number % 10 == 0 else dt.date(1950 + number % 4, 1, 1)
        made.add(make_patient(session, family_name=f"Berg{'ab'[number % 2]}", birth_date=born).key)
    page = list_patients(session, reader, text=text, sort=sort)
    pages = [page]
    while page.next_bookmark:
        page = list_patients(session, reader, text=text, sort=sort, bookmark=page.next_bookmark)
        pages.append(page)
    assert [len(page.rows) for page in pages] == [50, 50, 20]
    seen = [row.id for page in pages for row in page.rows]
    assert len(seen) == 120 and set(seen) == made
    assert pages[0].previous_bookmark is None and pages[0].count_label == "120"
    back = list_patients(session, reader, text=text, sort=sort, bookmark=pages[2].previous_bookmark)
    assert back.rows == pages[1].rows
    first = list_patients(session, reader, text=text, sort=sort, bookmark=back.previous_bookmark)
    assert first.rows == pages[0].rows and first.previous_bookmark is None


def test_a_forged_bookmark_or_sort_is_refused_with_a_sentence(session: Session, reader: Actor) -> None:
    for number in range(51):
        make_patient(session, family_name=f"Berg {number}")
    of_name = list_patients(session, reader).next_bookmark
    with pytest.raises(DomainError, match="damaged"):
        list_patients(session, reader, sort="birth_date", bookmark=of_name)
    with pytest.raises(DomainError, match="damaged"):
        list_patients(session, reader, bookmark="rubbish")
    with pytest.raises(DomainError, match="cannot be sorted"):
        list_patients(session, reader, sort="id; DROP TABLE patient")


def test_a_search_is_one_statement_and_its_note_and_a_list_two(
    session: Session, reader: Actor, jose: int
) -> None:
    statements: list[str] = []
    connection = session.connection()
    sa.event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
    search_patients(session, reader, text="gar jos 1980-02-03")
    assert len(statements) == 2
    list_patients(session, reader, text="gar", filters=PatientFilters(sex="female"))
    assert len(statements) == 4


def test_the_deceased_stop_ageing_and_estimated_ages_say_so(session: Session, reader: Actor) -> None:
    dead = make_patient(session, deceased_at=dt.datetime(2000, 2, 2, 12, tzinfo=dt.UTC))
    guessed = make_patient(session, birth_date=dt.date(1980, 1, 1), birth_date_precision="year")
    assert get_patient(session, reader, patient_id=dead.key).age == "19 years"
    row = get_patient(session, reader, patient_id=guessed.key)
    assert (row.birth_date, row.age.startswith("about ")) == ("1980", True)


def test_verify_finds_a_missing_key_a_wrong_name_and_a_wrong_number(session: Session) -> None:
    patient = make_patient(session)
    assert all(check(session).ok for check in CHECKS)
    connection = session.connection()
    connection.execute(sa.text("DELETE FROM patient_search_key WHERE key = 'n:berg' AND second_key = ''"))
    connection.execute(sa.text("DELETE FROM name_word WHERE word = 'anna'"))
    connection.execute(
        sa.text("UPDATE patient SET mrn = '10000013', name_sort = 'zzz' WHERE id = :id"), {"id": patient.key}
    )
    assert [check(session).ok for check in CHECKS].count(False) == 4


def test_a_second_refresh_of_the_keys_changes_nothing(session: Session, jose: int) -> None:
    keys = sa.text(
        "SELECT key, second_key, xmin::text FROM patient_search_key WHERE patient_id = :id ORDER BY 1, 2"
    )
    before = session.connection().execute(keys, {"id": jose}).all()
    service.refresh_search_keys(session, [jose])
    assert session.connection().execute(keys, {"id": jose}).all() == before


def test_record_numbers_are_allocated_in_rising_order_and_once(session: Session) -> None:
    numbers = [*service.allocate_mrns(session, 50), service.next_mrn(session)]
    assert numbers == sorted(set(numbers)) and all(rules.is_mrn(number) for number in numbers)
