"""Making one record of two, and two of one again."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted, ReauthenticationNeeded
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.tables import Condition, Encounter, Observation
from hms_app.domain.duplicates import queries as duplicates
from hms_app.domain.duplicates.errors import MergeRefused
from hms_app.domain.duplicates.queries import belongings, list_merges
from hms_app.domain.duplicates.tables import PatientDuplicate, PatientMergeStep
from hms_app.domain.duplicates.values import MERGE_FIELDS, MergedRow, MergeInput, Side
from hms_app.domain.patients import queries as patients
from hms_app.domain.patients import service
from hms_app.domain.patients.errors import RecordClosed
from hms_app.domain.patients.queries import find_survivor, list_patients, search_patients
from hms_app.domain.patients.service.rows import open_patient
from hms_app.domain.patients.tables import Coverage, Patient, PatientSearchKey
from hms_app.domain.patients.values import PatientAction
from hms_app.domain.records.errors import Conflict
from hms_app.domain.workflows.merge_patients import compare_for_merge, merge_patients, undo_merge
from tests.factories.clinical import ALL_KINDS, make_record
from tests.factories.organization import make_payer
from tests.factories.patients import make_patient

ActorWith = Callable[..., Actor]
Merge = Callable[..., MergedRow]
CHECKS = (*patients.CHECKS, *duplicates.CHECKS)


@pytest.fixture
def desk(actor_with: ActorWith) -> Actor:
    clerk = actor_with(
        Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_PATIENT_MERGE, reauthenticated=True
    )
    return replace(clerk, user_id=None)


@pytest.fixture
def chief(everyone_allowed: Actor) -> Actor:
    return replace(everyone_allowed, user_id=None)


def merge(session: Session, actor: Actor, survivor: Patient, merged: Patient, **fields: Any) -> MergedRow:
    for patient in (survivor, merged):
        session.refresh(patient)
    request = MergeInput(
        survivor_id=survivor.key,
        merged_id=merged.key,
        survivor_version=survivor.version,
        merged_version=merged.version,
        **fields,
    )
    done = merge_patients(session, actor, request=request)
    for patient in (survivor, merged):
        session.refresh(patient)
    return done


@pytest.fixture
def anna(session: Session) -> Patient:
    return make_patient(session, phones=("617 555 0147",), birth_place="")


@pytest.fixture
def ana(session: Session) -> Patient:
    return make_patient(session, given_names="Ana", phones=("617 555 0199",), birth_place="Salem")


def test_the_survivor_gets_everything_of_every_domain(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    visit = make_record(session, Encounter, ana)
    for kind in ALL_KINDS[1:]:
        make_record(session, kind, ana, **({"encounter_id": visit.key} if kind is Condition else {}))
    done = merge(session, desk, anna, ana)
    assert done.moved == len(ALL_KINDS) + 1
    assert done.left == 0
    for place in belongings():
        left = session.connection().exec_driver_sql(
            f"SELECT count(*) FROM {place.table} WHERE {place.column} = %(id)s", {"id": ana.key}
        )
        assert left.scalar_one() == 0, place
    assert (ana.status, ana.merged_into_id) == ("merged", anna.key)


def test_every_table_that_names_a_patient_follows_or_says_why_not(session: Session) -> None:
    keys = session.connection().exec_driver_sql(
        "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " WHERE c.contype = 'f' AND c.confrelid = 'patient'::regclass AND cardinality(c.conkey) = 1"
    )
    marked = {
        table.name
        for table in Patient.metadata.sorted_tables
        if {"stays_at_merge", "append_only"} & set(table.info)
    }
    follow = {(place.table, place.column) for place in belongings()}
    assert {(t, c) for t, c in keys if t not in marked | {"patient"}} <= follow


def test_the_values_chosen_stay_and_what_only_one_says_is_taken_over(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    merge(session, desk, anna, ana, choices={"given_names": Side.MERGED})
    assert (anna.given_names, anna.birth_place, anna.name_sort) == ("Ana", "Salem", "berg ana")


def test_a_choice_can_leave_a_field_empty(session: Session, desk: Actor, anna: Patient, ana: Patient) -> None:
    merge(session, desk, anna, ana, choices={"birth_place": Side.SURVIVOR})
    assert anna.birth_place == ""


def test_a_restricted_record_makes_the_survivor_restricted(
    session: Session, chief: Actor, anna: Patient
) -> None:
    hidden = make_patient(session, is_restricted=True)
    done = merge(session, chief, anna, hidden)
    assert anna.is_restricted
    undo_merge(session, chief, merge_id=done.id)
    session.refresh(anna)
    assert not anna.is_restricted


def test_the_old_number_and_name_find_the_survivor(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    merge(session, desk, anna, ana)
    for text in (ana.mrn, "Ana Berg", "617 555 0199"):
        assert [row.id for row in search_patients(session, desk, text=text)] == [anna.key], text
    assert [row.id for row in list_patients(session, desk).rows] == [anna.key]
    assert find_survivor(session, desk, patient_id=ana.key) == anna.key
    assert find_survivor(session, desk, patient_id=anna.key) is None


def test_it_is_told_in_the_trail_of_both(session: Session, desk: Actor, anna: Patient, ana: Patient) -> None:
    done = merge(session, desk, anna, ana, reason="Same passport shown")
    undo_merge(session, desk, merge_id=done.id, reason="Two sisters")
    noted = audit.noted(session)
    assert noted.count("patients.patient.merged") == 2
    assert noted.count("patients.patient.unmerged") == 2


def test_a_second_primary_coverage_becomes_a_secondary_one_and_primary_again(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    payer = make_payer(session)
    mine, other = (
        Coverage(patient_id=p.key, payer_id=payer.id, rank="primary", starts_on=dt.date(2024, 1, 1))
        for p in (anna, ana)
    )
    session.add_all([mine, other])
    session.flush()
    done = merge(session, desk, anna, ana)
    session.refresh(other)
    assert (other.patient_id, other.rank) == (anna.key, "secondary")
    undo_merge(session, desk, merge_id=done.id)
    session.refresh(other)
    assert (other.patient_id, other.rank) == (ana.key, "primary")


def test_the_same_patient_twice_is_refused(session: Session, desk: Actor, anna: Patient) -> None:
    with pytest.raises(MergeRefused, match="one record, not two"):
        merge(session, desk, anna, anna)


@pytest.mark.parametrize("place", [0, 1])
def test_an_admitted_patient_is_not_merged(
    session: Session, desk: Actor, anna: Patient, ana: Patient, place: int
) -> None:
    make_record(session, Encounter, (anna, ana)[place], status="in_progress", encounter_class="inpatient")
    with pytest.raises(MergeRefused, match="admitted"):
        merge(session, desk, anna, ana)
    compared = compare_for_merge(session, desk, first_id=anna.key, second_id=ana.key)
    assert "is admitted" in compared.obstacles[0]


def test_different_sexes_want_a_written_reason(session: Session, desk: Actor, anna: Patient) -> None:
    john = make_patient(session, sex_at_birth="male")
    with pytest.raises(MergeRefused) as refusal:
        merge(session, desk, anna, john, reason="  ")
    assert refusal.value.field == "reason"
    assert merge(session, desk, anna, john, reason="Mistyped at night").reason == "Mistyped at night"


def test_an_unknown_sex_wants_none(session: Session, desk: Actor, anna: Patient) -> None:
    assert merge(session, desk, anna, make_patient(session, sex_at_birth="unknown")).is_standing


def test_a_record_entered_in_error_is_not_merged(session: Session, desk: Actor, anna: Patient) -> None:
    with pytest.raises(MergeRefused, match="entered in error"):
        merge(session, desk, anna, make_patient(session, status="entered_in_error"))


def test_a_merged_record_is_not_merged_again(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    merge(session, desk, anna, ana)
    with pytest.raises(MergeRefused, match="merged already"):
        merge(session, desk, make_patient(session), ana)


def test_a_restricted_record_is_merged_only_by_who_may_see_it(
    session: Session, desk: Actor, anna: Patient
) -> None:
    with pytest.raises(NotFound):
        merge(session, desk, anna, make_patient(session, is_restricted=True))


def test_who_may_not_merge_is_refused(
    session: Session, actor_with: ActorWith, anna: Patient, ana: Patient
) -> None:
    with pytest.raises(NotPermitted):
        merge(session, actor_with(Permission.PATIENTS_PATIENT_READ), anna, ana)


def test_it_wants_the_password_again(
    session: Session, actor_with: ActorWith, anna: Patient, ana: Patient
) -> None:
    careless = actor_with(Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_PATIENT_MERGE)
    with pytest.raises(ReauthenticationNeeded):
        merge(session, careless, anna, ana)
    with pytest.raises(ReauthenticationNeeded):
        undo_merge(session, careless, merge_id=1)


def test_a_record_changed_since_it_was_compared_is_not_merged(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    request = MergeInput(
        survivor_id=anna.key, merged_id=ana.key, survivor_version=anna.version, merged_version=ana.version + 1
    )
    with pytest.raises(Conflict):
        merge_patients(session, desk, request=request)


def test_an_unknown_choice_is_refused(session: Session, desk: Actor, anna: Patient, ana: Patient) -> None:
    with pytest.raises(DomainError):
        merge(session, desk, anna, ana, choices={"mrn": Side.MERGED})


def test_a_merged_record_takes_no_more_changes(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    merge(session, desk, anna, ana)
    with pytest.raises(RecordClosed):
        open_patient(session, desk, ana.key)


def test_a_chain_leads_to_its_end_and_is_undone_from_the_end(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    anja = make_patient(session, given_names="Anja")
    note = make_record(session, Condition, ana)
    first = merge(session, desk, anna, ana)
    second = merge(session, desk, anja, anna)
    assert find_survivor(session, desk, patient_id=ana.key) == anja.key
    assert [row.id for row in search_patients(session, desk, text=ana.mrn)] == [anja.key]
    with pytest.raises(MergeRefused, match="itself merged"):
        undo_merge(session, desk, merge_id=first.id)
    undo_merge(session, desk, merge_id=second.id)
    assert find_survivor(session, desk, patient_id=ana.key) == anna.key
    undo_merge(session, desk, merge_id=first.id)
    session.refresh(note)
    assert note.patient_id == ana.key


def test_of_two_merges_into_one_record_the_later_is_undone_first(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    first = merge(session, desk, anna, ana)
    second = merge(session, desk, anna, make_patient(session, given_names="Anja"))
    with pytest.raises(MergeRefused, match="later"):
        undo_merge(session, desk, merge_id=first.id)
    undo_merge(session, desk, merge_id=second.id)
    undo_merge(session, desk, merge_id=first.id)


def test_a_merge_is_undone_once(session: Session, desk: Actor, anna: Patient, ana: Patient) -> None:
    done = merge(session, desk, anna, ana)
    undone = undo_merge(session, desk, merge_id=done.id, reason="Two sisters")
    assert (undone.is_standing, undone.undone_reason) == (False, "Two sisters")
    with pytest.raises(MergeRefused, match="already"):
        undo_merge(session, desk, merge_id=done.id)
    with pytest.raises(NotFound):
        undo_merge(session, desk, merge_id=10**9)
    assert [row.id for row in list_merges(session, desk, patient_id=anna.key)] == [done.id]


def test_what_came_after_the_merge_stays_and_what_belongs_to_a_visit_goes_with_it(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    visit = make_record(session, Encounter, ana)
    done = merge(session, desk, anna, ana)
    session.refresh(visit)
    later = make_record(session, Condition, anna)
    of_visit = make_record(session, Observation, anna, encounter_id=visit.key)
    undo_merge(session, desk, merge_id=done.id)
    for row in (later, of_visit):
        session.refresh(row)
    assert (later.patient_id, of_visit.patient_id) == (anna.key, ana.key)


def test_a_field_changed_after_the_merge_keeps_the_later_value(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    done = merge(session, desk, anna, ana, choices={"given_names": Side.MERGED})
    anna.birth_place = "Boston"
    session.flush()
    undone = undo_merge(session, desk, merge_id=done.id)
    session.refresh(anna)
    assert (anna.birth_place, anna.given_names, anna.name_sort) == ("Boston", "Anna", "berg anna")
    assert undone.kept == ("Place of birth",)


def test_an_entry_tied_to_the_other_record_since_holds_the_undoing_up(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    visit = make_record(session, Encounter, anna)
    note = make_record(session, Condition, ana)
    done = merge(session, desk, anna, ana)
    session.refresh(note)
    note.encounter_id = visit.key
    session.flush()
    with pytest.raises(MergeRefused, match="tied to the other record"):
        undo_merge(session, desk, merge_id=done.id)


def test_the_pair_on_the_worklist_follows(session: Session, desk: Actor, anna: Patient, ana: Patient) -> None:
    pair = PatientDuplicate(
        first_id=anna.key, second_id=ana.key, weight=Decimal(30), found_at=anna.created_at
    )
    session.add(pair)
    session.flush()
    done = merge(session, desk, anna, ana)
    assert pair.status == "merged"
    undo_merge(session, desk, merge_id=done.id)
    assert (pair.status, pair.decided_at) == ("open", None)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE patient SET merged_into_id = {a} WHERE id = {a}", "ck_patient_"),
        ("UPDATE patient SET status = 'merged' WHERE id = {a}", "ck_patient_merged_into_one"),
        (
            "UPDATE patient SET status = 'merged', merged_into_id = {b} WHERE id = {a}",
            "only into one that is in use",
        ),
        ("DELETE FROM patient_merge", "merge log is only added to"),
        ("UPDATE patient_merge SET steps = 0", "merge log is only added to"),
        ("DELETE FROM patient_merge_step", "permission denied"),
        ("UPDATE patient_merge_step SET row_id = 1", "permission denied"),
    ],
)
def test_the_database_refuses_a_cycle_and_a_changed_log(
    session: Session, desk: Actor, anna: Patient, ana: Patient, statement: str, constraint: str
) -> None:
    merge(session, desk, anna, ana)
    with pytest.raises(sa.exc.DBAPIError, match=constraint):
        session.connection().exec_driver_sql(statement.format(a=anna.key, b=ana.key))


def test_the_checks_hold_after_a_merge_and_after_its_undoing(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    make_record(session, Condition, ana)
    done = merge(session, desk, anna, ana)
    session.flush()
    assert [check.problems for run in CHECKS if not (check := run(session)).ok] == []
    undo_merge(session, desk, merge_id=done.id)
    session.flush()
    assert [check.problems for run in CHECKS if not (check := run(session)).ok] == []


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE condition SET patient_id = {b} WHERE patient_id = {a}",
        "UPDATE patient SET status = 'active', merged_into_id = NULL WHERE id = {b}",
    ],
)
def test_a_broken_merge_log_is_told(
    session: Session, desk: Actor, anna: Patient, ana: Patient, broken: str
) -> None:
    make_record(session, Condition, ana)
    merge(session, desk, anna, ana)
    session.flush()
    session.connection().exec_driver_sql(broken.format(a=anna.key, b=ana.key))
    problems = [problem for run in CHECKS for problem in run(session).problems]
    assert any(ana.mrn in problem for problem in problems)


# The identity.

_names = st.sampled_from(["", "Anna", "Berg", "Ana María", "Olm"])
_people = st.fixed_dictionaries(
    {
        "family_name": st.sampled_from(["Berg", "Olm"]),
        "given_names": _names,
        "maiden_name": _names,
        "birth_date": st.sampled_from([None, dt.date(1980, 2, 3), dt.date(1981, 3, 4)]),
        "deceased_at": st.sampled_from([None, dt.datetime(2020, 5, 6, 12, 30, 1, 123456, dt.UTC)]),
        "language": st.sampled_from(["", "en", "es"]),
        "is_restricted": st.booleans(),
        "status": st.sampled_from(["active", "inactive"]),
        "phones": st.sampled_from([(), ("617 555 0147",)]),
        "identifiers": st.sampled_from([(), ("X1",)]),
    }
)
_kinds = st.lists(st.sampled_from(ALL_KINDS[1:]), max_size=4)
_choices = st.dictionaries(st.sampled_from([field.name for field in MERGE_FIELDS]), st.sampled_from(Side))


def everything(session: Session) -> dict[str, list[Any]]:
    """Every row of every table but the logs, as JSON; a record's version and time of change only ever rise."""
    session.flush()
    tables = {table.name for table in Patient.metadata.sorted_tables}
    logs = {
        "patient_merge",
        "patient_merge_step",
        "audit_entry",
        "audit_chain_head",
        "import_row",
        "name_word",
    }
    found = {}
    for table in sorted(tables - logs):
        rows = session.connection().exec_driver_sql(
            f"SELECT to_jsonb(t) - CASE WHEN '{table}' = 'patient' THEN ARRAY['version', 'updated_at']"
            f" ELSE '{{}}'::text[] END AS row FROM {table} t"
        )
        found[table] = sorted(map(str, rows.scalars()))
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.tuples(_people, _people),
    kinds=st.tuples(_kinds, _kinds),
    visits=st.booleans(),
    choices=_choices,
)
def test_merging_and_undoing_is_the_identity_over_all_tables(
    connection: sa.Connection,
    chief: Actor,
    people: tuple[dict[str, Any], dict[str, Any]],
    kinds: tuple[list[Any], list[Any]],
    visits: bool,
    choices: dict[str, Side],
) -> None:
    with connection.begin_nested() as example:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            payer = make_payer(session)
            patients = [make_patient(session, **person) for person in people]
            for patient, chosen in zip(patients, kinds, strict=True):
                visit = make_record(session, Encounter, patient) if visits else None
                for kind in chosen:
                    make_record(session, kind, patient, **({"encounter_id": visit.key} if visit else {}))
                session.add(Coverage(patient_id=patient.key, payer_id=payer.id, rank="primary"))
            before = everything(session)
            done = merge(session, chief, *patients, choices=choices)
            assert everything(session) != before
            undo_merge(session, chief, merge_id=done.id)
            assert everything(session) == before
        example.rollback()


