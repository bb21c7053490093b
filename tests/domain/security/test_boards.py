"""A waiting room's board stays on; whoever may see more than it shows is locked out as everybody is."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from sqlmodel import Session

from hms_app.core.errors import NotSignedIn, SessionLocked
from hms_app.core.permissions import Permission
from hms_app.domain.security.tables import Role, RolePermission, UserRole
from tests.factories.security import actor_of, make_user, signed_in

START = dt.datetime(2026, 11, 28, 8, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    """It is eight in the morning."""
    with time_machine.travel(START, tick=False):
        yield


def screen_of(session: Session, *permissions: Permission) -> str:
    """The token of a sign-in that has just these rights."""
    user = make_user(session)
    role = Role(code="screen", name="Screen", description="")
    session.add(role)
    session.flush()
    session.add_all(RolePermission(role_id=role.key, permission=str(right)) for right in permissions)
    session.add(UserRole(user_id=user.key, role_id=role.key, starts_on=START.date()))
    session.flush()
    return signed_in(session, user)


def test_a_board_that_nobody_touches_is_not_locked(session: Session) -> None:
    token = screen_of(session, Permission.SCHEDULING_QUEUE_READ)
    with time_machine.travel(START + dt.timedelta(hours=5), tick=False):
        assert actor_of(session, token).permissions == {Permission.SCHEDULING_QUEUE_READ}


@pytest.mark.parametrize(
    "rights",
    [
        (Permission.SCHEDULING_QUEUE_READ, Permission.PATIENTS_PATIENT_READ),
        (Permission.SCHEDULING_QUEUE_READ, Permission.SCHEDULING_QUEUE_WORK),
        (Permission.SCHEDULING_SERVICE_READ,),
        (),
    ],
)
def test_whoever_may_do_anything_else_is_locked_when_idle(
    session: Session, rights: tuple[Permission, ...]
) -> None:
    token = screen_of(session, *rights)
    with time_machine.travel(START + dt.timedelta(hours=5), tick=False), pytest.raises(SessionLocked):
        actor_of(session, token)


def test_a_boards_sign_in_ends_after_its_longest_time_as_any_does(session: Session) -> None:
    token = screen_of(session, Permission.SCHEDULING_QUEUE_READ)
    with time_machine.travel(START + dt.timedelta(hours=13), tick=False), pytest.raises(NotSignedIn):
        actor_of(session, token)
