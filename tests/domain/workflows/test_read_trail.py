"""The trail as its readers see it, with the rights of every screen, and what the hospital still lacks."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.audit.values import AuditAction, EntryFilters
from hms_app.domain.workflows.read_trail import export_trail, list_trail, open_trail_entry
from hms_app.domain.workflows.start_of_day import SetupProgress, get_setup_progress
from tests.factories.organization import make_department, make_payer, make_practitioner, make_room
from tests.factories.patients import make_patient
from tests.factories.security import make_user

ActorWith = Callable[..., Actor]
EVERYTHING = EntryFilters()


@pytest.fixture
def auditor(actor_with: ActorWith) -> Actor:
    """Who may read and take along the trail, and sees patients, but no restricted ones."""
    return actor_with(
        Permission.AUDIT_ENTRY_READ, Permission.AUDIT_ENTRY_EXPORT, Permission.PATIENTS_PATIENT_READ
    )


@pytest.fixture
def looked_at(connection: sa.Connection) -> tuple[int, int]:
    """A patient and a restricted one, each looked at by somebody else."""
    with db.transaction() as session:
        open_one = make_patient(session).key
        hidden = make_patient(session, given_names="Hidden", is_restricted=True).key
        somebody = Actor(7, "Somebody", frozenset())
        for patient_id in (open_one, hidden):
            audit.record_access(session, somebody, patient_id=patient_id, what="overview")
    return open_one, hidden


def _entry(session: Session, patient_id: int) -> int:
    return (
        session.exec(
            select(AuditEntry).where(AuditEntry.patient_id == patient_id, AuditEntry.actor_user_id == 7)
        )
        .one()
        .id
        or 0
    )


def test_the_trail_names_the_patients_its_reader_may_know_and_no_others(
    looked_at: tuple[int, int], auditor: Actor
) -> None:
    open_one, hidden = looked_at
    with db.transaction() as session:
        rows = list_trail(session, auditor, filters=replace(EVERYTHING, actor_user_id=7)).rows
        assert [(row.patient_id, row.is_about_somebody) for row in rows] == [(None, True), (open_one, True)]
        chief = replace(auditor, permissions=frozenset(Permission))
        rows = list_trail(session, chief, filters=replace(EVERYTHING, actor_user_id=7)).rows
        assert [row.patient_id for row in rows] == [hidden, open_one]


def test_nobody_learns_by_a_filter_whom_they_may_not_know(looked_at: tuple[int, int], auditor: Actor) -> None:
    open_one, hidden = looked_at
    with db.transaction() as session:
        assert len(list_trail(session, auditor, filters=EntryFilters(patient_id=open_one)).rows) == 1
        assert list_trail(session, auditor, filters=EntryFilters(patient_id=hidden)).rows == []


@pytest.mark.parametrize("read", [open_trail_entry, audit.open_entry])
def test_an_entry_that_is_opened_is_a_look_at_the_record_it_is_about(
    looked_at: tuple[int, int], auditor: Actor, read: Callable[..., object]
) -> None:
    open_one, _ = looked_at
    with db.transaction() as session:
        entry_id = _entry(session, open_one)
        read(session, auditor, entry_id=entry_id)
        assert audit.noted(session) == ["patients.record.accessed"]
    with db.transaction() as session:
        looks = session.exec(
            select(AuditEntry).where(
                AuditEntry.patient_id == open_one, AuditEntry.actor_user_id == auditor.user_id
            )
        ).all()
        assert [look.action for look in looks] == ["patients.record.accessed"]


def test_an_opened_entry_names_its_patient_to_who_may_know_them(
    looked_at: tuple[int, int], auditor: Actor
) -> None:
    open_one, hidden = looked_at
    with db.transaction() as session:
        shown = open_trail_entry(session, auditor, entry_id=_entry(session, open_one))
        kept_back = open_trail_entry(session, auditor, entry_id=_entry(session, hidden))
        assert (shown.patient_id, shown.actor_name) == (open_one, "Somebody")
        assert (kept_back.patient_id, kept_back.is_about_somebody) == (None, True)
        bare = audit.open_entry(session, auditor, entry_id=_entry(session, open_one))
        assert bare.patient_id is None


def test_an_entry_that_is_not_there_is_not_found(session: Session, auditor: Actor) -> None:
    for read in (open_trail_entry, audit.open_entry):
        with pytest.raises(NotFound):
            read(session, auditor, entry_id=404)


def test_the_file_tells_no_more_than_the_list_and_whom_it_tells_of_was_looked_at(
    looked_at: tuple[int, int], auditor: Actor
) -> None:
    open_one, hidden = looked_at
    with db.transaction() as session:
        page = export_trail(session, auditor, filters=replace(EVERYTHING, actor_user_id=7))
        text = audit.export_head() + "".join(page.lines)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        told = [row["patient_id"] for row in rows]
        assert (len(told), told[1], page.place) == (2, str(open_one), None)
        assert told[0] not in {str(hidden), ""}
        assert audit.noted(session) == [str(AuditAction.LIST_SEEN)]
    with db.transaction() as session:
        shown = session.execute(sa.text("SELECT patient_id FROM audit_shown")).scalars()
        assert list(shown) == [open_one]


def test_the_file_wants_a_right_of_its_own(session: Session, actor_with: ActorWith) -> None:
    with pytest.raises(NotPermitted):
        export_trail(session, actor_with(Permission.AUDIT_ENTRY_READ), filters=EVERYTHING)


def test_set_up_goes_on_from_what_there_is(session: Session, everyone_allowed: Actor) -> None:
    assert get_setup_progress(session, everyone_allowed) == SetupProgress(*[False] * 6)
    make_user(session)  # Whoever sets the hospital up.
    assert not get_setup_progress(session, everyone_allowed).users
    make_user(session)
    department = make_department(session)
    assert get_setup_progress(session, everyone_allowed) == SetupProgress(
        departments=True, rooms=False, practitioners=False, payers=False, users=True, patients=False
    )
    make_room(session, department_id=department.id)
    make_practitioner(session)
    make_payer(session)
    make_patient(session)
    assert get_setup_progress(session, everyone_allowed) == SetupProgress(*[True] * 6)
