"""Whom the gate let in for an event, told to the first that reads in it: nobody is looked up twice to be shown a list.

What may change anything asks again, in the transaction that does it. So does what reads later in the same event, or
after more than a second, or for another session: a right that was taken away bites that soon (decision 0026).
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from reflex_base.event.context import EventContext

from hms_app.core.actor import Actor

GOOD_FOR_SECONDS: Final = 1.0
_QUERIES: Final = "queries"


@dataclass
class Admission:
    """An actor as the database named them for one event of one session."""

    actor: Actor
    token: str | None
    event: str
    asked_at: float
    """Before the database was asked, by the monotonic clock."""

    def actor_now(self) -> Actor | None:
        """The actor, while what the database said is new enough."""
        return self.actor if time.monotonic() - self.asked_at <= GOOD_FOR_SECONDS else None


_ADMITTED: Final[ContextVar[Admission | None]] = ContextVar("admitted", default=None)


def admit(actor: Actor, token: str | None, *, asked_at: float) -> None:
    """Say who is behind the event that this task runs, and when that was asked."""
    _ADMITTED.set(Admission(actor, token, EventContext.get().txid, asked_at))


def dismiss() -> None:
    """Nobody was looked up for the event that this task runs."""
    _ADMITTED.set(None)


def take(use_case: Callable[..., Any], token: str | None) -> Admission | None:
    """The admission of this very event and session, once, and for a use case that only reads; None otherwise."""
    admitted = _ADMITTED.get()
    dismiss()
    if admitted is None or not only_reads(use_case):
        return None
    is_of_this_event = admitted.event == EventContext.get().txid
    return admitted if is_of_this_event and admitted.token == token else None


def only_reads(use_case: Callable[..., Any]) -> bool:
    """Whether it stands among the queries of a domain."""
    return _QUERIES in str(getattr(use_case, "__module__", "")).split(".")
