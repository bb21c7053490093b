"""The doors: native forms that set or clear the session cookie. A refusal is a short code, nothing typed comes back."""

from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from hms_app.api.routing import (
    acted,
    client_address,
    cookie_of,
    form_of,
    in_thread,
    in_visitors_thread,
    route,
    session_token,
)
from hms_app.config import get_settings
from hms_app.core.cookies import DEVICE_COOKIE, SECOND_FACTOR_COOKIE, SESSION_COOKIE, cookie_name
from hms_app.core.errors import DatabaseAway, DomainError
from hms_app.core.permissions import PUBLIC, SIGNED_IN
from hms_app.domain.security import service as security
from hms_app.domain.security.errors import WaitBeforeNextTry
from hms_app.domain.security.values import ProofResult, SignInOutcome, SignInResult
from hms_app.navigation import way_back
from hms_app.state.off_loop import off_loop_for_visitor

TICKET_SECONDS: Final = 300
DEVICE_SECONDS: Final = 180 * 24 * 3600
POST: Final = ("POST",)
HOME, SIGN_IN, SECOND_FACTOR, MY_ACCOUNT, INVITATION = (
    "/",
    "/sign-in",
    "/second-factor",
    "/my-account",
    "/invitation",
)


@route("/auth/sign-in", PUBLIC, POST, when_away=SIGN_IN)
async def sign_in(request: Request) -> Response:
    """E-mail and password (and a code, if the form has one): a new session, or on to the second factor.

    Each step carries where the person was going (`next`) to the following one.
    """
    form = await form_of(request)
    email, password, address = form.get("email", ""), form.get("password", ""), client_address(request)
    back = way_back(form.get("next", ""))
    if not email or not password:
        return _to(SIGN_IN, problem="form", next=back)
    device = cookie_of(request, DEVICE_COOKIE)
    attempt = await in_visitors_thread(
        lambda s: security.begin_sign_in(s, email=email, ip_address=address, device_token=device)
    )
    matches = not attempt.wait_seconds and await off_loop_for_visitor(
        lambda: security.password_matches(password, attempt.password_hash)
    )
    result = await in_visitors_thread(
        lambda s: security.finish_sign_in(
            s, attempt=attempt, matches=matches, code=form.get("code", ""), user_agent=_agent(request)
        )
    )
    return await _answer(request, result, back)


@route("/auth/second-factor", PUBLIC, POST, when_away=SECOND_FACTOR)
async def second_factor(request: Request) -> Response:
    """The authenticator's code, or a recovery code, after the password."""
    form = await form_of(request)
    ticket, back = cookie_of(request, SECOND_FACTOR_COOKIE), way_back(form.get("next", ""))
    if not ticket:
        return _to(SIGN_IN, problem="expired", next=back)
    result = await in_visitors_thread(
        lambda s: security.finish_second_factor(
            s,
            ticket=ticket,
            code=form.get("code", ""),
            ip_address=client_address(request),
            user_agent=_agent(request),
            device_token=cookie_of(request, DEVICE_COOKIE),
        )
    )
    if result.outcome == SignInOutcome.NEEDS_SECOND_FACTOR:
        return _to(SECOND_FACTOR, problem="code", next=back)
    if result.outcome == SignInOutcome.THROTTLED:
        return _to(SECOND_FACTOR, problem="throttled", wait=str(result.wait_seconds), next=back)
    if result.outcome == SignInOutcome.REFUSED:
        return _without_ticket(_to(SIGN_IN, problem="expired", next=back))
    return await _answer(request, result, back)


@route("/auth/sign-out", PUBLIC, POST)
async def sign_out(request: Request) -> Response:
    """End this session, also a locked one; while the database is away the browser at least forgets it."""
    try:
        await _end(request)
    except DatabaseAway:
        return _without_session(_to(SIGN_IN, problem="forgotten"))
    return _without_session(_to(SIGN_IN, note="signed-out"))


@route("/auth/sign-out-everywhere", SIGNED_IN, POST, when_away=MY_ACCOUNT)
async def sign_out_everywhere(request: Request) -> Response:
    """End all sessions of the person, this one too."""
    await acted(request, security.sign_out_everywhere)
    return _without_session(_to(SIGN_IN, note="everywhere"))


@route("/auth/awake", SIGNED_IN, POST)
async def awake(_request: Request) -> Response:
    """The person is typing or pointing; the guard has counted it as activity."""
    return Response(status_code=204)


@route("/auth/lock", PUBLIC, POST)
async def lock(request: Request) -> Response:
    """Lock this session now."""
    await in_thread(lambda s: security.lock_session(s, session_token=session_token(request)))
    return JSONResponse({"ok": True})


@route("/auth/unlock", PUBLIC, POST)
async def unlock(request: Request) -> Response:
    """Go on with a locked session; answers JSON."""
    password = (await form_of(request)).get("password", "")
    return await _proof(
        lambda s: security.unlock(
            s, session_token=session_token(request), password=password, ip_address=client_address(request)
        )
    )


