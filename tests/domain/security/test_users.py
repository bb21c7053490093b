"""Users, roles, invitations, the last administrator, set-up; on the real database."""

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col, delete, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotPermitted, ReauthenticationNeeded
from hms_app.core.life_cycle import MoveRefused
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import AuditAction
from hms_app.domain.records.errors import Conflict
from hms_app.domain.security import queries
from hms_app.domain.security import service as security
from hms_app.domain.security.errors import AlreadySetUp, LinkExpired, WrongSetupCode
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from hms_app.domain.security.rules.passwords import WeakPassword
from hms_app.domain.security.service.roles import permissions_of
from hms_app.domain.security.tables import AppUser, Invitation, RolePermission, SetupCode, UserRole
from hms_app.domain.security.values import (
    AdministratorInput,
    InviteInput,
    RoleEdit,
    RoleInput,
    SignInOutcome,
    UserEdit,
    UserStatus,
)
from tests.factories.security import ADDRESS, PASSWORD, actor_of, make_user, role_id, signed_in

SYSTEM = Actor.system("a test")


def no_administrators(session: Session) -> None:
    """Start from a hospital without any, whatever earlier committed work left."""
    session.connection().execute(sa.text("SELECT 1"))
    assert not security.has_administrator(session)


def test_an_invited_person_chooses_a_password_once_and_signs_in(session: Session) -> None:
    security.seed_roles(session)
    request = InviteInput(name="Ada Okafor", email="ada@example.org", role_id=role_id(session, "doctor"))
    made = security.invite_user(session, SYSTEM, request=request)
    session.flush()
    stored = session.exec(select(Invitation).where(Invitation.user_id == made.user_id)).one()
    assert made.token not in stored.token_hash
    email = security.accept_invitation(session, token=made.token, password=PASSWORD, ip_address=ADDRESS)
    assert email == "ada@example.org"
    with pytest.raises(LinkExpired):
        security.accept_invitation(session, token=made.token, password=PASSWORD, ip_address=ADDRESS)
    result = security.sign_in(session, email=email, password=PASSWORD, ip_address=ADDRESS)
    assert result.outcome == SignInOutcome.SIGNED_IN
    assert actor_of(session, result.token or "").roles == ("Doctor",)


def test_an_invitation_is_void_after_a_week_when_replaced_and_when_disabled(session: Session) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 23, tzinfo=dt.UTC), tick=False) as clock:
        made = security.invite_user(session, SYSTEM, request=InviteInput(name="B", email="b@example.org"))
        newer = security.invite_again(session, SYSTEM, user_id=made.user_id)
        session.flush()
        with pytest.raises(LinkExpired):
            security.accept_invitation(session, token=made.token, password=PASSWORD, ip_address=ADDRESS)
        clock.shift(dt.timedelta(days=7))
        with pytest.raises(LinkExpired):
            security.accept_invitation(session, token=newer.token, password=PASSWORD, ip_address=ADDRESS)


def test_a_weak_password_leaves_the_invitation_open(session: Session) -> None:
    made = security.invite_user(session, SYSTEM, request=InviteInput(name="C", email="c@example.org"))
    session.flush()
    with pytest.raises(WeakPassword):
        security.accept_invitation(session, token=made.token, password="short", ip_address=ADDRESS)
    assert security.accept_invitation(session, token=made.token, password=PASSWORD, ip_address=ADDRESS)


def test_an_address_belongs_to_one_person_in_any_spelling(connection: sa.Connection) -> None:
    with db.transaction() as session:
        security.invite_user(session, SYSTEM, request=InviteInput(name="D", email="d@example.org"))
    with pytest.raises(DomainError, match="here already"), db.transaction() as session:
        security.invite_user(session, SYSTEM, request=InviteInput(name="E", email="D@Example.ORG"))


def test_inviting_with_a_role_wants_the_right_to_give_roles(session: Session) -> None:
    security.seed_roles(session)
    inviter = Actor(1, "x", frozenset({Permission.SECURITY_USER_INVITE}), session_id=1)
    request = InviteInput(name="F", email="f@example.org", role_id=role_id(session, "administrator"))
    with pytest.raises(NotPermitted):
        security.invite_user(session, inviter, request=request)


