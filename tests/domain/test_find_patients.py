"""The patient list with the filters of the whole house: the right rows, by either road, for whoever may."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.service.entries import unwritten
from hms_app.domain.clinical.tables import Condition, Encounter
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries import listing
from hms_app.domain.patients.tables import Coverage, Patient, PatientAddress
from hms_app.domain.patients.values import COLUMNS, ListedPatient
from hms_app.domain.workflows.find_patients import (
    NARROWED_BY,
    PatientQuestion,
    export_patients,
    find_patients,
    note_export,
)
from hms_app.state.lists.kinds import SEARCH
from hms_app.state.patients.patient_list import PATIENTS
from hms_app.state.patients.rows import listed_item
from tests.factories import organization
from tests.factories.clinical import make_record
from tests.factories.patients import make_patient

ActorWith = Callable[..., Actor]


def understood(actor: Actor, **asked: Any) -> PatientQuestion:
    """What the list's address asks for."""
    known = PATIENTS.understood({**asked, SEARCH: asked.get("text", "")})
    return PatientQuestion(**PATIENTS.wanted(actor, known))


def ask(session: Session, actor: Actor, **asked: Any) -> list[int]:
    question = understood(actor, **asked)
    return [row.patient.id for row in find_patients(session, actor, question=question).rows]


def days_ago(days: int) -> dt.datetime:
    return clock.now() - dt.timedelta(days=days)


@pytest.fixture(params=["all are known", "few are picked", "many are asked"])
def _each_road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "all are known":
        monkeypatch.setattr(listing, "COUNT_CAP", -1)
    if request.param == "many are asked":
        monkeypatch.setattr(listing, "FEW", -1)


@pytest.fixture
def house(session: Session) -> dict[str, str]:
    """A hospital with a department, a practitioner in it and two payers."""
    department = organization.make_department(session)
    return {
        "department": str(department.id),
        "practitioner": str(organization.make_practitioner(session).id),
        "payer": str(organization.make_payer(session).id),
        "other_payer": str(organization.make_payer(session, name="Another payer").id),
    }


@pytest.mark.usefixtures("_each_road")
def test_each_filter_keeps_just_those_it_names(
    session: Session, everyone_allowed: Actor, house: dict[str, str]
) -> None:
    here, elsewhere, nobody = (
        make_patient(session, family_name=name, sex_at_birth=sex, birth_date=dt.date(1980, 1, 1))
        for name, sex in (("Ames", "female"), ("Bell", "male"), ("Cole", "male"))
    )
    for _ in range(2):
        make_record(
            session, Encounter, here,
            department_id=int(house["department"]), practitioner_id=int(house["practitioner"]),
        )  # fmt: skip
    make_record(session, Encounter, nobody, department_id=int(house["department"]), status="cancelled")
    make_record(session, Condition, here, code="44054006")
    make_record(session, Condition, nobody, code="44054006", status="entered_in_error")
    for patient, payer, ends in (
        (here, "payer", None),
        (elsewhere, "payer", dt.date(2020, 1, 1)),
        (nobody, "other_payer", None),
    ):
        session.add(
            Coverage(
                patient_id=patient.key,
                payer_id=int(house[payer]),
                starts_on=dt.date(2019, 1, 1),
                ends_on=ends,
            )
        )
    session.flush()
    for part, value in (
        ("department", house["department"]),
        ("practitioner", house["practitioner"]),
        ("payer", house["payer"]),
        ("condition", "44054006"),
    ):
        assert ask(session, everyone_allowed, **{part: value}) == [here.id], part
    assert ask(session, everyone_allowed, condition="44054006", payer=house["other_payer"]) == []
    both = {"condition": "44054006", "payer": house["payer"]}
    assert ask(session, everyone_allowed, **both, text="ames") == [here.id]
    assert ask(session, everyone_allowed, **both, sex="female", age_from="40") == [here.id]
    assert ask(session, everyone_allowed, **both, sex="male") == []
    assert ask(session, everyone_allowed, sex="male", age_from="40") == [elsewhere.id, nobody.id]
    assert ask(session, everyone_allowed, last_visit="never", department=house["department"]) == []


