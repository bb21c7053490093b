"""Every use case refuses who lacks its right, before anything is read or written."""

import ast
from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted, NotSignedIn, ReauthenticationNeeded
from hms_app.core.permissions import PUBLIC, SIGNED_IN, AnyOf, Depends, OrOwn, Permission, Right
from hms_app.core.use_case import DANGEROUS_ATTRIBUTE, GUARD_ATTRIBUTE
from tests.use_cases import use_cases

UseCase = Callable[..., Any]
USE_CASES: Final = use_cases()
OPEN_TO_ALL: Final = {
    "organization.queries.find_logo_file",
    "organization.queries.get_hospital_face",
    "organization.service.found_hospital",
    "security.service.set_up.count_setup_guess",
    "workflows.set_up_hospital.set_up_hospital",
}
"""Whoever adds one here says why nobody's data can come out of it: the face of the sign-in page, and the set-up that
asks for the terminal's code."""
ONES_OWN: Final = {
    "organization.queries.get_letterhead",
    "records.queries.last_change",  # Of the row that whoever asks has on screen: who and when, nothing of it.
    "security.queries.own.get_own_account",
    "security.queries.own.list_own_notices",
    "security.queries.saved_views.list_saved_views",
    "security.queries.sessions.get_own_session_end",
    "security.queries.sessions.list_own_sessions",
    "security.service.account.begin_totp",
    "security.service.account.change_password",
    "security.service.account.confirm_totp",
    "security.service.account.regenerate_recovery_codes",
    "security.service.account.remove_totp",
    "security.service.notices.mark_notices_read",
    "security.service.saved_views.forget_view",
    "security.service.saved_views.save_view",
    "security.service.sessions.revoke_own_session",
    "security.service.sessions.sign_out_everywhere",
}
"""Signed in is enough for these: they take no id but of what is the person's own (and the hospital's letterhead)."""

every = pytest.mark.parametrize("name", sorted(USE_CASES))


@pytest.fixture
def untouched(session: Session, connection: sa.Connection) -> Iterator[Session]:
    """A session whose database is not spoken to."""
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
    yield session
    assert statements == []
    assert not session.new


def _guard(name: str) -> Right:
    return getattr(USE_CASES[name], GUARD_ATTRIBUTE)  # type: ignore[no-any-return]


def _cases(guard: Right, arguments: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], set[Permission]]]:
    """Arguments that decide, and the permissions of which one opens the use case with them."""
    if isinstance(guard, OrOwn):
        yield from _cases(guard.guard, arguments)
    elif isinstance(guard, Depends):
        for value, wanted in guard.wants.items():
            yield from _cases(wanted, {**arguments, guard.argument: value})
        yield {**arguments, guard.argument: "unheard of"}, set()
        yield arguments, set()
    elif isinstance(guard, AnyOf):
        yield arguments, {*guard.permissions}
    else:
        yield arguments, {Permission(guard)}


def _somebody(*permissions: Permission, **fields: Any) -> Actor:
    return Actor(1, "Somebody", frozenset(permissions), session_id=1, **{"reauthenticated": True, **fields})


@every
def test_who_lacks_just_the_right_of_a_use_case_is_refused(name: str, untouched: Session) -> None:
    guard, act = _guard(name), USE_CASES[name]
    if guard == PUBLIC:
        assert name in OPEN_TO_ALL
    elif guard == SIGNED_IN:
        assert name in ONES_OWN
        with pytest.raises(NotSignedIn):
            act(untouched, Actor.nobody())
    else:
        for arguments, opening in _cases(guard, {}):
            for lacking in (_somebody(*set(Permission) - opening), Actor.nobody()):
                with pytest.raises(NotPermitted):
                    act(untouched, lacking, **arguments)


@pytest.mark.parametrize("name", [name for name in sorted(USE_CASES) if isinstance(_guard(name), OrOwn)])
def test_a_patient_is_refused_the_record_of_another(name: str, untouched: Session) -> None:
    if "patient_id" not in signature(USE_CASES[name]).parameters:
        return  # It is told by a row; test_records_of_others.py asks for those.
    patient = _somebody(Permission.PORTAL_RECORD_READ, patient_id=1)
    with pytest.raises(NotFound):
        USE_CASES[name](untouched, patient, patient_id=2)


@pytest.mark.parametrize(
    "name", [name for name in sorted(USE_CASES) if getattr(USE_CASES[name], DANGEROUS_ATTRIBUTE)]
)
def test_a_dangerous_use_case_wants_the_password_of_the_last_minutes(name: str, untouched: Session) -> None:
    with pytest.raises(ReauthenticationNeeded):
        USE_CASES[name](untouched, _somebody(*Permission, reauthenticated=False))


def test_just_these_use_cases_want_no_permission() -> None:
    unguarded = {name for name in USE_CASES if _guard(name) in (PUBLIC, SIGNED_IN)}
    assert unguarded == OPEN_TO_ALL | ONES_OWN


@every
def test_a_use_case_takes_its_arguments_by_name(name: str) -> None:
    session, actor, *others = signature(USE_CASES[name]).parameters.values()
    assert (session.name, actor.name) == ("session", "actor")
    assert {parameter.kind for parameter in others} <= {parameter.KEYWORD_ONLY for parameter in others}


def test_every_use_case_is_named_by_a_test_that_is_about_it() -> None:
    named = {
        getattr(node, "attr", getattr(node, "id", ""))
        for path in Path(__file__).parents[1].rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name | ast.Attribute)
    }
    assert [name for name in sorted(USE_CASES) if name.rpartition(".")[2] not in named] == []
