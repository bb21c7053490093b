"""The one way in: a function a screen, an API route or a script may call."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted, NotSignedIn, ReauthenticationNeeded
from hms_app.core.permissions import PUBLIC, SIGNED_IN, AnyOf, Depends, OrOwn, Permission, Right

P = ParamSpec("P")
R = TypeVar("R")
UseCase = Callable[Concatenate[Session, Actor, P], R]

GUARD_ATTRIBUTE: Final = "required_permission"
DANGEROUS_ATTRIBUTE: Final = "is_dangerous"


def ensure_allowed(actor: Actor, guard: Right, arguments: Mapping[str, Any] | None = None) -> None:
    """Raise `NotPermitted` (or `NotSignedIn`) unless `actor` passes `guard` with the arguments of the call.

    For a patient there are no other records: asking for one raises `NotFound`.
    """
    if guard == PUBLIC:
        return
    if guard == SIGNED_IN:
        if actor.session_id is None and actor.user_id is None and not actor.permissions:
            raise NotSignedIn
        return
    missing = _missing(actor, guard, arguments or {})
    if missing and isinstance(guard, OrOwn) and _knows_only_the_own_record(actor):
        raise NotFound("patient")
    if missing:
        raise NotPermitted(missing)


def _missing(actor: Actor, guard: Right, arguments: Mapping[str, Any]) -> str:
    """What the actor lacks; "" for nothing."""
    if isinstance(guard, OrOwn):
        return "" if _is_own(actor, arguments) else _missing(actor, guard.guard, arguments)
    if isinstance(guard, Depends):
        value = arguments.get(guard.argument)
        return _missing(actor, guard.wants.get(value, f"{guard.argument}={value}"), arguments)
    wanted = guard.permissions if isinstance(guard, AnyOf) else (guard,)
    return "" if actor.permissions.intersection(wanted) else str(wanted[0])


def _is_own(actor: Actor, arguments: Mapping[str, Any]) -> bool:
    """Whether it is about the actor's own record, as far as the arguments tell."""
    return _is_patient(actor) and arguments.get("patient_id", actor.patient_id) == actor.patient_id


def _is_patient(actor: Actor) -> bool:
    return actor.patient_id is not None and actor.can(Permission.PORTAL_RECORD_READ)


def _knows_only_the_own_record(actor: Actor) -> bool:
    return _is_patient(actor) and not actor.can(Permission.PATIENTS_PATIENT_READ)


def ensure_reauthenticated(actor: Actor) -> None:
    """Raise `ReauthenticationNeeded` unless a person's password was confirmed within the last minutes."""
    if actor.session_id is not None and not actor.reauthenticated:
        raise ReauthenticationNeeded


def use_case(guard: Right, *, dangerous: bool = False) -> Callable[[UseCase[P, R]], UseCase[P, R]]:
    """Refuse the call unless the actor passes `guard`; a dangerous one also wants the password of the last minutes."""

    def decorate(function: UseCase[P, R]) -> UseCase[P, R]:
        @wraps(function)
        def checked(session: Session, actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
            ensure_allowed(actor, guard, kwargs)
            if dangerous:
                ensure_reauthenticated(actor)
            return function(session, actor, *args, **kwargs)

        setattr(checked, GUARD_ATTRIBUTE, guard)
        setattr(checked, DANGEROUS_ATTRIBUTE, dangerous)
        return cast(UseCase[P, R], checked)

    return decorate