def test_who_may_only_invite_cannot_take_over_a_person_who_has_a_password(session: Session) -> None:
    inviter = Actor(1, "x", frozenset({Permission.SECURITY_USER_INVITE}), session_id=1, reauthenticated=True)
    victim = make_user(session, "administrator")
    invited = make_user(session, status="invited", password_hash=None)
    with pytest.raises(NotPermitted):
        security.invite_again(session, inviter, user_id=victim.key)
    with pytest.raises(NotPermitted):
        security.invite_again(session, inviter, user_id=invited.key, forget_second_factor_too=True)
    assert security.invite_again(session, inviter, user_id=invited.key).token


def test_every_act_on_users_and_roles_is_refused_without_its_permission(session: Session) -> None:
    user = make_user(session, "nurse")
    actor = actor_of(session, signed_in(session, user))
    edit = UserEdit(name="x", email="x@example.org", version=1)
    acts = [
        lambda: security.invite_user(session, actor, request=InviteInput(name="x", email="x@example.org")),
        lambda: security.invite_again(session, actor, user_id=user.key),
        lambda: security.edit_user(session, actor, user_id=user.key, request=edit),
        lambda: security.disable_user(session, actor, user_id=user.key, reason=""),
        lambda: security.enable_user(session, actor, user_id=user.key),
        lambda: security.assign_role(session, actor, user_id=user.key, role_id=1),
        lambda: security.end_role(session, actor, user_role_id=1),
        lambda: security.make_role(session, actor, request=RoleInput(name="x")),
        lambda: security.edit_role(
            session, actor, role_id=1, request=RoleEdit(name="x", permissions=[], version=1)
        ),
        lambda: security.revoke_sessions_of(session, actor, user_id=user.key),
        lambda: queries.list_users(session, actor),
        lambda: queries.get_user(session, actor, user_id=user.key),
        lambda: queries.list_roles(session, actor),
        lambda: queries.role_matrix(session, actor),
        lambda: queries.explain_access(
            session, actor, user_id=user.key, permission=Permission.AUDIT_ENTRY_READ
        ),
    ]
    for act in acts:
        with pytest.raises(NotPermitted):
            act()


def test_giving_roles_wants_a_fresh_password(session: Session) -> None:
    actor = Actor(1, "x", frozenset(Permission), session_id=1)
    with pytest.raises(ReauthenticationNeeded):
        security.assign_role(session, actor, user_id=1, role_id=1)


def test_a_user_moves_only_as_the_table_says(session: Session) -> None:
    user = make_user(session)
    with pytest.raises(MoveRefused):
        security.enable_user(session, SYSTEM, user_id=user.key)
    security.disable_user(session, SYSTEM, user_id=user.key, reason="left")
    with pytest.raises(MoveRefused):
        security.disable_user(session, SYSTEM, user_id=user.key, reason="again")
    security.enable_user(session, SYSTEM, user_id=user.key)
    assert user.status == UserStatus.ACTIVE


def test_two_edits_of_the_same_state_do_not_overwrite_each_other(session: Session) -> None:
    user = make_user(session)
    edit = UserEdit(name="New Name", email="new@example.org", version=user.version)
    security.edit_user(session, SYSTEM, user_id=user.key, request=edit)
    with pytest.raises(Conflict):
        security.edit_user(session, SYSTEM, user_id=user.key, request=edit)


def test_users_are_found_by_any_part_without_accents(session: Session) -> None:
    make_user(session, name="Zoë Müller", search_name="zoe muller zoe@example.org")
    rows = queries.list_users(session, SYSTEM, text="Mull zoë").rows
    assert [row.name for row in rows] == ["Zoë Müller"]
    assert queries.list_users(session, SYSTEM, text="%").rows != []
    assert queries.list_users(session, SYSTEM, text="nobodyhere").rows == []


def test_pages_of_users_neither_skip_nor_repeat(session: Session) -> None:
    for number in range(110):
        make_user(session, search_name=f"paged {number % 7}", name="Paged")
    seen: list[int] = []
    bookmark = None
    while True:
        page = queries.list_users(session, SYSTEM, text="paged", at=bookmark)
        seen += [row.id for row in page.rows]
        bookmark = page.next_bookmark
        if bookmark is None:
            break
    assert len(seen) == len(set(seen)) == 110


