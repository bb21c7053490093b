"""Deny by default: no event reaches a handler that declares no guard, or whose guard its session does not pass."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.core.db import in_transaction
from hms_app.core.errors import DatabaseAway, DomainError, NotPermitted, NotSignedIn, SessionLocked
from hms_app.core.permissions import PUBLIC, Guard
from hms_app.core.use_case import GUARD_ATTRIBUTE, ensure_allowed
from hms_app.domain.security import service as security
from hms_app.state.away import announce_away
from hms_app.state.base import PASSIVE_ATTRIBUTE, SessionState, explain_bug
from hms_app.state.credentials import client_address, fingerprint, session_token
from hms_app.state.off_loop import off_loop
from hms_app.state.payloads import ensure_fits

FRAMEWORK_HANDLERS: Final = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "on_load_internal",
        "update_vars_internal",
        "handle_frontend_exception",
    }
)
"""Reflex's own events that carry no choice of the caller's; everything else of Reflex's (such as setvar) is refused."""
HYDRATES: Final = frozenset({"hydrate", "hydrate_and_load"})


class EventGate(Middleware):
    """The first to see each event, chained and background ones too."""

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """Answer the event with a refusal, or None to let it through."""
        session_state = await state.get_state(SessionState)
        token, address = session_token(state), client_address(state)  # type: ignore[arg-type]
        await _bind_to_session(state, session_state, token)
        try:
            if is_framework_event(event.name):
                if _hydrates(event.name) and not await _is_live(token, address):
                    _forget_everything(state, session_state, token)
            else:
                await _ensure_admitted(event.name, token, address)
            ensure_fits(_function(event.name), event.payload)
        except NotSignedIn:
            _forget_everything(state, session_state, token)
            return _events(rx.redirect("/sign-in?problem=signed-out"))
        except SessionLocked:
            return _events(rx.call_script("window.hmsLock && window.hmsLock()"))
        except DatabaseAway as refusal:
            return _refusal_while_away(event.name, refusal)
        except DomainError as refusal:
            return _refusal(refusal)
        except Exception as bug:
            return _events(rx.toast.error(explain_bug(bug)))
        return None


@lru_cache(maxsize=4096)
def is_framework_event(name: str) -> bool:
    """Whether `name` is one of Reflex's own harmless events."""
    registered = RegistrationContext.get().event_handlers.get(name)
    if registered is None or name.rsplit(".", 1)[-1] not in FRAMEWORK_HANDLERS:
        return False
    module = str(getattr(registered.handler.fn, "__module__", ""))
    return module == "reflex.state" or module.startswith("reflex.istate")


def _hydrates(name: str) -> bool:
    return name.rsplit(".", 1)[-1] in HYDRATES


@lru_cache(maxsize=4096)
def declared(name: str) -> tuple[Guard | None, bool]:
    """The guard a handler declares (None: it declares none), and whether it is passive."""
    if name not in RegistrationContext.get().event_handlers:
        return None, True
    function = _function(name)
    return getattr(function, GUARD_ATTRIBUTE, None), bool(getattr(function, PASSIVE_ATTRIBUTE, False))


def _function(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = RegistrationContext.get().event_handlers[name].handler.fn
    return function


async def _ensure_admitted(name: str, token: str | None, address: str) -> None:
    guard, passive = declared(name)
    if guard is None:
        raise NotPermitted("an undeclared handler")
    if guard != PUBLIC:
        await off_loop(lambda: _admit(token, address, guard, passive))


def _admit(token: str | None, address: str, guard: Guard, passive: bool) -> None:
    def work(session: Session) -> None:
        actor = security.resolve_actor(session, session_token=token, ip_address=address)
        ensure_allowed(actor, guard)
        if not passive and actor.session_id is not None:
            security.touch_session(session, actor.session_id)

    in_transaction(work)


async def _is_live(token: str | None, address: str) -> bool:
    if token is None:
        return False
    try:
        await off_loop(
            lambda: in_transaction(
                lambda session: security.resolve_actor(session, session_token=token, ip_address=address)
            )
        )
    except DatabaseAway:
        raise  # Nobody knows; what the tab holds is neither sent nor forgotten.
    except DomainError:
        return False
    return True


async def _bind_to_session(state: BaseState, session_state: SessionState, token: str | None) -> None:
    if session_state._bound_to != fingerprint(token):
        _forget_everything(state, session_state, token)


def _forget_everything(state: BaseState, session_state: SessionState, token: str | None) -> None:
    state._get_root_state().reset()
    session_state._bound_to = fingerprint(token)


def _refusal(refusal: DomainError) -> StateUpdate:
    return _events(rx.toast.error(str(refusal)))


def _refusal_while_away(name: str, refusal: DatabaseAway) -> StateUpdate:
    """The banner; who pressed something is told besides that it came to nothing."""
    banner = announce_away(page_is_lost=_hydrates(name))
    is_awaited = not is_framework_event(name) and not declared(name)[1]
    return _events(banner, *([rx.toast.error(str(refusal), id="database-away")] if is_awaited else []))


def _events(*events: Any) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(list(events)))
