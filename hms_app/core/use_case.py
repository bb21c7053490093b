"""The one way in: a function a screen, an API route or a script may call."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted, NotSignedIn, ReauthenticationNeeded
from hms_app.core.permissions import PUBLIC, SIGNED_IN, Guard

P = ParamSpec("P")
R = TypeVar("R")
UseCase = Callable[Concatenate[Session, Actor, P], R]

GUARD_ATTRIBUTE: Final = "required_permission"


def ensure_allowed(actor: Actor, guard: Guard) -> None:
    """Raise `NotPermitted` (or `NotSignedIn`) unless `actor` passes `guard`."""
    if guard == PUBLIC:
        return
    if guard == SIGNED_IN:
        if actor.session_id is None and actor.user_id is None and not actor.permissions:
            raise NotSignedIn
        return
    if guard not in actor.permissions:
        raise NotPermitted(str(guard))


def ensure_reauthenticated(actor: Actor) -> None:
    """Raise `ReauthenticationNeeded` unless a person's password was confirmed within the last minutes."""
    if actor.session_id is not None and not actor.reauthenticated:
        raise ReauthenticationNeeded


def use_case(guard: Guard, *, dangerous: bool = False) -> Callable[[UseCase[P, R]], UseCase[P, R]]:
    """Refuse the call unless the actor passes `guard`; a dangerous one also wants the password of the last minutes."""

    def decorate(function: UseCase[P, R]) -> UseCase[P, R]:
        @wraps(function)
        def checked(session: Session, actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
            ensure_allowed(actor, guard)
            if dangerous:
                ensure_reauthenticated(actor)
            return function(session, actor, *args, **kwargs)

        setattr(checked, GUARD_ATTRIBUTE, guard)
        return cast(UseCase[P, R], checked)

    return decorate
