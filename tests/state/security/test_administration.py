"""Users, roles, the audit trail and "why can't I?" as their screens see them."""

import pytest
from sqlmodel import Session, col, select

from hms_app.core.permissions import Permission
from hms_app.domain.security.tables import AppUser, RolePermission, UserRole
from hms_app.domain.security.values import UserStatus
from hms_app.state.base import SessionState
from hms_app.state.security.access import AccessState
from hms_app.state.security.audit_trail import AuditTrailState, changes_of, words_of
from hms_app.state.security.roles import RolesState
from hms_app.state.security.user_detail import UserDetailState
from hms_app.state.security.users import UsersState
from tests.factories.security import make_user, role_id, signed_in
from tests.state.security.conftest import Open, act

pytestmark = pytest.mark.asyncio
USERS = "/administration/users"


def make_stale(session: Session) -> None:
    """Let the password of every session be confirmed too long ago."""
    session.connection().exec_driver_sql("UPDATE user_session SET reauthenticated_at = NULL")
    session.commit()


async def test_the_list_of_users_is_what_the_address_asks_for(
    session: Session, opened: Open, administrator: str
) -> None:
    make_user(session, "nurse", name="Noa Lind", search_name="noa lind")
    make_user(session, name="Rob Off", search_name="rob off", status=UserStatus.DISABLED)
    session.commit()
    found = await opened(UsersState, administrator, USERS, q="noa")
    await act(found, "load")
    assert [(row["name"], row["status"], row["roles"]) for row in found.rows] == [
        ("Noa Lind", "Active", "Nurse")
    ]
    disabled = await opened(UsersState, administrator, USERS, status="disabled")
    await act(disabled, "load")
    assert [row["name"] for row in disabled.rows] == ["Rob Off"]


async def test_a_forged_status_in_the_address_filters_nothing(opened: Open, administrator: str) -> None:
    users = await opened(UsersState, administrator, USERS, status="x' OR 1=1")
    await act(users, "load")
    assert users.asked["status"] == ""
    assert users.problem == ""
    assert users.rows


async def test_an_invitation_shows_its_link_once(session: Session, opened: Open, administrator: str) -> None:
    users = await opened(UsersState, administrator, USERS)
    await act(users, "open_invitation")
    nurse = str(role_id(session, "nurse"))
    await act(users, "invite", {"name": "Ana Lima", "email": "ana@example.org", "role_id": nurse})
    assert users.problem == ""
    assert users.invitation_link.startswith("http://hospital.test/invitation?token=")
    await act(users, "close_dialog")
    assert users.invitation_link == ""
    invited = session.exec(select(AppUser).where(AppUser.email == "ana@example.org")).one()
    assert invited.status == UserStatus.INVITED
    assert session.exec(select(UserRole.role_id).where(UserRole.user_id == invited.id)).one() == int(nurse)


async def test_a_wrong_invitation_names_its_fields(opened: Open, administrator: str) -> None:
    users = await opened(UsersState, administrator, USERS)
    await act(users, "invite", {"name": " ", "email": "nobody"})
    assert set(users.problems) == {"name", "email"}
    assert users.invitation_link == ""


async def test_an_address_that_is_taken_is_refused_beside_its_field(
    session: Session, opened: Open, administrator: str
) -> None:
    make_user(session, email="taken@example.org")
    session.commit()
    users = await opened(UsersState, administrator, USERS)
    await act(users, "invite", {"name": "Ana Lima", "email": "Taken@example.org"})
    assert "email" in users.problems


async def test_somebody_without_the_right_sees_no_users(session: Session, opened: Open) -> None:
    token = signed_in(session, make_user(session, "nurse"))
    session.commit()
    users = await opened(UsersState, token, USERS)
    await act(users, "load")
    assert users.rows == []
    assert "does not allow" in users.list_problem


