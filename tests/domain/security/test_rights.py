"""Every right that is given has its entry in the trail; what has none is refused, or found."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.records.errors import Conflict
from hms_app.domain.security import queries
from hms_app.domain.security import service as security
from hms_app.domain.security.service.roles import permissions_of
from hms_app.domain.security.values import (
    AdministratorInput,
    InviteInput,
    RoleEdit,
    RoleInput,
    SecurityAction,
)
from tests.databases import Databases
from tests.factories.security import PASSWORD, make_user, role_id
from tests.waiting import wait_until

ADA: Final = Actor.system("Ada")
BEN: Final = Actor.system("Ben")
NURSE: Final = "(SELECT id FROM role WHERE code = 'nurse')"
HELD: Final = "(SELECT max(id) FROM user_role)"


@pytest.fixture
def owner(databases: Databases) -> Iterator[sa.Engine]:
    """Somebody who owns a hospital's database; the application is bound to it, and two people work there."""
    with databases.opened("rights") as opened:
        application, owner = db.make_engine(opened.app_url), db.make_engine(opened.owner_url)
        db.bind(application)
        with db.transaction() as session:
            request = AdministratorInput(name="Ada", email="ada@example.org", password=PASSWORD)
            security.make_first_administrator(session, request=request)
            make_user(session, "nurse")
        yield owner
        db.bind(None)
        application.dispose()
        owner.dispose()


def problems() -> list[str]:
    with db.transaction() as session:
        return [problem for check in queries.CHECKS for problem in check(session).problems]


def told_of(subject_type: str) -> list[Any]:
    """The entries about roles or grants, oldest first."""
    statement = sa.text(
        "SELECT action, subject_id, before, after - '_salt' AS after, actor_name FROM audit_entry"
        " WHERE subject_type = :subject_type AND subject_id IS NOT NULL ORDER BY id"
    )
    with db.transaction() as session:
        return list(session.connection().execute(statement, {"subject_type": subject_type}))


BY_HAND: Final = {
    "a role given to somebody": (
        f"INSERT INTO user_role (user_id, role_id, starts_on) SELECT max(id), {NURSE} + 1, current_date FROM app_user",
        r"Grant \d+: user \d+ has the role \d+, which no entry of the trail gave\.",
    ),
    "another role": (
        f"UPDATE user_role SET role_id = role_id + 1 WHERE id = {HELD}",
        "otherwise than the trail says: role_id was changed without an entry",
    ),
    "a role of somebody else": (
        f"UPDATE user_role SET user_id = (SELECT min(id) FROM app_user) WHERE id = {HELD}",
        "otherwise than the trail says: user_id was changed without an entry",
    ),
    "a longer time": (
        f"UPDATE user_role SET starts_on = '2000-01-01', ends_on = '2999-01-01' WHERE id = {HELD}",
        "otherwise than the trail says: starts_on, ends_on was changed without an entry",
    ),
    "a role taken": (
        f"UPDATE user_role SET ended_at = now() WHERE id = {HELD}",
        "otherwise than the trail says: ended_at was changed without an entry",
    ),
    "a role removed": (
        f"DELETE FROM user_role WHERE id = {HELD}",
        r"Grant \d+: user \d+ held the role \d+ by the trail; the row was removed\.",
    ),
    "a permission given": (
        f"INSERT INTO role_permission (role_id, permission) VALUES ({NURSE}, 'security:role:edit')",
        r"Role \d+ has the permission security:role:edit, which no entry of the trail gave\.",
    ),
    "another permission": (
        "UPDATE role_permission SET permission = 'security:role:edit' WHERE permission = 'patients:patient:read'"
        f" AND role_id = {NURSE}",
        r"Role \d+ has the permission security:role:edit, which no entry of the trail gave\.",
    ),
    "a permission taken": (
        f"DELETE FROM role_permission WHERE permission = 'patients:patient:read' AND role_id = {NURSE}",
        r"Role \d+ has the permission patients:patient:read by the trail; it was taken without an entry\.",
    ),
}
by_hand = pytest.mark.parametrize(("statement", "sentence"), BY_HAND.values(), ids=BY_HAND.keys())


@by_hand
@pytest.mark.usefixtures("owner")
def test_the_application_cannot_change_a_right_without_its_entry(statement: str, sentence: str) -> None:
    with pytest.raises(IntegrityError) as refused, db.transaction() as session:
        session.connection().execute(sa.text(statement))
        audit.record(session, ADA, SecurityAction.WORD_ADDED, "clinic_word")
    assert db.constraint_of(refused.value) in {"ck_user_role_told", "ck_role_permission_told"}
    assert problems() == []