# Races, on a database of their own: the merge log cannot be swept away.


def committed_pair() -> tuple[Patient, Patient]:
    with db.transaction() as session:
        pair = make_patient(session), make_patient(session, given_names="Ana")
        for patient in pair:
            audit.record(session, Actor.system("race"), PatientAction.PATIENT_MERGED, patient)
    return pair


def at_once(*work: Callable[[Session], Any]) -> list[Any]:
    barrier = Barrier(len(work))

    def run(part: Callable[[Session], Any]) -> Any:
        barrier.wait(timeout=20)
        try:
            return db.in_transaction(part)
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


@pytest.mark.usefixtures("committing")
def test_of_two_opposite_merges_at_once_one_is_refused() -> None:
    system = Actor.system("race")
    for _ in range(5):
        a, b = committed_pair()

        def request(survivor: Patient, merged: Patient) -> MergeInput:
            return MergeInput(
                survivor_id=survivor.key, merged_id=merged.key, survivor_version=1, merged_version=1
            )

        there, back = request(a, b), request(b, a)
        outcomes = at_once(
            lambda session, there=there: merge_patients(session, system, request=there),  # type: ignore[misc]
            lambda session, back=back: merge_patients(session, system, request=back),  # type: ignore[misc]
        )
        assert sorted(isinstance(outcome, MergedRow) for outcome in outcomes) == [False, True]
        with db.transaction() as session:
            statuses = [session.get_one(Patient, patient.key).status for patient in (a, b)]
        assert sorted(statuses) == ["active", "merged"]


