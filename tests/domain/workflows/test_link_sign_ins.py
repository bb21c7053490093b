"""A sign-in opens another record only by number and birth date, with the password, and nobody is left unaware."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted, ReauthenticationNeeded
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.duplicates.values import MergeInput
from hms_app.domain.patients.queries import list_patient_notices
from hms_app.domain.patients.tables import Patient
from hms_app.domain.security.service import edit_user
from hms_app.domain.security.tables import AppUser, Notice
from hms_app.domain.security.values import LinkInput, LinkOutcome, SecurityAction, UserEdit
from hms_app.domain.workflows.link_sign_ins import check_linked_sign_ins, link_sign_in, unlink_sign_in
from hms_app.domain.workflows.merge_patients import merge_patients, undo_merge
from tests.factories.patients import make_patient
from tests.factories.security import make_user, signed_in

ActorWith = Callable[..., Actor]
BORN = "3 Feb 1980"
REFUSED = "No record has this number and this date of birth"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time that passes only when it is told to."""
    with time_machine.travel("2026-11-24T09:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def administrator(actor_with: ActorWith) -> Actor:
    """Somebody who may link sign-ins and has just confirmed the password, but may know of no patient."""
    return actor_with(Permission.SECURITY_USER_LINK, Permission.SECURITY_USER_EDIT, reauthenticated=True)


@pytest.fixture
def anna(session: Session) -> AppUser:
    """A patient's sign-in that opens no record yet."""
    return make_user(session, "patient", name="Anna Berg")


def link(session: Session, actor: Actor, user: AppUser, patient: Patient, birth: str = BORN) -> LinkOutcome:
    request = LinkInput(mrn=f" {patient.mrn[:4]} {patient.mrn[4:]}", birth=birth)
    return link_sign_in(session, actor, user_id=user.key, version=user.version, request=request)


def entries(session: Session, action: str) -> list[AuditEntry]:
    found = select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.id))
    return list(session.exec(found))


def done(work: Callable[[Session], Any]) -> Any:
    """A transaction of its own, so that the trail has it."""
    with db.transaction() as session:
        return work(session)


def notices(session: Session, user: AppUser) -> list[str]:
    return list(session.exec(select(Notice.title).where(Notice.user_id == user.key).order_by(col(Notice.id))))


def told(session: Session, patient: Patient) -> list[str]:
    reader = Actor(1, "x", frozenset({Permission.PORTAL_RECORD_READ}), session_id=1, patient_id=patient.key)
    return [row.words for row in list_patient_notices(session, reader)]


def test_a_sign_in_is_turned_by_number_and_birth_date_and_both_patients_know(
    session: Session, administrator: Actor, anna: AppUser
) -> None:
    mine, other = make_patient(session), make_patient(session)
    guardian = make_user(session, "patient", patient_id=mine.key)
    signed_in(session, anna)
    session.commit()
    assert done(lambda s: link(s, administrator, anna, mine)).ok
    session.refresh(anna)
    assert anna.patient_id == mine.key
    assert done(lambda s: link(s, administrator, anna, other)).ok
    session.refresh(anna)
    assert anna.patient_id == other.key
    linked, unlinked = (
        entries(session, "security.sign_in.linked"),
        entries(session, "security.sign_in.unlinked"),
    )
    assert [entry.patient_id for entry in linked] == [mine.key, other.key]
    assert [entry.patient_id for entry in unlinked] == [mine.key]
    assert {entry.subject_id for entry in (*linked, *unlinked)} == {anna.key}
    assert notices(session, anna) == ["Your sign-in opens another record now"] * 2
    assert notices(session, guardian) == ["Who can open your record has changed"] * 2
    assert told(session, mine) == [
        "A sign-in that could open your record was unlinked from it.",
        "A sign-in was linked to your record and can open it.",
    ]
    assert told(session, other) == ["A sign-in was linked to your record and can open it."]
    live = sa.text("SELECT count(*) FROM user_session WHERE user_id = :id AND ended_at IS NULL")
    assert session.execute(live, {"id": anna.key}).scalar_one() == 0