@by_hand
def test_what_the_databases_owner_does_to_a_right_is_found(
    owner: sa.Engine, statement: str, sentence: str
) -> None:
    with owner.begin() as connection:
        for table in ("user_role", "role_permission"):
            connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        assert connection.execute(sa.text(statement)).rowcount == 1
    assert re.search(sentence, " ".join(problems()))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE role SET code = 'sister' WHERE code = 'nurse'", ["sister"]),
        (
            "UPDATE role SET code = CASE code WHEN 'nurse' THEN 'doctor' ELSE 'nurse' END"
            " WHERE code IN ('nurse', 'doctor')",
            ["doctor", "nurse"],
        ),
    ],
    ids=["another one", "two that change places"],
)
def test_the_code_of_a_built_in_role_that_the_databases_owner_changed_is_found(
    owner: sa.Engine, statement: str, found: list[str]
) -> None:
    with owner.begin() as connection:
        connection.execute(sa.text("ALTER TABLE role DISABLE TRIGGER USER"))
        if len(found) == 2:
            connection.execute(sa.text("ALTER TABLE role DROP CONSTRAINT uq_role_code"))
        connection.execute(sa.text(statement))
        ids = dict(connection.execute(sa.text("SELECT code, id FROM role")).all())
    assert sorted(problems()) == sorted(
        f"Role {ids[code]} has the code {code} otherwise than the trail says." for code in found
    )


@pytest.mark.usefixtures("owner")
def test_the_application_cannot_change_the_code_of_a_built_in_role() -> None:
    with pytest.raises(IntegrityError) as refused, db.transaction() as session:
        session.connection().execute(sa.text("UPDATE role SET code = 'sister' WHERE code = 'nurse'"))
    assert db.constraint_of(refused.value) == "ck_role_builtin_kept"


@pytest.mark.usefixtures("owner")
def test_the_code_of_a_role_that_a_hospital_made_is_in_the_trail_as_well() -> None:
    db.in_transaction(_copy)
    assert told_of("role")[-1].after["code"] == "night_nurse"
    with db.transaction() as session:
        session.connection().execute(sa.text("UPDATE role SET code = 'x' WHERE code = 'night_nurse'"))
        audit.record(session, ADA, SecurityAction.WORD_ADDED, "clinic_word")
    assert [one.partition(" has ")[2] for one in problems()] == ["the code x otherwise than the trail says."]


def test_an_entry_that_gives_what_nobody_has_is_found(owner: sa.Engine) -> None:
    with db.transaction() as session:
        nurse = role_id(session, "nurse")
        after = {"permissions": [*permissions_of(session, nurse), "security:role:edit"]}
        audit.record(session, BEN, SecurityAction.ROLE_EDITED, "role", subject_id=nurse, after=after)
    assert problems() == [
        f"Role {nurse} has the permission security:role:edit by the trail; it was taken without an entry."
    ]


@pytest.mark.usefixtures("owner")
def test_the_roles_that_a_hospital_begins_with_have_an_entry_each() -> None:
    told = told_of("role")
    assert len(told) == len({entry.subject_id for entry in told}) > 5
    for entry in told:
        assert (entry.action, entry.before) == ("security.role.seeded", {"permissions": []})
    with db.transaction() as session:
        assert {e.subject_id: set(e.after["permissions"]) for e in told} == {
            e.subject_id: permissions_of(session, e.subject_id) for e in told
        }
    assert problems() == []


@pytest.mark.usefixtures("owner")
def test_the_first_administrator_has_an_entry_for_the_role() -> None:
    first = told_of("user_role")[0]
    assert (first.action, first.actor_name) == ("security.role.assigned", "system: set-up")
    assert first.after.keys() == {"user_id", "role_id", "starts_on", "ends_on", "ended_at"}


def _invite(session: Session) -> None:
    request = InviteInput(name="C", email="c@example.org", role_id=role_id(session, "doctor"))
    security.invite_user(session, ADA, request=request)


def _assign(session: Session) -> None:
    security.assign_role(session, ADA, user_id=make_user(session).key, role_id=role_id(session, "cashier"))


def _end(session: Session) -> None:
    held = session.connection().execute(sa.text(f"SELECT {HELD}")).scalar_one()
    security.end_role(session, ADA, user_role_id=held)


def _copy(session: Session) -> None:
    request = RoleInput(name="Night nurse", copy_of_role_id=role_id(session, "nurse"))
    security.make_role(session, ADA, request=request)


