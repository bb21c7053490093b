"""Coming in: who is at the door of a page, and where else they must go first."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.db import in_transaction
from hms_app.core.errors import DatabaseAway, DomainError, NotPermitted, NotSignedIn, SessionLocked
from hms_app.core.permissions import PUBLIC
from hms_app.core.use_case import ensure_allowed
from hms_app.domain.organization import queries as organization
from hms_app.domain.security import service as security
from hms_app.navigation import Screen
from hms_app.state.address import sign_in_address
from hms_app.state.away import announce_away
from hms_app.state.base import SessionState, handles
from hms_app.state.credentials import client_address, session_token
from hms_app.state.off_loop import off_loop, off_loop_for_visitor
from hms_app.state.replies import go

SCREEN_OF = {screen.route: screen for screen in navigation.SCREENS}


class EntryState(rx.State):
    """The guard of every page's load; the handlers behind it are guarded again on their own."""

    @handles(PUBLIC, passive=True)
    async def enter(self, route: str) -> Any:
        """Let the person in, or send them to set-up, sign-in or "not permitted"."""
        screen = SCREEN_OF.get(str(route))
        if screen is None:
            return None
        token, address = session_token(self), client_address(self)
        session_state = await self.get_state(SessionState)
        try:
            road = off_loop if token else off_loop_for_visitor
            actor = await road(lambda: _at_the_door(token, address, screen))
        except _NotFounded:
            return go(navigation.SET_UP.route)
        except NotSignedIn:
            return go(sign_in_address(self), replace=True)
        except SessionLocked:
            session_state.is_locked = True
            return None
        except DatabaseAway:
            return announce_away(page_is_lost=screen.guard != PUBLIC)
        except NotPermitted:
            return go(navigation.NOT_PERMITTED.route)
        session_state.is_locked = False
        session_state.is_signed_in = actor.session_id is not None
        session_state.user_name = actor.name if actor.session_id else ""
        session_state.role_names = ", ".join(actor.roles)
        return None


class _NotFounded(DomainError):
    """The hospital is empty: set-up comes first."""


def _at_the_door(token: str | None, address: str, screen: Screen) -> Actor:
    def work(session: Session) -> Actor:
        if not organization.is_founded(session):
            if screen == navigation.SET_UP:
                return Actor.nobody(address)
            raise _NotFounded("This hospital is not set up yet.")
        if screen.guard == PUBLIC and token is None:
            return Actor.nobody(address)
        try:
            actor = security.resolve_actor(session, session_token=token, ip_address=address)
        except (NotSignedIn, SessionLocked):
            if screen.guard == PUBLIC:
                return Actor.nobody(address)
            raise
        ensure_allowed(actor, screen.guard)
        return actor

    return in_transaction(work)
