"""Deny by default: no event reaches a handler that declares no guard, or whose guard its session does not pass."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.db import in_transaction
from hms_app.core.errors import DatabaseAway, DomainError, NotPermitted, NotSignedIn, SessionLocked
from hms_app.core.permissions import PUBLIC, Guard
from hms_app.core.use_case import GUARD_ATTRIBUTE, ensure_allowed
from hms_app.domain.security import service as security
from hms_app.state import admission
from hms_app.state.address import sign_in_address
from hms_app.state.away import announce_away
from hms_app.state.base import PASSIVE_ATTRIBUTE, SessionState, explain_bug
from hms_app.state.credentials import client_address, fingerprint, session_token
from hms_app.state.off_loop import off_loop
from hms_app.state.payloads import PayloadDamaged, ensure_fits, ensure_stored_by_browsers
from hms_app.state.replies import call, go, refuse
from hms_app.state.tabs import Tabs

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
logger = logging.getLogger("hms.gate")

LOAD_AGAIN: Final = "() => window.hmsSession?.loadAgain()"
"""Makes the browser load its page as soon as the server is ready: this connection has no page loaded for it."""


class EventGate(Middleware):
    """The first to see each event, chained and background ones too."""

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """Answer the event with a refusal, or None to let it through."""
        session_state = await state.get_state(SessionState)
        tab = _Tab(app.event_namespace, state, session_state)
        if session_state._bound_to != fingerprint(tab.token):
            tab.forget_everything()
        try:
            return await self._judged(tab, event)
        except NotSignedIn:
            door = sign_in_address(state)  # type: ignore[arg-type]
            tab.is_of_nobody()
            return _events(go(door, replace=True))
        except SessionLocked:
            return _events(call("() => window.hmsLock?.()"))
        except DatabaseAway as refusal:
            return _refusal_while_away(event.name, refusal)
        except PayloadDamaged as refusal:
            logger.warning("a page sent %s what it does not take", event.name.rsplit(".", 1)[-1])
            return _refusal(refusal)
        except DomainError as refusal:
            return _refusal(refusal)
        except Exception as bug:
            again = [call(LOAD_AGAIN)] if _hydrates(event.name) else []
            return _events(refuse(explain_bug(bug)), *again)
        finally:
            tab.note_that_something_ran()

    async def _judged(self, tab: "_Tab", event: Event) -> StateUpdate | None:
        admission.dismiss()
        if is_framework_event(event.name):
            if _hydrates(event.name):
                await _bind_for_hydrate(tab)
        elif (guard := declared(event.name)[0]) is None:
            raise NotPermitted("an undeclared handler")
        elif guard != PUBLIC:
            is_active, asked_at = _is_of_a_person(event.name), time.monotonic()
            actor = await off_loop(lambda: _resolved(tab, guard, is_active=is_active))
            if tab.binds_to(actor):
                return _events(call("() => window.location.reload()"))
            ensure_allowed(actor, guard)
            admission.admit(actor, tab.token, asked_at=asked_at)
        ensure_fits(_function(event.name), event.payload)
        if is_framework_event(event.name):
            ensure_stored_by_browsers(event.payload.get("vars") or {})
        return None


class _Tab:
    """One tab's state, and who is behind it."""

    def __init__(self, tabs: Any, state: BaseState, session_state: SessionState) -> None:
        self.token = session_token(state)  # type: ignore[arg-type]
        self.address = client_address(state)  # type: ignore[arg-type]
        self._name = state.router.session.client_token
        self._tabs = tabs if isinstance(tabs, Tabs) else None
        self._state, self._session_state = state, session_state

    def binds_to(self, actor: Actor) -> bool:
        """Bind the state to what this person may see now; whether it was emptied, because they may see less."""
        rights = rights_of(actor)
        has_lost = bool(self._session_state._rights - rights)
        if has_lost:
            self.forget_everything()
        if self._session_state._rights != rights:
            self._session_state._rights = rights
        if self._tabs is not None:
            self._tabs.presence.is_of_a_person(self._name)
        return has_lost

    def is_of_nobody(self) -> None:
        """The session is over."""
        self.forget_everything()
        if self._tabs is not None:
            self._tabs.presence.is_of_nobody(self._name)

    def forget_everything(self) -> None:
        """Empty the state; what is loaded from here on is for this cookie."""
        self._state._get_root_state().reset()
        self._session_state._bound_to = fingerprint(self.token)

    def note_that_something_ran(self) -> None:
        """An event that runs for a tab that was left has made its state anew."""
        if self._tabs is not None and not self._tabs.is_connected(self._name):
            self._tabs.presence.went(self._name)


def rights_of(actor: Actor) -> frozenset[str]:
    """Everything that decides which rows an actor is shown."""
    own = (f"user {actor.user_id}", f"patient {actor.patient_id}", f"practitioner {actor.practitioner_id}")
    return frozenset((*own, *(permission.value for permission in actor.permissions)))


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


def _is_of_a_person(name: str) -> bool:
    """Whether the browser sent the event because somebody did something; what follows of another event is no sign."""
    is_chained = EventContext.get().parent_txid is not None
    return not is_chained and not declared(name)[1]


def _resolved(tab: _Tab, guard: Guard, *, is_active: bool) -> Actor:
    """Who is behind the tab now; counted as activity when they did something they may do."""

    def work(session: Session) -> Actor:
        actor = security.resolve_actor(session, session_token=tab.token, ip_address=tab.address)
        if is_active and _passes(actor, guard):
            security.touch_session(session, actor)
        return actor

    return in_transaction(work)


async def _bind_for_hydrate(tab: _Tab) -> None:
    """A hydrate sends the whole state: only to a live session, and only what it may see now."""
    try:
        if tab.token is None:
            raise NotSignedIn
        tab.binds_to(await off_loop(lambda: _resolved(tab, PUBLIC, is_active=False)))
    except DatabaseAway:
        raise  # Nobody knows; what the tab holds is neither sent nor forgotten.
    except DomainError:
        tab.is_of_nobody()


def _passes(actor: Actor, guard: Guard) -> bool:
    try:
        ensure_allowed(actor, guard)
    except DomainError:
        return False
    return True


def _refusal(refusal: DomainError) -> StateUpdate:
    return _events(refuse(str(refusal)))


def _refusal_while_away(name: str, refusal: DatabaseAway) -> StateUpdate:
    """The banner; who pressed something is told besides that it came to nothing."""
    banner = announce_away(page_is_lost=_hydrates(name))
    is_awaited = not is_framework_event(name) and not declared(name)[1]
    return _events(banner, *([refuse(str(refusal), once="database-away")] if is_awaited else []))


def _events(*events: Event) -> StateUpdate:
    return StateUpdate(events=list(events))