def test_last_visits_are_kept_by_the_database(session: Session, everyone_allowed: Actor) -> None:
    recent, old, never = (make_patient(session, family_name=name) for name in ("Ames", "Bell", "Cole"))
    make_record(session, Encounter, recent, occurred_at=days_ago(400))
    visit = make_record(session, Encounter, recent, occurred_at=days_ago(3))
    make_record(session, Encounter, old, occurred_at=days_ago(500))
    make_record(session, Encounter, never, occurred_at=days_ago(1), status="planned")

    def seen(**asked: str) -> list[list[int]]:
        return [
            ask(session, everyone_allowed, last_visit=band) for band in ("30", "365", "over-365", "never")
        ]

    assert seen() == [[recent.id], [recent.id], [old.id], [never.id]]
    visit.status = "entered_in_error"
    session.flush()
    assert seen() == [[], [], [recent.id, old.id], [never.id]]
    make_record(session, Encounter, recent, occurred_at=days_ago(3)).patient_id = never.key
    session.flush()
    assert seen() == [[never.id], [never.id], [recent.id, old.id], []]
    assert ask(session, everyone_allowed, sort="-last_visit") == [never.id, recent.id, old.id]


def test_ages_are_completed_years_with_both_ends(session: Session, everyone_allowed: Actor) -> None:
    today = everyone_allowed.locale.today()
    birthday = make_patient(session, birth_date=today.replace(year=today.year - 40, day=min(today.day, 28)))
    assert ask(session, everyone_allowed, age_from="40", age_to="40") == [birthday.id]
    assert ask(session, everyone_allowed, age_from="41") == []


@pytest.mark.parametrize("part", NARROWED_BY)
def test_a_filter_wants_the_right_to_see_what_it_tells(
    session: Session, actor_with: ActorWith, part: str
) -> None:
    value = {"last_visit": "30", "condition": "44054006"}.get(part, "1")
    reader = actor_with(Permission.PATIENTS_PATIENT_READ)
    with pytest.raises(NotPermitted):
        ask(session, reader, **{part: value})
    ask(session, actor_with(Permission.PATIENTS_PATIENT_READ, NARROWED_BY[part]), **{part: value})


def test_nobody_learns_of_last_visits_by_sorting(session: Session, actor_with: ActorWith) -> None:
    with pytest.raises(NotPermitted):
        ask(session, actor_with(Permission.PATIENTS_PATIENT_READ), sort="last_visit")


def test_a_column_is_left_out_for_whoever_may_not_see_it(session: Session, actor_with: ActorWith) -> None:
    patient = make_patient(session, phones=("+16175550143",))
    session.add(PatientAddress(patient_id=patient.key, city="Attleboro"))
    session.flush()
    question = PatientQuestion(columns=("name", "phone", "city"))
    reader = actor_with(Permission.PATIENTS_PATIENT_READ)
    assert understood(reader, columns="name.phone.city").columns == ("name",)
    [row] = find_patients(session, reader, question=question).rows
    assert (row.patient.id, row.phone, row.city) == (patient.id, None, None)
    allowed = actor_with(Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_CONTACT_READ)
    assert understood(allowed, columns="name.phone.city").columns == question.columns
    [row] = find_patients(session, allowed, question=question).rows
    assert (row.phone, row.city) == ("+16175550143", "Attleboro")
    shown = listed_item(row, allowed)
    assert shown["phone"] == rules.written("+16175550143", allowed.locale.country)