def test_a_list_of_users_takes_the_same_few_statements_however_long(session: Session) -> None:
    def count_statements() -> int:
        statements: list[str] = []

        def seen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        sa.event.listen(session.connection(), "before_cursor_execute", seen)
        queries.list_users(session, SYSTEM, text="counted")
        sa.event.remove(session.connection(), "before_cursor_execute", seen)
        return len(statements)

    make_user(session, "nurse", search_name="counted")
    one = count_statements()
    for _ in range(20):
        make_user(session, "nurse", search_name="counted")
    session.flush()
    assert count_statements() == one


def test_a_role_changes_for_its_holders_at_once(session: Session) -> None:
    made = security.make_role(session, SYSTEM, request=RoleInput(name="Night desk"))
    user = make_user(session)
    security.assign_role(session, SYSTEM, user_id=user.key, role_id=made)
    session.flush()
    token = signed_in(session, user)
    assert actor_of(session, token).permissions == frozenset()
    wanted = [Permission.PATIENTS_PATIENT_READ, Permission.AUDIT_ENTRY_READ]
    security.edit_role(
        session, SYSTEM, role_id=made, request=RoleEdit(name="Night desk", permissions=wanted, version=1)
    )
    session.flush()
    assert actor_of(session, token).permissions == frozenset(wanted)
    with pytest.raises(Conflict):
        security.edit_role(
            session, SYSTEM, role_id=made, request=RoleEdit(name="x", permissions=[], version=1)
        )


def test_every_default_role_is_seeded_once_and_edits_stay(session: Session) -> None:
    security.seed_roles(session)
    session.flush()
    for default in DEFAULT_ROLES:
        held = permissions_of(session, role_id(session, default.code))
        assert held == {permission.value for permission in default.permissions}
    nurse = role_id(session, "nurse")
    session.exec(delete(RolePermission).where(col(RolePermission.role_id) == nurse))
    security.seed_roles(session)
    session.flush()
    assert permissions_of(session, nurse) == set()


def test_clinical_content_is_kept_from_those_who_do_not_treat(session: Session) -> None:
    for default in DEFAULT_ROLES:
        clinical = {permission for permission in default.permissions if permission.startswith("clinical:")}
        if default.code in {
            "administrator",
            "manager",
            "cashier",
            "accountant",
            "receptionist",
            "storekeeper",
        }:
            assert clinical == set()
        if default.code == "patient":
            assert default.permissions == {Permission.PORTAL_RECORD_READ}


def test_the_matrix_shows_every_permission_for_every_role(session: Session) -> None:
    security.seed_roles(session)
    matrix = queries.role_matrix(session, SYSTEM)
    assert {row["permission"] for row in matrix.rows} == {permission.value for permission in Permission}
    codes = [role["code"] for role in matrix.roles]
    row = next(row for row in matrix.rows if row["permission"] == Permission.PORTAL_RECORD_READ)
    assert [code for code, held in zip(codes, row["held"], strict=True) if held] == ["patient"]


def test_why_cannot_i_says_what_is_missing(session: Session) -> None:
    user = make_user(session, "cashier", starts_on=dt.date(2999, 1, 1))

    def explain() -> str:
        told = queries.explain_access(
            session, SYSTEM, user_id=user.key, permission=Permission.PATIENTS_COVERAGE_READ
        )
        assert "Cashier" in told.roles_giving
        return f"{told.allowed} {told.sentence} {' '.join(told.reasons)}"

    assert "The role Cashier starts on 1 Jan 2999." in explain()
    held = session.exec(select(UserRole).where(UserRole.user_id == user.id)).one()
    held.starts_on = dt.date(2020, 1, 1)
    session.flush()
    assert explain().startswith("True")
    security.end_role(session, SYSTEM, user_role_id=held.key)
    assert "was taken away on" in explain()
    security.disable_user(session, SYSTEM, user_id=user.key, reason="left")
    assert "The user is disabled." in explain()


