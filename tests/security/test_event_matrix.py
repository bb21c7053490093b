"""Deny by default, on the real event path: every handler, for every role and for nobody."""

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from reflex_base.event.processor import base_state_processor
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.core.permissions import PUBLIC, SIGNED_IN, Guard, Permission
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from hms_app.state.gate import FRAMEWORK_HANDLERS, is_framework_event
from tests.event_path import browser
from tests.security.people import signed_in

NOBODY = "nobody"
PERMISSIONS = {role.code: role.permissions for role in DEFAULT_ROLES}


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the handlers that Reflex was about to run."""
    names: list[str] = []

    async def note(handler: object, payload: dict[str, object], **_context: object) -> None:
        names.append(handler.fn.__qualname__)  # type: ignore[attr-defined]

    monkeypatch.setattr(base_state_processor, "process_event", note)
    return names


def _handlers() -> dict[str, object]:
    return {name: r.handler.fn for name, r in RegistrationContext.get().event_handlers.items()}


@pytest.fixture
def sessions(session: Session) -> Iterator[dict[str, str | None]]:
    """A session cookie for each default role, and none for nobody."""
    cookies: dict[str, str | None] = {role: signed_in(session, role=role) for role in PERMISSIONS}
    yield {**cookies, NOBODY: None}


def _may(role: str, guard: Guard) -> bool:
    if guard == PUBLIC:
        return True
    if role == NOBODY:
        return False
    return guard == SIGNED_IN or guard in PERMISSIONS[role]


def test_every_handler_runs_only_for_the_roles_that_hold_its_permission(
    sessions: dict[str, str | None], reached: list[str]
) -> None:
    own = {name: fn for name, fn in _handlers().items() if hasattr(fn, GUARD_ATTRIBUTE)}
    assert len(own) > 30

    async def walk() -> list[str]:
        wrong = []
        async with browser() as client:
            for role, cookie in sessions.items():
                for name, function in own.items():
                    reached.clear()
                    await client.send(name, session=cookie, tab=f"tab-{role}")
                    ran = function.__qualname__ in reached  # type: ignore[attr-defined]
                    if ran != _may(role, getattr(function, GUARD_ATTRIBUTE)):
                        wrong.append(f"{role}: {name} {'ran' if ran else 'was refused'}")
        return wrong

    assert asyncio.run(walk()) == []


def test_no_handler_without_a_declared_guard_runs_for_anybody(
    sessions: dict[str, str | None], reached: list[str]
) -> None:
    undeclared = [
        name
        for name, fn in _handlers().items()
        if not hasattr(fn, GUARD_ATTRIBUTE) and not is_framework_event(name)
    ]
    assert any(name.endswith(".setvar") for name in undeclared)

    async def walk() -> list[str]:
        async with browser() as client:
            for name in undeclared:
                for cookie in (None, sessions["administrator"]):
                    await client.send(name, {"var_name": "is_signed_in", "value": True}, session=cookie)
        return list(reached)

    assert asyncio.run(walk()) == []


def test_the_framework_events_let_through_are_just_the_harmless_ones() -> None:
    passing = {name.rsplit(".", 1)[-1] for name in _handlers() if is_framework_event(name)}
    assert passing <= FRAMEWORK_HANDLERS
    assert "setvar" not in passing


def test_an_unknown_a_stale_and_an_ended_session_are_nobody(
    sessions: dict[str, str | None], reached: list[str], session: Session
) -> None:
    guarded = next(
        n for n, f in _handlers().items() if getattr(f, GUARD_ATTRIBUTE, None) in tuple(Permission)
    )
    ended = signed_in(session, role="administrator")
    session.execute(
        sa.text("UPDATE user_session SET ended_at = now() WHERE id = (SELECT max(id) FROM user_session)")
    )
    session.commit()

    async def walk() -> list[str]:
        async with browser() as client:
            for cookie in ("forged", "", "x" * 5000, ended):
                await client.send(guarded, session=cookie)
        return list(reached)

    assert asyncio.run(walk()) == []