def test_a_sign_in_is_unlinked_with_the_same_care(
    session: Session, administrator: Actor, anna: AppUser
) -> None:
    mine = make_patient(session)
    anna.patient_id = mine.key
    session.commit()
    unlink = {"user_id": anna.key, "version": anna.version}
    with pytest.raises(ReauthenticationNeeded):
        unlink_sign_in(session, replace(administrator, reauthenticated=False), **unlink)
    assert done(lambda s: unlink_sign_in(s, administrator, **unlink)).ok
    session.refresh(anna)
    assert anna.patient_id is None
    assert [entry.patient_id for entry in entries(session, "security.sign_in.unlinked")] == [mine.key]
    assert notices(session, anna) == ["Your sign-in no longer opens a record"]
    with pytest.raises(DomainError, match="opens no record"):
        unlink_sign_in(session, administrator, user_id=anna.key, version=anna.version)


def test_without_the_right_or_a_fresh_password_nothing_is_linked(
    session: Session, actor_with: ActorWith, administrator: Actor, anna: AppUser
) -> None:
    patient = make_patient(session)
    with pytest.raises(NotPermitted):
        link(session, actor_with(Permission.SECURITY_USER_EDIT, reauthenticated=True), anna, patient)
    with pytest.raises(ReauthenticationNeeded):
        link(session, replace(administrator, reauthenticated=False), anna, patient)


def test_editing_a_user_never_touches_the_record_it_opens(
    session: Session, administrator: Actor, anna: AppUser
) -> None:
    patient = make_patient(session)
    anna.patient_id = patient.key
    session.flush()
    forged = UserEdit.model_validate(
        {"name": "Anne", "email": anna.email, "version": anna.version, "patient_id": 99}
    )
    edit_user(session, administrator, user_id=anna.key, request=forged)
    assert (anna.name, anna.patient_id) == ("Anne", patient.key)


@pytest.mark.parametrize(
    ("birth", "fields"),
    [
        ("4 Feb 1980", {}),
        ("1980", {}),
        ("46 y", {}),
        (BORN, {"is_restricted": True}),
        (BORN, {"status": "entered_in_error", "status_reason": "Twice"}),
        (BORN, {"birth_date": None}),
    ],
)
def test_a_wrong_date_a_closed_and_a_restricted_record_are_refused_alike(
    session: Session, administrator: Actor, anna: AppUser, birth: str, fields: dict[str, Any]
) -> None:
    patient = make_patient(session, **fields)
    session.commit()
    outcome = done(lambda s: link(s, administrator, anna, patient, birth))
    assert (outcome.ok, outcome.sentence.partition(",")[0]) == (False, REFUSED)
    session.refresh(anna)
    assert anna.patient_id is None
    (refused,) = entries(session, "security.sign_in.link_refused")
    assert (refused.subject_id, refused.patient_id) == (anna.key, None)
    assert notices(session, anna) == []


def test_whoever_may_see_restricted_records_may_link_one(
    session: Session, actor_with: ActorWith, anna: AppUser
) -> None:
    patient = make_patient(session, is_restricted=True)
    officer = actor_with(
        Permission.SECURITY_USER_LINK, Permission.PATIENTS_RESTRICTED_READ, reauthenticated=True
    )
    assert link(session, officer, anna, patient).ok


def test_a_year_that_is_all_that_is_known_is_enough(
    session: Session, administrator: Actor, anna: AppUser
) -> None:
    patient = make_patient(session, birth_date=dt.date(1980, 1, 1), birth_date_precision="year")
    assert not link(session, administrator, anna, patient, "1 Jan 1980").ok
    assert link(session, administrator, anna, patient, "1980").ok


def test_a_sign_in_of_a_restricted_record_is_not_turned_away_by_who_may_not_see_it(
    session: Session, administrator: Actor, anna: AppUser
) -> None:
    hidden, other = make_patient(session, is_restricted=True), make_patient(session)
    anna.patient_id = hidden.key
    session.flush()
    with pytest.raises(DomainError, match="neither link nor unlink"):
        link(session, administrator, anna, other)
    with pytest.raises(DomainError, match="neither link nor unlink"):
        unlink_sign_in(session, administrator, user_id=anna.key, version=anna.version)