@route("/auth/reauthenticate", PUBLIC, POST)
async def reauthenticate(request: Request) -> Response:
    """Confirm the password before a dangerous act; answers JSON."""
    password = (await form_of(request)).get("password", "")
    return await _proof(
        lambda s: security.reauthenticate(
            s, session_token=session_token(request), password=password, ip_address=client_address(request)
        )
    )


@route("/auth/change-password", SIGNED_IN, POST, when_away=MY_ACCOUNT)
async def change_password(request: Request) -> Response:
    """The password of now, counted like every guess, then the new one."""
    form = await form_of(request)
    token, address = session_token(request), client_address(request)
    proof = await in_thread(
        lambda s: security.reauthenticate(
            s, session_token=token, password=form.get("password", ""), ip_address=address
        )
    )
    if proof.session_ended:
        return _without_session(_to(SIGN_IN, problem="session-ended", next=MY_ACCOUNT))
    if proof.wait_seconds:
        return _to(MY_ACCOUNT, problem="throttled", wait=str(proof.wait_seconds))
    if not proof.ok:
        return _to(MY_ACCOUNT, problem="wrong-password")
    if form.get("repeated", form.get("new_password")) != form.get("new_password"):
        return _to(MY_ACCOUNT, problem="mismatch")

    try:
        await acted(request, partial(security.change_password, new_password=form.get("new_password", "")))
    except DomainError as refusal:
        if refusal.field != "password":
            raise
        return _to(MY_ACCOUNT, problem="weak")
    return _to(MY_ACCOUNT, note="password-changed")


@route("/auth/accept-invitation", PUBLIC, POST)
async def accept_invitation(request: Request) -> Response:
    """Choose the first password with an invitation's token, then sign in."""
    form = await form_of(request)
    token, password, address = form.get("token", ""), form.get("password", ""), client_address(request)
    if form.get("repeated", password) != password:
        return _to(INVITATION, token=token, problem="mismatch")
    try:
        await in_visitors_thread(lambda s: security.count_link_guess(s, ip_address=address))
        await in_visitors_thread(
            lambda s: security.accept_invitation(s, token=token, password=password, ip_address=address)
        )
    except DatabaseAway:
        return _to(INVITATION, token=token, problem="away")
    except WaitBeforeNextTry as refusal:
        return _to(INVITATION, token=token, problem="throttled", wait=str(refusal.seconds))
    except DomainError as refusal:
        if refusal.field == "password":
            return _to(INVITATION, token=token, problem="weak")
        return _to(INVITATION, problem="link")
    return _to(SIGN_IN, note="accepted")


async def _answer(request: Request, result: SignInResult, back: str) -> Response:
    if result.outcome == SignInOutcome.THROTTLED:
        return _to(SIGN_IN, problem="throttled", wait=str(result.wait_seconds), next=back)
    if result.outcome == SignInOutcome.NEEDS_SECOND_FACTOR and result.ticket:
        response = _to(SECOND_FACTOR, next=back)
        _set_cookie(response, SECOND_FACTOR_COOKIE, result.ticket, TICKET_SECONDS)
        return response
    if result.token is None:
        return _to(SIGN_IN, problem="refused", next=back)
    await _end(request)
    first = _to(MY_ACCOUNT, next=back) if result.must_enrol else _to(back or HOME)
    response = _without_ticket(first)
    _set_cookie(response, SESSION_COOKIE, result.token, get_settings().session_hours * 3600)
    if result.device_token:
        _set_cookie(response, DEVICE_COOKIE, result.device_token, DEVICE_SECONDS)
    return response


async def _proof(prove: Callable[[Session], ProofResult]) -> Response:
    result = await in_thread(prove)
    if result.ok:
        return JSONResponse({"ok": True})
    response = JSONResponse(
        {"ok": False, "problem": result.sentence, "signed_out": result.session_ended}, status_code=401
    )
    return _without_session(response) if result.session_ended else response


async def _end(request: Request) -> None:
    token, address = session_token(request), client_address(request)
    if token:
        await in_thread(lambda s: security.sign_out(s, session_token=token, ip_address=address))


def _to(address: str, **query: str) -> Response:
    given = {name: value for name, value in query.items() if value}
    target = f"{address}?{urlencode(given)}" if given else address
    return RedirectResponse(target, status_code=303)


def _set_cookie(response: Response, cookie: str, value: str, seconds: int) -> None:
    response.set_cookie(
        cookie_name(cookie),
        value,
        max_age=seconds,
        path="/",
        secure=not get_settings().plain_http,
        httponly=True,
        samesite="strict",
    )


def _without_session(response: Response) -> Response:
    _set_cookie(response, SESSION_COOKIE, "", 0)
    return response


def _without_ticket(response: Response) -> Response:
    _set_cookie(response, SECOND_FACTOR_COOKIE, "", 0)
    return response


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
