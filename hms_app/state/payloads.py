"""What a browser may hand to a handler: the arguments it names, of the kinds it says, in text that can be kept.

Reflex enforces none of it, so that a page that was tampered with could hand a list to what expects a word.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any, Final, NamedTuple, get_args, get_origin, get_type_hints

from reflex.state import State
from reflex_base.constants.state import FIELD_MARKER

from hms_app.core.errors import DomainError
from hms_app.core.text import is_plain

_ACCEPTED: Final[dict[Any, tuple[type, ...]]] = {float: (int, float), Any: (object,)}
"""What JSON may hold for an annotation, where it is not just the annotation's own type."""


_ROOT: Final = State
"""All states hang below it."""


class PayloadDamaged(DomainError):
    """No screen of ours sends this."""

    def __init__(self) -> None:
        super().__init__("This page sent something that cannot be read. Load the page again, then retry.")


def ensure_stored_by_browsers(given: Mapping[str, Any]) -> None:
    """Raise PayloadDamaged unless these name what states keep in browsers: Reflex looks each up by its name."""
    for name in given:
        owner, _, var = str(name).rpartition(".")
        try:
            is_stored = _ROOT.get_class_substate(owner)._is_client_storage(var.removesuffix(FIELD_MARKER))
        except ValueError:
            is_stored = False
        if not is_stored:
            raise PayloadDamaged


class _Argument(NamedTuple):
    kinds: tuple[type, ...]
    is_required: bool


def ensure_fits(handler: Callable[..., Any], payload: Mapping[str, Any]) -> None:
    """Raise PayloadDamaged unless the payload holds just what the handler's annotations ask for."""
    arguments = _arguments(handler)
    missing = {name for name, argument in arguments.items() if argument.is_required} - set(payload)
    if missing or set(payload) - set(arguments):
        raise PayloadDamaged
    if not all(isinstance(value, arguments[name].kinds) for name, value in payload.items()):
        raise PayloadDamaged
    if not _is_writable(payload):
        raise PayloadDamaged


@lru_cache(maxsize=4096)
def _arguments(handler: Callable[..., Any]) -> dict[str, _Argument]:
    hints = get_type_hints(handler)
    _state, *parameters = signature(handler).parameters.values()
    return {
        parameter.name: _Argument(
            _kinds(hints.get(parameter.name, Any)), parameter.default is Parameter.empty
        )
        for parameter in parameters
    }


def _kinds(annotation: Any) -> tuple[type, ...]:
    if annotation in _ACCEPTED:
        return _ACCEPTED[annotation]
    origin = get_origin(annotation)
    if origin is None:
        return (annotation,)
    if isinstance(origin, type) and origin in (dict, list):
        return (origin,)
    return tuple(kind for part in get_args(annotation) for kind in _kinds(part))


def _is_writable(payload: Mapping[str, Any]) -> bool:
    waiting: list[Any] = [payload]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and not is_plain(value):
            return False
        if isinstance(value, Mapping):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
    return True