def test_dates_of_birth_are_not_guessed(
    session: Session, administrator: Actor, anna: AppUser, clock: time_machine.Traveller
) -> None:
    patient = make_patient(session)
    session.commit()

    def said(date_of_birth: str) -> str:
        return str(done(lambda s: link(s, administrator, anna, patient, date_of_birth)).sentence)

    sentences = [said(f"{day} Mar 1980") for day in range(1, 9)]
    assert [sentence.startswith(REFUSED) for sentence in sentences] == [True] * 4 + [False] * 4
    assert sentences[-1].startswith("Too many wrong tries. Wait ")
    assert not done(lambda s: link(s, administrator, anna, patient)).ok
    clock.shift(61)
    assert done(lambda s: link(s, administrator, anna, patient)).ok


def test_nobody_and_an_old_form_are_refused(session: Session, administrator: Actor, anna: AppUser) -> None:
    patient = make_patient(session)
    request = LinkInput(mrn=patient.mrn, birth=BORN)
    with pytest.raises(NotFound):
        link_sign_in(session, administrator, user_id=999_999, version=1, request=request)
    with pytest.raises(DomainError, match="saved this user meanwhile"):
        link_sign_in(session, administrator, user_id=anna.key, version=anna.version + 1, request=request)
    with pytest.raises(DomainError) as refusal:
        link(session, administrator, anna, patient, "the third")
    assert refusal.value.field == "birth"
    assert link(session, administrator, anna, patient).ok
    with pytest.raises(DomainError, match="that record already"):
        link(session, administrator, anna, patient)


def _problems() -> list[str]:
    with db.transaction() as session:
        return check_linked_sign_ins(session).problems


def _by_hand(user: AppUser, patient: Patient | None) -> None:
    """What no use case does: the sign-in is turned without a word of it."""
    with db.transaction() as session:
        statement = sa.text("UPDATE app_user SET patient_id = :patient_id WHERE id = :id")
        values = {"id": user.key, "patient_id": patient.key if patient else None}
        session.connection().execute(statement, values)
        audit.record(session, Actor.system("tests"), SecurityAction.WORD_ADDED, "clinic_word")


def test_a_record_that_a_sign_in_opens_without_an_entry_is_found(
    session: Session, administrator: Actor, anna: AppUser
) -> None:
    mine, other = make_patient(session), make_patient(session)
    session.commit()
    assert _problems() == []
    _by_hand(anna, other)
    assert _problems() == [f"User {anna.key} opens a record otherwise than the trail says."]
    _by_hand(anna, None)
    assert _problems() == []
    assert done(lambda s: link(s, administrator, anna, mine)).ok
    assert _problems() == []
    _by_hand(anna, other)
    assert _problems() == [f"User {anna.key} opens a record otherwise than the trail says."]
    _by_hand(anna, None)
    assert _problems() == [f"User {anna.key} opens no record otherwise than the trail says."]


def test_a_sign_in_that_followed_its_record_into_another_is_as_the_trail_says(
    session: Session, administrator: Actor, everyone_allowed: Actor, anna: AppUser
) -> None:
    mine, other, third = (make_patient(session) for _ in range(3))
    session.commit()
    chief = replace(everyone_allowed, user_id=None)

    def merge(survivor: Patient, merged: Patient) -> Any:
        def work(s: Session) -> Any:
            both = [s.get_one(Patient, patient.key) for patient in (survivor, merged)]
            request = MergeInput(
                survivor_id=both[0].key,
                merged_id=both[1].key,
                survivor_version=both[0].version,
                merged_version=both[1].version,
            )
            return merge_patients(s, chief, request=request)

        return done(work)

    assert done(lambda s: link(s, administrator, anna, mine)).ok
    merge(other, mine)
    last = merge(third, other)
    session.expire_all()
    assert (session.get_one(AppUser, anna.key).patient_id, _problems()) == (third.key, [])
    done(lambda s: undo_merge(s, chief, merge_id=last.id))
    session.expire_all()
    assert (session.get_one(AppUser, anna.key).patient_id, _problems()) == (other.key, [])
    _by_hand(anna, third)
    assert len(_problems()) == 1