def _edit(session: Session) -> None:
    wanted = [Permission.PATIENTS_PATIENT_READ, Permission.AUDIT_ENTRY_READ]
    request = RoleEdit(name="Nurse", permissions=wanted, version=1)
    security.edit_role(session, ADA, role_id=role_id(session, "nurse"), request=request)


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("act", "subject_type", "action", "changed"),
    [
        (_invite, "user_role", "security.role.assigned", "user_id"),
        (_assign, "user_role", "security.role.assigned", "user_id"),
        (_end, "user_role", "security.role.ended", "ended_at"),
        (_copy, "role", "security.role.made", "permissions"),
        (_edit, "role", "security.role.edited", "permissions"),
    ],
)
def test_whatever_gives_or_takes_rights_says_so(
    act: Callable[[Session], None], subject_type: str, action: str, changed: str
) -> None:
    before = len(told_of(subject_type))
    db.in_transaction(act)
    entries = told_of(subject_type)[before:]
    assert [(entry.action, entry.actor_name) for entry in entries] == [(action, "system: Ada")]
    assert (entries[0].before or {}).get(changed) != entries[0].after[changed]
    assert problems() == []


@pytest.mark.usefixtures("owner")
def test_a_role_that_is_renamed_keeps_the_last_word_on_its_permissions() -> None:
    db.in_transaction(_edit)

    def rename(session: Session) -> None:
        nurse = role_id(session, "nurse")
        held = [Permission(one) for one in permissions_of(session, nurse)]
        security.edit_role(
            session, ADA, role_id=nurse, request=RoleEdit(name="Sister", permissions=held, version=2)
        )

    db.in_transaction(rename)
    assert told_of("role")[-1].after == {"name": "Sister"}
    assert problems() == []


@pytest.mark.usefixtures("owner")
def test_of_two_administrators_who_edit_a_role_at_once_one_has_the_last_word() -> None:
    barrier = threading.Barrier(2)
    refused: list[Conflict] = []

    def edit(actor: Actor, permission: Permission) -> None:
        def work(session: Session) -> None:
            nurse = role_id(session, "nurse")
            request = RoleEdit(name="Nurse", permissions=[permission], version=1)
            barrier.wait(timeout=10)
            security.edit_role(session, actor, role_id=nurse, request=request)

        try:
            db.in_transaction(work)
        except Conflict as conflict:
            refused.append(conflict)

    _at_once(
        lambda: edit(ADA, Permission.AUDIT_ENTRY_READ), lambda: edit(BEN, Permission.PATIENTS_PATIENT_READ)
    )
    assert len(refused) == 1
    assert len(told_of("role")[-1].after["permissions"]) == 1
    assert problems() == []


@pytest.mark.usefixtures("owner")
def test_of_two_administrators_who_give_a_role_at_once_one_has_an_entry() -> None:
    with db.transaction() as session:
        user_id, doctor = make_user(session).key, role_id(session, "doctor")
        audit.record(session, ADA, SecurityAction.USER_INVITED, "app_user", subject_id=user_id)
    barrier = threading.Barrier(2)
    refused: list[DomainError] = []

    def give(actor: Actor) -> None:
        def work(session: Session) -> None:
            session.connection()
            barrier.wait(timeout=10)
            security.assign_role(session, actor, user_id=user_id, role_id=doctor)

        try:
            db.in_transaction(work)
        except DomainError as refusal:
            refused.append(refusal)

    before = len(told_of("user_role"))
    _at_once(lambda: give(ADA), lambda: give(BEN))
    assert [str(one) for one in refused] == ["This person has this role already."]
    assert len(told_of("user_role")) == before + 1
    assert problems() == []


def _at_once(*acts: Callable[[], None]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_permission_that_comes_with_an_update_waits_for_who_edits_the_role(owner: sa.Engine) -> None:
    new = Permission.PATIENTS_PATIENT_READ
    with db.transaction() as session:
        nurse = role_id(session, "nurse")
        request = RoleEdit(name="Nurse", permissions=[], version=1)
        security.edit_role(session, ADA, role_id=nurse, request=request)
        forget = sa.text("DELETE FROM seeded_permission WHERE permission = :new")
        session.connection().execute(forget, {"new": new.value})
    update = threading.Thread(target=lambda: db.in_transaction(security.seed_roles))
    with db.transaction() as session:
        request = RoleEdit(name="Nurse", permissions=[Permission.AUDIT_ENTRY_READ], version=2)
        security.edit_role(session, ADA, role_id=nurse, request=request)
        update.start()
        wait_until(lambda: _somebody_waits(owner), seconds=10)
    update.join()
    assert set(told_of("role")[-1].after["permissions"]) == {new.value, "audit:entry:read"}
    assert problems() == []


def _somebody_waits(owner: sa.Engine) -> bool:
    statement = sa.text(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock')"
    )
    with owner.connect() as connection:
        return bool(connection.execute(statement).scalar_one())
