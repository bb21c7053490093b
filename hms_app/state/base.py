"""What every screen's state shares: the guard decorator and the one road to the use cases."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.db import in_transaction, only_read
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
from hms_app.core.form_input import FormInput
from hms_app.core.permissions import Guard
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security import service as security
from hms_app.state import admission as admitted
from hms_app.state.credentials import client_address, session_token
from hms_app.state.off_loop import off_loop, off_loop_for_visitor

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

PASSIVE_ATTRIBUTE = "is_passive"


def handles(guard: Guard, *, passive: bool = False, **event_options: Any) -> Callable[[F], F]:
    """Register an event handler and what its caller must hold.

    A passive handler (what a page loads by itself, a refresh, a poll) is no sign of a person: it never puts off the
    idle lock.
    """

    def decorate(function: F) -> F:
        setattr(function, GUARD_ATTRIBUTE, guard)
        if passive:
            make_passive(function)
        return cast(F, rx.event(function, **event_options))

    return decorate


def submits(guard: Guard, **event_options: Any) -> Callable[[F], F]:
    """Register a handler that a form is sent to: the form is busy (`is_saving`) until it has its answer."""

    def decorate(function: F) -> F:
        return handles(guard, **event_options)(busy_until_answered(function))

    return decorate


def busy_until_answered(function: F) -> F:
    """A handler whose screen says that it is at work before it is done, and no longer once it is."""

    @wraps(function)
    async def sent(self: Any, *arguments: Any, **named: Any) -> Any:
        self.is_saving = True
        yield
        try:
            answer = await function(self, *arguments, **named)
        finally:
            self.is_saving = False
        yield answer

    return cast(F, sent)


def make_passive(function: Callable[..., Any]) -> None:
    """Say that a handler runs without anybody doing something."""
    setattr(function, PASSIVE_ATTRIBUTE, True)


class SessionState(rx.State):
    """What the frame knows of the session; data only of the person signed in to this tab."""

    is_signed_in: bool = False
    is_locked: bool = False
    asks_password: bool = False
    user_name: str = ""
    role_names: str = ""
    _bound_to: str = ""
    _rights: frozenset[str] = frozenset()
    """What the person might see when the rows in this tab were loaded."""


class ScreenState(rx.State, mixin=True):
    """The base of every screen: the last problem, and the roads into the domain.

    `_run` reads for the screen or acts, `_submit` does what a form asks for, `_look_up` answers while somebody types.
    """

    problem: str = ""
    problems: dict[str, str] = {}
    is_loading: bool = True
    is_saving: bool = False
    """While a form that was sent waits for its answer; `submits` says so."""
    _hidden: str = ""
    """Why what was last asked for is not for this person to see; "" when it is."""

    async def _run(self, use_case: Callable[..., Any], /, **arguments: Any) -> Any:
        """Run a use case off the event loop in one transaction, as the session's actor.

        Returns its result, or None after putting a refusal into `problem` (the whole form) and `problems` (by field).
        """
        return await self._run_as(use_case, looks=True, **arguments)

    async def _submit(
        self, use_case: Callable[..., Any], /, *, form: Mapping[str, Any], **arguments: Any
    ) -> Any:
        """Run a use case on what a form sent: each argument that is an input's type is read from the form first.

        Returns as `_run` does; a field that cannot be read leaves its sentence in `problems`.
        """
        read = self._understood(lambda: {name: read_input(of, form) for name, of in arguments.items()})
        return None if read is None else await self._run(use_case, **read)

    def _understood(self, read: Callable[[], T]) -> T | None:
        """What is read from a form; None leaves the sentence of each field that cannot be read."""
        self.problem, self.problems = "", {}
        try:
            return read()
        except InvalidInput as refusal:
            self.problem, self.problems = str(refusal), refusal.problems
            return None

    async def _look_up(self, use_case: Callable[..., Any], /, **arguments: Any) -> Any:
        """Run a use case for what is offered while somebody types; None for a refusal.

        What was refused of the form before stays on screen.
        """
        kept = self.problem, self.problems
        try:
            return await self._run(use_case, **arguments)
        finally:
            self.problem, self.problems = kept

    async def _refresh(self, use_case: Callable[..., Any], /, **arguments: Any) -> Any:
        """The same for a screen that keeps itself up to date: what it reads is no look of anybody."""
        return await self._run_as(use_case, looks=False, **arguments)

    async def _reread(self, use_case: Callable[..., Any], /, **arguments: Any) -> Any:
        """`_refresh` beside what somebody does: None for a refusal, and what was refused of a form before stays."""
        kept = self.problem, self.problems
        try:
            return await self._refresh(use_case, **arguments)
        finally:
            self.problem, self.problems = kept

    async def _read_shown(self, use_case: Callable[..., Any], /, **arguments: Any) -> Any:
        """`_reread` what this screen shows: what is no longer this person's to see does not stay on it."""
        found = await self._reread(use_case, **arguments)
        if self._hidden:
            await self._lose_sight(self._hidden)
        return found

    async def _lose_sight(self, refusal: str) -> None:
        """Show the refusal, and nothing of what was shown before."""
        self.reset()  # type: ignore[attr-defined]
        self.problem, self.is_loading = refusal, False

    async def _run_as(self, use_case: Callable[..., Any], /, *, looks: bool, **arguments: Any) -> Any:
        token, address = session_token(self), client_address(self)  # type: ignore[arg-type]
        admission = admitted.take(use_case, token)

        def work(session: Session) -> Any:
            actor = admission.actor_now() if admission else None
            if actor is None:
                actor = security.resolve_actor(session, session_token=token, ip_address=address)
            else:
                only_read(session)
            return use_case(session, replace(actor, looks=looks), **arguments)

        return await self._refusals_caught(off_loop, lambda: in_transaction(work))

    async def _run_as_visitor(self, function: Callable[..., Any], /, **arguments: Any) -> Any:
        """Run a public use case for somebody who may not be signed in."""
        actor = Actor.nobody(client_address(self))  # type: ignore[arg-type]

        def work(session: Session) -> Any:
            return function(session, actor, **arguments)

        return await self._refusals_caught(off_loop_for_visitor, lambda: in_transaction(work))

    async def _refusals_caught(
        self, road: Callable[[Callable[[], Any]], Awaitable[Any]], work: Callable[[], Any]
    ) -> Any:
        self.problem, self.problems, self._hidden = "", {}, ""
        try:
            return await road(work)
        except InvalidInput as refusal:
            self.problem, self.problems = str(refusal), refusal.problems
        except ReauthenticationNeeded as refusal:
            self.problem = str(refusal)
            await self._set_session(asks_password=True)
        except (SessionLocked, NotSignedIn) as refusal:
            self.problem = str(refusal)
            self._hidden = str(refusal) if isinstance(refusal, NotSignedIn) else ""
            await self._set_session(is_locked=isinstance(refusal, SessionLocked))
        except (NotPermitted, NotFound) as refusal:
            self.problem = self._hidden = str(refusal)
        except DomainError as refusal:
            self.problem = str(refusal)
            self.problems = {refusal.field: str(refusal)} if refusal.field else {}
        except Exception as bug:
            self.problem = explain_bug(bug)
        return None

    async def _set_session(self, **values: bool) -> None:
        session_state = await self.get_state(SessionState)  # type: ignore[attr-defined]
        for name, value in values.items():
            setattr(session_state, name, value)


def read_input(wanted: Any, form: Mapping[str, Any]) -> Any:
    """What a form says of an input's type; anything else is what it is. Raises InvalidInput."""
    is_input = isinstance(wanted, type) and issubclass(wanted, FormInput)
    return wanted.from_form(form) if is_input else wanted


def explain_bug(bug: BaseException) -> str:
    """Log an unexpected failure under a fresh reference, without its values, and return what the person reads.

    That the database is away is no bug: its own sentence is what they read.
    """
    if isinstance(bug, DatabaseAway):
        return str(bug)
    reference = logged_fault("unexpected failure", bug)
    return f"Something failed on our side; nothing was saved. Tell your administrator reference {reference}."
