"""Routes with their guards: a route that was not declared here does not exist."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial, wraps
from types import ModuleType
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from sqlmodel import Session
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from hms_app.core.actor import Actor
from hms_app.core.cookies import SESSION_COOKIE, cookie_in
from hms_app.core.db import in_transaction
from hms_app.core.errors import (
    DatabaseAway,
    DomainError,
    InvalidInput,
    NotFound,
    NotPermitted,
    NotSignedIn,
    ReauthenticationNeeded,
    SessionLocked,
)
from hms_app.core.faults import logged_fault
from hms_app.core.permissions import PUBLIC, Guard
from hms_app.core.use_case import GUARD_ATTRIBUTE, ensure_allowed
from hms_app.domain.files.errors import FileTooLarge
from hms_app.domain.security import service as security
from hms_app.state.off_loop import TooManyVisitors, off_loop, off_loop_for_visitor

Handler = Callable[[Request], Awaitable[Response]]
T = TypeVar("T")

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""What pages ask for by themselves: nothing changes by it, and it is no sign of a person."""
MAX_FORM_BYTES: Final = 16 * 1024
MAX_FORM_FIELDS: Final = 50
AWAY_SECONDS: Final = 5
"""When a program may ask again that was told that the database is away."""


@dataclass(frozen=True)
class DeclaredRoute:
    """A route, who may call it, and the function behind both."""

    path: str
    guard: Guard
    methods: tuple[str, ...]
    endpoint: Handler
    module: str


ROUTES: Final[list[DeclaredRoute]] = []


class FormRefused(DomainError):
    """A form that is too long, has too many fields, or is no form."""


class TooBusy(DomainError):
    """As much of this is done already as is done at once, for one person or for all."""


def route(
    path: str, guard: Guard, methods: tuple[str, ...] = ("GET",), *, when_away: str | None = None
) -> Callable[[Handler], Handler]:
    """Declare a route; unless it is PUBLIC, the handler finds who calls in `request.state.actor`.

    Refusals are answered here: 401 signed out or locked, 403 not permitted or not without the password again,
    404 not found, 408 too slow, 413 too much, 429 too many at once, 503 too many visitors or while the database is
    away, 400 any other; what is wrong with single fields goes along as `problems`. Who sent a form while the database
    is away comes back to the page `when_away`, if one is named, with `?problem=away`.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request) -> Response:
            try:
                if guard != PUBLIC:
                    request.state.actor = await off_loop(partial(_admit, request, guard))
                return await handler(request)
            except DatabaseAway as refusal:
                if when_away and not wants_json(request):
                    return RedirectResponse(f"{when_away}?problem=away", status_code=303)
                return _refused(request, refusal)
            except DomainError as refusal:
                return _refused(request, refusal)
            except ClientDisconnect:
                return PlainTextResponse("What was sent did not arrive in time. Send it again.", 408)
            except Exception as bug:
                return _failed(bug)

        setattr(guarded, GUARD_ATTRIBUTE, guard)
        ROUTES.append(DeclaredRoute(path, guard, methods, guarded, handler.__module__))
        return guarded

    return decorate


def starlette_routes(modules: Iterable[ModuleType]) -> list[Route]:
    """The declared routes of these modules."""
    names = {module.__name__ for module in modules}
    return [
        Route(declared.path, declared.endpoint, methods=list(declared.methods))
        for declared in ROUTES
        if declared.module in names
    ]


async def in_thread(work: Callable[[Session], T]) -> T:
    """Run `work` in a transaction, off the event loop, in the bounded pool."""
    return await off_loop(partial(in_transaction, work))


async def acted(request: Request, work: Callable[[Session, Actor], T]) -> T:
    """The same as who calls, looked up in the transaction that acts: what changed since the guard counts."""
    return await in_thread(lambda session: work(session, caller(session, request)))


def caller(session: Session, request: Request) -> Actor:
    """Who calls, as the database says now; raises NotSignedIn or SessionLocked when that is nobody."""
    token, address = session_token(request), client_address(request)
    return security.resolve_actor(session, session_token=token, ip_address=address)


async def in_visitors_thread(work: Callable[[Session], T]) -> T:
    """The same for somebody who is not signed in yet; raises TooManyVisitors."""
    return await off_loop_for_visitor(lambda: in_transaction(work))


async def form_of(request: Request, *, max_bytes: int = MAX_FORM_BYTES) -> dict[str, str]:
    """The fields of a plain form, read no further than the limit; raises FormRefused."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise FormRefused("This form was sent in a way that is not read here.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise FormRefused("What was sent is too long.")
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS
        )
    except ValueError:
        raise FormRefused("This form cannot be read.") from None
    return dict(fields)


def session_token(request: Request) -> str | None:
    """The session cookie: a claim, until the database confirms it."""
    return cookie_of(request, SESSION_COOKIE)


def cookie_of(request: Request, cookie: str) -> str | None:
    """One of our cookies as the browser sent it, or None."""
    return cookie_in("; ".join(request.headers.getlist("cookie")), cookie)


def client_address(request: Request) -> str:
    """The address the request came from."""
    return request.client.host if request.client else ""


def wants_json(request: Request) -> bool:
    """Whether a script asks, not a person's browser."""
    return "application/json" in request.headers.get("accept", "")


def _admit(request: Request, guard: Guard) -> Actor:
    def work(session: Session) -> Actor:
        actor = caller(session, request)
        ensure_allowed(actor, guard)
        if request.method not in SAFE_METHODS:
            security.touch_session(session, actor)
        return actor

    return in_transaction(work)


def _refused(request: Request, refusal: DomainError) -> Response:
    signed_out = isinstance(refusal, NotSignedIn)
    status = 400
    headers = {}
    if signed_out or isinstance(refusal, SessionLocked):
        status = 401
    elif isinstance(refusal, (NotPermitted, ReauthenticationNeeded)):
        status = 403
    elif isinstance(refusal, NotFound):
        status = 404
    elif isinstance(refusal, (FormRefused, FileTooLarge)):
        status = 413
    elif isinstance(refusal, TooBusy):
        status = 429
    elif isinstance(refusal, DatabaseAway):
        status = 503
        headers["Retry-After"] = str(AWAY_SECONDS)
    elif isinstance(refusal, TooManyVisitors):
        status = 503
    if wants_json(request):
        problems = refusal.problems if isinstance(refusal, InvalidInput) else {}
        if refusal.field:
            problems = {refusal.field: str(refusal)}
        said = {"ok": False, "problem": str(refusal), "problems": problems, "signed_out": signed_out}
        return JSONResponse(said, status_code=status, headers=headers)
    if signed_out:
        headers["Refresh"] = "0; url=/sign-in?problem=signed-out"
    return PlainTextResponse(str(refusal), status_code=status, headers=headers)


def _failed(bug: Exception) -> Response:
    reference = logged_fault("unexpected failure", bug)
    return PlainTextResponse(
        f"Something failed on our side. Tell your administrator reference {reference}.", status_code=500
    )
