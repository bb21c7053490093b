"""Deny by default over HTTP: every address of the whole application, for every role and for nobody."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from hms_app.api import routing
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.errors import DomainError, NotPermitted, NotSignedIn, SessionLocked
from hms_app.core.permissions import PUBLIC, SIGNED_IN, Permission
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from tests.security.people import signed_in
from tests.whole_application import HOST, SAME_ORIGIN, client_of, served_by

FRAMEWORK: Final = {"/ping", "/_health", "/_event", ""}
"""What Reflex answers itself: a constant word, what the edge closes, the websocket, and the built screens."""
PUBLIC_ROUTES: Final = {
    "/auth/sign-in",
    "/auth/second-factor",
    "/auth/sign-out",
    "/auth/lock",
    "/auth/unlock",
    "/auth/reauthenticate",
    "/auth/accept-invitation",
    "/files/logo",
    "/healthz",
    "/readyz",
}
"""Whoever adds one here says why nobody's data can come out of it."""
NOBODY: Final = "nobody"
PERMISSIONS: Final = {NOBODY: frozenset(), **{role.code: role.permissions for role in DEFAULT_ROLES}}
GUARDED: Final = [declared for declared in routing.ROUTES if declared.guard != PUBLIC]
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def client(application: Any, bound_engine: sa.Engine) -> TestClient:
    """A browser without a session."""
    return client_of(application)


@pytest.fixture
def call(client: TestClient) -> Iterator[Callable[..., Any]]:
    """Call a route with a session of one's own, so that no call ends another's."""

    def send(method: str, path: str, token: str | None, **headers: str) -> Any:
        client.cookies.clear()
        if token:
            client.cookies.set(SESSION_COOKIE, token)
        address = path.replace("{", "").replace("}", "")
        return client.request(method, address, headers={**SAME_ORIGIN, **headers})

    yield send


def _token(session: Session, role: str) -> str | None:
    if role == NOBODY:
        return None
    return signed_in(session, role=role, is_fresh=True)


def test_every_address_was_declared_with_its_guard(application: Any) -> None:
    served = served_by(application)
    own = {
        (one.path, method): one.endpoint
        for one in served
        if one.path not in FRAMEWORK
        for method in one.methods
    }
    declared = {(one.path, method): one.endpoint for one in routing.ROUTES for method in one.methods}
    heads = {(path, "HEAD"): endpoint for (path, method), endpoint in declared.items() if method == "GET"}
    assert own == {**declared, **heads}
    assert {one.path for one in served} - {path for path, _ in own} <= FRAMEWORK
    assert len(served) == len({(one.path, one.methods) for one in served}), "One address is served twice."


def test_just_these_routes_are_open_to_everybody() -> None:
    assert {declared.path for declared in routing.ROUTES if declared.guard == PUBLIC} == PUBLIC_ROUTES


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_every_route_answers_only_those_who_hold_its_permission(
    session: Session, call: Callable[..., Any], accept: str
) -> None:
    assert {declared.guard for declared in GUARDED} <= {SIGNED_IN, *Permission}
    wrong = []
    for role, declared in product(PERMISSIONS, GUARDED):
        for method in declared.methods:
            answer = call(method, declared.path, _token(session, role), accept=accept)
            allowed = role != NOBODY and (declared.guard == SIGNED_IN or declared.guard in PERMISSIONS[role])
            expected: DomainError = NotSignedIn() if role == NOBODY else NotPermitted()
            refused = answer.status_code in {401, 403}
            said = answer.json()["problem"] if refused and "json" in accept else answer.text
            if refused == allowed or answer.status_code >= 500 or (refused and said != str(expected)):
                wrong.append(f"{role}: {method} {declared.path} {answer.status_code} {answer.text[:80]}")
    assert wrong == []


def test_the_guard_stands_before_the_handler(
    session: Session, bound_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "ROUTES", [])
    reached: list[str] = []

    async def handler(request: Request) -> PlainTextResponse:
        reached.append(request.url.path)
        return PlainTextResponse("data")

    for guard in (SIGNED_IN, *Permission):
        routing.route(f"/probe/{guard}", guard)(handler)
    probes = Starlette(routes=[Route(one.path, one.endpoint) for one in routing.ROUTES])
    client = client_of(probes)
    for role, held in PERMISSIONS.items():
        reached.clear()
        if token := _token(session, role):
            client.cookies.set(SESSION_COOKIE, token, domain=HOST)
        for one in routing.ROUTES:
            client.get(one.path)
        allowed = {SIGNED_IN, *held} if role != NOBODY else set()
        assert {path.removeprefix("/probe/") for path in reached} == allowed, role


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("ended_at = now()", NotSignedIn()),
        ("expires_at = now() - interval '1 second'", NotSignedIn()),
        ("locked_at = now()", SessionLocked()),
        ("last_seen_at = now() - interval '16 minutes'", SessionLocked()),
    ],
    ids=["revoked", "expired", "locked", "idle"],
)
def test_no_route_answers_a_session_that_is_over(
    session: Session, call: Callable[..., Any], change: str, refusal: DomainError
) -> None:
    wrong = []
    for declared in GUARDED:
        role = next(
            r for r, held in PERMISSIONS.items() if declared.guard in {SIGNED_IN, *held} and r != NOBODY
        )
        token = _token(session, role)
        found = sa.text(f"UPDATE user_session SET {change} WHERE token_hash = :hash")
        session.execute(found, {"hash": token_hash(token or "")})
        session.commit()
        answer = call(declared.methods[0], declared.path, token)
        if (answer.status_code, answer.text) != (401, str(refusal)):
            wrong.append(f"{declared.path} {answer.status_code} {answer.text[:80]}")
    assert wrong == []


def test_no_route_knows_another_method(session: Session, call: Callable[..., Any]) -> None:
    token = _token(session, "administrator")
    for declared in routing.ROUTES:
        known = {*declared.methods, *({"HEAD"} if "GET" in declared.methods else set())}
        for method in set(METHODS) - known:
            answer = call(method, declared.path, token)
            assert answer.status_code in {404, 405}, f"{method} {declared.path}"
