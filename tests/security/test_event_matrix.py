"""Deny by default, on the real event path: every handler, for every role and for nobody."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from reflex_base.event.processor import base_state_processor
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.core.permissions import PUBLIC, SIGNED_IN, Permission
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from hms_app.state.gate import FRAMEWORK_HANDLERS, is_framework_event
from tests.event_path import browser, fitting_payload
from tests.security import matrices
from tests.security.people import signed_in

NOBODY = "nobody"
HYDRATE = "reflex___state____state.hydrate"
GUARDED = "reflex___state____state.hms_app___state___home____home_state.load"
PUBLIC_HANDLERS = {
    "entry_state.enter",
    "entrance_state.load",
    "set_up_state.load",
    "set_up_state.submit",
}
"""Whoever adds one here says why nobody's data can come out of it."""
ROLES = [role.code for role in DEFAULT_ROLES]


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the handlers that Reflex was about to run."""
    names: list[str] = []

    async def note(handler: object, payload: dict[str, object], **_context: Any) -> None:
        names.append(handler.fn.__qualname__)  # type: ignore[attr-defined]

    monkeypatch.setattr(base_state_processor, "process_event", note)
    return names


def _handlers() -> dict[str, object]:
    return {name: r.handler.fn for name, r in RegistrationContext.get().event_handlers.items()}


@pytest.fixture
def sessions(session: Session) -> Iterator[dict[str, str | None]]:
    """A session cookie for each default role, and none for nobody."""
    cookies: dict[str, str | None] = {role: signed_in(session, role=role) for role in ROLES}
    yield {**cookies, NOBODY: None}


def _those_who_may(guard: str, holders: dict[str, set[str]]) -> set[str]:
    if guard == PUBLIC:
        return {*ROLES, NOBODY}
    return {*ROLES} if guard == SIGNED_IN else holders[guard]


def test_who_holds_what_is_written_down() -> None:
    assert matrices.ROLES.read_text().splitlines() == matrices.role_lines()


def test_what_each_handler_wants_is_written_down() -> None:
    assert matrices.HANDLERS.read_text().splitlines() == matrices.handler_lines()


def test_every_handler_runs_only_for_the_roles_that_hold_its_permission(
    sessions: dict[str, str | None], reached: list[str]
) -> None:
    holders, guards = matrices.roles_by_permission(), matrices.guards_by_handler()
    may = {name: _those_who_may(guard, holders) for name, guard in guards.items()}
    own = matrices.declared_handlers()

    async def walk() -> list[str]:
        wrong = []
        async with browser() as client:
            for role, cookie in sessions.items():
                for name, function in own.items():
                    reached.clear()
                    await client.send(name, fitting_payload(function), session=cookie, tab=f"tab-{role}")
                    ran = function.__qualname__ in reached  # type: ignore[attr-defined]
                    if ran != (role in may[matrices.short(name)]):
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


def test_just_these_handlers_are_open_to_everybody() -> None:
    open_to_all = {
        matrices.short(name)
        for name, function in _handlers().items()
        if getattr(function, GUARD_ATTRIBUTE, None) == PUBLIC
    }
    assert open_to_all == PUBLIC_HANDLERS


def test_a_handler_declares_nothing_but_a_permission_or_a_marker() -> None:
    own = {name: fn for name, fn in _handlers().items() if fn.__module__.startswith("hms_app")}
    assert {getattr(fn, GUARD_ATTRIBUTE, None) for fn in own.values()} <= {PUBLIC, SIGNED_IN, *Permission}
    strangers = [name for name in own if is_framework_event(name)]
    assert strangers == []


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ("UPDATE user_session SET ended_at = now()", "/sign-in?problem=signed-out"),
        ("UPDATE user_session SET expires_at = now() - interval '1 second'", "/sign-in?problem=signed-out"),
        ("UPDATE user_session SET locked_at = now()", "hmsLock"),
        ("UPDATE user_session SET last_seen_at = now() - interval '16 minutes'", "hmsLock"),
        ("UPDATE user_session SET token_hash = md5(token_hash)", "/sign-in?problem=signed-out"),
        (None, "/sign-in?problem=signed-out"),
    ],
    ids=["revoked", "expired", "locked", "idle", "forged", "none"],
)
def test_no_handler_runs_for_a_session_that_is_over(
    reached: list[str], session: Session, change: str | None, answer: str
) -> None:
    token = signed_in(session, role="administrator") if change else None
    if change:
        session.execute(sa.text(f"{change} WHERE token_hash = :hash"), {"hash": token_hash(token or "")})
        session.commit()
    guarded = [n for n, fn in _handlers().items() if getattr(fn, GUARD_ATTRIBUTE, PUBLIC) != PUBLIC]

    async def walk() -> list[str]:
        async with browser() as client:
            for name in guarded:
                await client.send(name, session=token, tab="one")
                if answer not in client.sent_text() or any(update.delta for update in client.updates):
                    reached.append(f"{name} {client.sent_text()[:200]}")
        return list(reached)

    assert asyncio.run(walk()) == []


@pytest.mark.parametrize("cookie", ["forged", "", "x" * 5000, "\x00", "a b; hms_session=c", '"'])
def test_a_cookie_that_is_no_session_is_nobody(
    reached: list[str], bound_engine: sa.Engine, cookie: str
) -> None:
    async def send() -> list[str]:
        async with browser() as client:
            await client.send(GUARDED, session=cookie)
            assert client.failures == []
        return list(reached)

    assert asyncio.run(send()) == []


def test_a_disabled_person_is_nobody(reached: list[str], session: Session) -> None:
    token = signed_in(session, role="administrator")
    session.execute(
        sa.text(
            "UPDATE app_user SET status = 'disabled' WHERE id ="
            " (SELECT user_id FROM user_session WHERE token_hash = :hash)"
        ),
        {"hash": token_hash(token)},
    )
    session.commit()

    async def send() -> list[str]:
        async with browser() as client:
            await client.send(GUARDED, session=token)
        return list(reached)

    assert asyncio.run(send()) == []


def test_setvar_changes_nothing_for_anybody(sessions: dict[str, str | None]) -> None:
    setvars = [name for name in _handlers() if name.endswith(".setvar")]
    assert any("session_state" in name for name in setvars)

    async def forge(cookie: str | None) -> str:
        async with browser() as client:
            said = ""
            for name in setvars:
                await client.send(name, {"var_name": "problem", "value": "forged"}, session=cookie, tab="t")
                said += client.sent_text()
                await client.send(name, {"var_name": "_bound_to", "value": "forged"}, session=cookie, tab="t")
                said += client.sent_text()
            await client.send(HYDRATE, session=cookie, tab="t")
            return said + client.sent_text()

    for cookie in (None, sessions["administrator"]):
        assert "forged" not in asyncio.run(forge(cookie))
