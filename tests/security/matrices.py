"""Who holds what, and what each handler wants, as lines of text that a person reads whenever one of them changes.

`python -m tests.security.matrices` writes the files anew; the difference is then reviewed like any other change.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from reflex_base.registry import RegistrationContext

import hms_app.hms_app  # noqa: F401  (registers every state)
from hms_app.core.permissions import Permission
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES

ROLES: Final = Path(__file__).with_name("role_matrix.txt")
"""A line a permission: the default roles that hold it."""
HANDLERS: Final = Path(__file__).with_name("handler_matrix.txt")
"""A line a state and guard: the handlers that want it."""


def role_lines() -> list[str]:
    """The first file as the code would have it."""
    return [
        f"{permission:<32}{' '.join(role.code for role in DEFAULT_ROLES if permission in role.permissions)}"
        for permission in sorted(Permission)
    ]


def handler_lines() -> list[str]:
    """The second file as the code would have it."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, function in declared_handlers().items():
        state, handler = short(name).split(".")
        found[state, str(getattr(function, GUARD_ATTRIBUTE))].append(handler)
    return [
        f"{state:<28}{guard:<32}{' '.join(sorted(names))}" for (state, guard), names in sorted(found.items())
    ]


def roles_by_permission() -> dict[str, set[str]]:
    """Who holds each permission, as the file says."""
    return {words[0]: set(words[1:]) for words in map(str.split, ROLES.read_text().splitlines())}


def guards_by_handler() -> dict[str, str]:
    """What each handler wants, as the file says."""
    lines = map(str.split, HANDLERS.read_text().splitlines())
    return {f"{state}.{handler}": guard for state, guard, *handlers in lines for handler in handlers}


def declared_handlers() -> dict[str, Any]:
    """The functions behind the handlers that declare a guard, by their full names."""
    handlers = RegistrationContext.get().event_handlers
    functions = {name: registered.handler.fn for name, registered in handlers.items()}
    return {name: function for name, function in functions.items() if hasattr(function, GUARD_ATTRIBUTE)}


def short(name: str) -> str:
    """A handler's name without where its state stands."""
    return name.split("____")[-1]


if __name__ == "__main__":
    ROLES.write_text("\n".join(role_lines()) + "\n")
    HANDLERS.write_text("\n".join(handler_lines()) + "\n")