@pytest.mark.usefixtures("committing")
def test_an_edit_and_a_merge_at_once_lose_nothing() -> None:
    system = Actor.system("race")
    for _ in range(5):
        a, b = committed_pair()
        request = MergeInput(survivor_id=a.key, merged_id=b.key, survivor_version=1, merged_version=1)

        def edit(session: Session, patient_id: int = b.key) -> str:
            patient = open_patient(session, system, patient_id)
            coverage_free = Condition(patient_id=patient.key, display="Added", occurred_at=patient.created_at)
            session.add(coverage_free)
            session.flush()
            audit.record(session, system, PatientAction.PATIENT_MERGED, coverage_free)
            return "written"

        merged, edited = at_once(
            lambda session, request=request: merge_patients(session, system, request=request),  # type: ignore[misc]
            edit,
        )
        assert isinstance(merged, MergedRow)
        with db.transaction() as session:
            owners = set(session.exec(select(Condition.patient_id).where(Condition.patient_id == b.key)))
            steps = session.exec(select(PatientMergeStep).where(PatientMergeStep.merge_id == merged.id)).all()
        assert owners == set()
        assert (edited == "written") == any(step.table_name == "condition" for step in steps)


def test_search_keys_of_a_merged_record_are_the_survivors(
    session: Session, desk: Actor, anna: Patient, ana: Patient
) -> None:
    merge(session, desk, anna, ana)
    service.refresh_search_keys(session, [ana.key, anna.key])
    keys = session.exec(select(PatientSearchKey).where(PatientSearchKey.patient_id == ana.key)).all()
    assert keys == []