async def test_disabling_wants_a_reason_and_a_fresh_password(
    session: Session, opened: Open, administrator: str
) -> None:
    user = make_user(session, "nurse")
    session.commit()
    detail = await opened(UserDetailState, administrator, f"{USERS}/{user.key}")
    await act(detail, "load")
    await act(detail, "disable", {"reason": " "})
    assert "reason" in detail.problems
    make_stale(session)
    await act(detail, "disable", {"reason": "Left the hospital"})
    assert (await detail.get_state(SessionState)).asks_password
    session.refresh(user)
    assert user.status == UserStatus.ACTIVE


async def test_a_user_is_disabled_and_enabled_again(
    session: Session, opened: Open, administrator: str
) -> None:
    user = make_user(session, "nurse")
    session.commit()
    detail = await opened(UserDetailState, administrator, f"{USERS}/{user.key}")
    await act(detail, "load")
    await act(detail, "disable", {"reason": "Left the hospital"})
    assert detail.status_words == "Disabled"
    await act(detail, "enable")
    assert detail.status_words == "Active"


async def test_a_role_is_given_for_some_days_and_taken_away(
    session: Session, opened: Open, administrator: str
) -> None:
    user = make_user(session)
    session.commit()
    detail = await opened(UserDetailState, administrator, f"{USERS}/{user.key}")
    await act(detail, "load")
    await act(detail, "give_role", {"role_id": "", "starts_on": "tomorrow"})
    assert set(detail.problems) == {"role_id", "starts_on"}
    doctor = str(role_id(session, "doctor"))
    await act(detail, "give_role", {"role_id": doctor, "starts_on": "2090-01-01", "ends_on": "2090-02-01"})
    assert [(row["name"], row["is_current"]) for row in detail.roles] == [("Doctor", False)]
    await act(detail, "ask_ending", detail.roles[0]["id"])
    await act(detail, "end_role")
    assert detail.roles == []


async def test_the_last_administrator_stays(session: Session, opened: Open, administrator: str) -> None:
    users = await opened(UsersState, administrator, USERS, q="ada")
    await act(users, "load")
    detail = await opened(UserDetailState, administrator, users.rows[0]["href"])
    await act(detail, "load")
    await act(detail, "ask_ending", detail.roles[0]["id"])
    await act(detail, "end_role")
    assert "last administrator" in detail.problem


async def test_a_user_that_does_not_exist_says_so(opened: Open, administrator: str) -> None:
    for address in (f"{USERS}/999999", f"{USERS}/abc", f"{USERS}/{'9' * 40}"):
        detail = await opened(UserDetailState, administrator, address)
        await act(detail, "load")
        assert detail.name == ""
        assert detail.problem.startswith("There is no such user")


async def test_the_matrix_is_changed_as_a_draft_and_saved_together(
    session: Session, opened: Open, administrator: str
) -> None:
    roles = await opened(RolesState, administrator, "/administration/roles")
    await act(roles, "load")
    nurse, wanted = str(role_id(session, "nurse")), Permission.PATIENTS_COVERAGE_READ.value
    await act(roles, "toggle", nurse, wanted)
    held = select(RolePermission.permission).where(RolePermission.role_id == int(nurse))
    assert roles.changes == 1
    assert wanted not in session.exec(held).all()
    await act(roles, "save")
    assert roles.changes == 0
    assert wanted in session.exec(held).all()


async def test_a_draft_survives_the_question_for_the_password(
    session: Session, opened: Open, administrator: str
) -> None:
    roles = await opened(RolesState, administrator, "/administration/roles")
    await act(roles, "load")
    await act(roles, "toggle", str(role_id(session, "nurse")), Permission.PATIENTS_COVERAGE_READ.value)
    make_stale(session)
    await act(roles, "save")
    assert roles.changes == 1
    assert (await roles.get_state(SessionState)).asks_password


async def test_renaming_a_role_leaves_its_draft_out(
    session: Session, opened: Open, administrator: str
) -> None:
    roles = await opened(RolesState, administrator, "/administration/roles")
    await act(roles, "load")
    nurse = role_id(session, "nurse")
    held = select(RolePermission.permission).where(RolePermission.role_id == nurse)
    before = set(session.exec(held).all())
    await act(roles, "toggle", str(nurse), Permission.PATIENTS_COVERAGE_READ.value)
    await act(roles, "open_edit", str(nurse))
    await act(roles, "rename", {"name": "Ward nurse", "description": "On the ward"})
    assert "Ward nurse" in [role["name"] for role in roles.roles]
    assert set(session.exec(held).all()) == before