def test_the_last_administrator_can_be_neither_disabled_nor_ended_nor_limited(
    connection: sa.Connection,
) -> None:
    with db.transaction() as session:
        only = make_user(session, "administrator")
        held = session.exec(select(UserRole).where(UserRole.user_id == only.id)).one()
        audit.record(session, SYSTEM, AuditAction.TRAIL_EXPORTED, "test")
    acts = [
        lambda s: security.disable_user(s, SYSTEM, user_id=only.key, reason="x"),
        lambda s: security.end_role(s, SYSTEM, user_role_id=held.key),
    ]
    for act in acts:
        with pytest.raises(DomainError, match="last administrator"), db.transaction() as session:
            act(session)
    with pytest.raises(DomainError, match="last administrator"), db.transaction() as session:
        session.connection().execute(
            sa.text("UPDATE user_role SET ends_on = '2999-01-01' WHERE id = :id"), {"id": held.id}
        )
    with pytest.raises(DomainError, match="last administrator"), db.transaction() as session:
        session.connection().execute(sa.text("DELETE FROM user_role WHERE id = :id"), {"id": held.id})


def test_the_administrator_role_keeps_its_rights_over_users(connection: sa.Connection) -> None:
    with db.transaction() as session:
        security.seed_roles(session)
    with pytest.raises(DomainError, match="keeps its rights"), db.transaction() as session:
        number = role_id(session, "administrator")
        edit = RoleEdit(name="Administrator", permissions=[Permission.AUDIT_ENTRY_READ], version=1)
        security.edit_role(session, SYSTEM, role_id=number, request=edit)


@pytest.fixture
def two_administrators(committing: sa.Engine) -> list[int]:
    """Two committed administrators, the only ones."""
    with db.transaction() as session:
        users = [make_user(session, "administrator") for _ in range(2)]
        audit.record(session, SYSTEM, AuditAction.TRAIL_EXPORTED, "test")
    return [user.key for user in users]


@pytest.mark.parametrize("round_", range(3))
def test_two_administrators_who_remove_each_other_at_once_leave_one(
    two_administrators: list[int], round_: int
) -> None:
    barrier = threading.Barrier(2)
    refusals: list[str] = []

    def remove(user_id: int) -> None:
        def work(session: Session) -> None:
            session.get(AppUser, user_id)
            barrier.wait(timeout=10)
            security.disable_user(session, SYSTEM, user_id=user_id, reason="race")

        try:
            db.in_transaction(work)
        except DomainError as refusal:
            refusals.append(str(refusal))

    threads = [threading.Thread(target=remove, args=(key,)) for key in two_administrators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.transaction() as session:
        statuses = [session.get(AppUser, key).status for key in two_administrators]  # type: ignore[union-attr]
    assert len(refusals) == 1
    assert "last administrator" in refusals[0]
    assert sorted(statuses) == ["active", "disabled"]


def test_the_set_up_code_works_once_and_only_while_nobody_administers(session: Session) -> None:
    no_administrators(session)
    old = security.issue_setup_code(session)
    session.flush()
    code = security.issue_setup_code(session)
    session.flush()
    assert old and code
    assert code not in {row.code_hash for row in session.exec(select(SetupCode)).all()}
    for wrong in (old, "", "0000-0000-0000-0000", "\x00"):
        with pytest.raises(WrongSetupCode):
            security.redeem_setup_code(session, code=wrong)
    security.redeem_setup_code(session, code=code.lower().replace("-", " "))
    with pytest.raises(WrongSetupCode):
        security.redeem_setup_code(session, code=code)
    request = AdministratorInput(name="Ada Okafor", email="ada@example.org", password=PASSWORD)
    actor = security.make_first_administrator(session, request=request)
    assert actor.can(Permission.SECURITY_ROLE_EDIT)
    session.flush()
    assert security.issue_setup_code(session) is None
    with pytest.raises(AlreadySetUp):
        security.redeem_setup_code(session, code=code)
    with pytest.raises(AlreadySetUp):
        security.make_first_administrator(session, request=request)
    assert queries.CHECKS[0](session).ok


def test_notices_are_ones_own(session: Session) -> None:
    mine, theirs = make_user(session), make_user(session)
    security.notify(session, mine.key, "For me", link="/my-account")
    session.flush()
    actor, other = (actor_of(session, signed_in(session, user)) for user in (mine, theirs))
    assert [row["title"] for row in security.list_own_notices(session, actor)] == ["For me"]
    assert security.list_own_notices(session, other) == []
    security.mark_notices_read(session, other)
    assert [row["is_read"] for row in security.list_own_notices(session, actor)] == [False]
    security.mark_notices_read(session, actor)
    assert [row["is_read"] for row in security.list_own_notices(session, actor)] == [True]