def test_a_page_takes_as_many_statements_with_fifty_rows_as_with_one(
    session: Session, everyone_allowed: Actor, house: dict[str, str]
) -> None:
    question = PatientQuestion(columns=tuple(COLUMNS), condition="1")

    def statements() -> int:
        counted: list[str] = []
        connection = session.connection()

        def note(*arguments: object) -> None:
            counted.append(str(arguments[2]))

        sa.event.listen(connection, "before_cursor_execute", note)
        find_patients(session, everyone_allowed, question=question)
        sa.event.remove(connection, "before_cursor_execute", note)
        return len(counted)

    make_record(session, Condition, make_patient(session))
    with_one = statements()
    for _ in range(49):
        make_record(session, Condition, make_patient(session))
    assert statements() == with_one


def exported(session: Session, actor: Actor, question: PatientQuestion) -> list[ListedPatient]:
    page = export_patients(session, actor, question=question)
    rows = [*page.rows]
    while page.next_bookmark:
        page = export_patients(session, actor, question=question, at=page.next_bookmark)
        rows += page.rows
    return rows


def test_an_export_is_exactly_the_list_and_stands_in_the_trail(
    session: Session, everyone_allowed: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hms_app.domain.workflows.find_patients.EXPORTED_AT_ONCE", 2)
    for number in range(5):
        make_patient(session, family_name=f"Ames{number}", sex_at_birth="male")
    make_patient(session, family_name="Ames9", sex_at_birth="female")
    question = understood(everyone_allowed, sex="male", sort="-name", columns="mrn", text="ames")
    listed = find_patients(session, everyone_allowed, question=question).rows
    assert question.columns == ("name", "mrn")
    assert exported(session, everyone_allowed, question) == listed
    assert len(listed) == 5
    note_export(session, everyone_allowed, question=question, kind="csv")
    assert audit.noted(session)[-1] == "patients.list.exported"
    looks = [entry for entry in unwritten(session) if entry["after"].get("place") == "patients file"]
    assert [len(look["shown"]) for look in looks] == [2, 2, 1]
    assert {key for look in looks for key in look["shown"]} == {row.patient.id for row in listed}


def test_whoever_may_not_download_lists_gets_none(session: Session, actor_with: ActorWith) -> None:
    reader = actor_with(Permission.PATIENTS_PATIENT_READ)
    for use_case in (lambda: note_export(session, reader, question=PatientQuestion(), kind="csv"),
                     lambda: export_patients(session, reader, question=PatientQuestion())):  # fmt: skip
        with pytest.raises(NotPermitted):
            use_case()
    exporter = actor_with(Permission.PATIENTS_LIST_EXPORT)
    with pytest.raises(NotPermitted):
        export_patients(session, exporter, question=PatientQuestion())


def test_a_restricted_patient_is_in_no_list_and_no_export(session: Session, actor_with: ActorWith) -> None:
    hidden: Patient = make_patient(
        session, family_name="Hidden", is_restricted=True, phones=("617 555 0199",)
    )
    make_record(session, Condition, hidden, code="7")
    make_record(session, Encounter, hidden, occurred_at=days_ago(2))
    everything = [right for right in Permission if right != Permission.PATIENTS_RESTRICTED_READ]
    reader = actor_with(*everything)
    for asked in (
        {},
        {"text": "hidden"},
        {"text": "6175550199"},
        {"text": hidden.mrn},
        {"condition": "7"},
        {"last_visit": "30"},
    ):
        found = find_patients(session, reader, question=understood(reader, **asked))
        assert (found.rows, found.count_label) == ([], "0"), asked
    assert exported(session, reader, PatientQuestion()) == []
    assert ask(session, actor_with(*Permission), condition="7") == [hidden.id]


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE patient; --", "1 OR 1=1", "\0", "٣", "9" * 30, "-1", "name,mrn", "🏥"]
)
def test_what_is_no_known_word_falls_away(text: str) -> None:
    asked = PATIENTS.understood(dict.fromkeys([*PATIENTS.understood({}), SEARCH], text))
    kept = {name for name, known in asked.items() if known}
    assert kept <= {SEARCH, "sort", "condition"}
    assert asked["sort"] == "name" and "\0" not in asked[SEARCH]