async def test_a_new_role_starts_as_a_copy(session: Session, opened: Open, administrator: str) -> None:
    roles = await opened(RolesState, administrator, "/administration/roles")
    await act(roles, "load")
    nurse = str(role_id(session, "nurse"))
    await act(roles, "make", {"name": "Night nurse", "description": "", "copy_of_role_id": nurse})
    made = next(role for role in roles.roles if role["name"] == "Night nurse")
    original = next(role for role in roles.roles if role["id"] == nurse)
    assert made["permissions"] == original["permissions"]


async def test_why_a_nurse_cannot_open_the_audit_trail(
    session: Session, opened: Open, administrator: str
) -> None:
    nurse = make_user(session, "nurse", name="Noa Lind")
    session.commit()
    question = {"user": str(nurse.key), "for": "/administration/audit"}
    access = await opened(AccessState, administrator, "/administration/access", **question)
    await act(access, "load")
    assert access.has_answer
    assert not access.is_allowed
    assert access.permission == Permission.AUDIT_ENTRY_READ.value
    assert "Privacy officer" in access.roles_giving
    assert access.reasons


async def test_a_half_question_names_what_is_missing(opened: Open, administrator: str) -> None:
    access = await opened(AccessState, administrator, "/administration/access")
    await act(access, "ask", {"user": "", "for": "everything"})
    assert set(access.problems) == {"user", "for"}


async def test_the_trail_shows_what_was_just_done(session: Session, opened: Open, administrator: str) -> None:
    users = await opened(UsersState, administrator, USERS)
    await act(users, "invite", {"name": "Ana Lima", "email": "ana@example.org"})
    trail = await opened(AuditTrailState, administrator, "/administration/audit", action="security.user")
    await act(trail, "load")
    assert trail.rows[0]["act"] == "User invited"
    await act(trail, "open_entry", trail.rows[0]["id"])
    assert trail.entry["actor_name"] == "Ada Admin"
    assert {"id": "name", "before": "", "after": "Ana Lima"} in trail.changes
    assert "password" not in str(trail.changes)


async def test_damaged_filters_in_the_address_filter_nothing(opened: Open, administrator: str) -> None:
    forged = {"user": "1 OR 1=1", "from": "2026-99-99", "to": "9999-12-31", "patient": "-1"}
    trail = await opened(AuditTrailState, administrator, "/administration/audit", **forged)
    await act(trail, "load")
    assert trail.problem == ""


async def test_the_chain_is_verified_on_demand(opened: Open, administrator: str) -> None:
    trail = await opened(AuditTrailState, administrator, "/administration/audit")
    await act(trail, "load")
    await act(trail, "verify")
    assert trail.is_verified
    assert trail.head


async def test_an_export_wants_a_fresh_password(session: Session, opened: Open, administrator: str) -> None:
    trail = await opened(AuditTrailState, administrator, "/administration/audit", action="security.")
    await act(trail, "load")
    assert "/exports/audit.csv?action=security." in str(await act(trail, "export"))
    make_stale(session)
    assert await act(trail, "export") is None
    assert (await trail.get_state(SessionState)).asks_password


async def test_an_act_is_shown_in_words() -> None:
    assert words_of("security.second_factor.confirmed") == "Second factor confirmed"


async def test_fields_are_shown_before_and_after() -> None:
    shown = changes_of({"name": "A", "permissions": ["x", "y"]}, {"name": "B"})
    assert shown == [
        {"id": "name", "before": "A", "after": "B"},
        {"id": "permissions", "before": "x, y", "after": ""},
    ]


async def test_no_password_hash_reaches_a_list(session: Session, opened: Open, administrator: str) -> None:
    users = await opened(UsersState, administrator, USERS)
    await act(users, "load")
    hashes = session.exec(select(AppUser.password_hash).where(col(AppUser.password_hash).is_not(None))).all()
    assert hashes
    assert not any(stored in str(users.dict()) for stored in hashes if stored)
