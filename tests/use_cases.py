"""Every use case of the house, read off the code itself."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import hms_app.domain
from hms_app.core.use_case import GUARD_ATTRIBUTE


def use_cases() -> dict[str, Callable[..., Any]]:
    """Each use case by its name and where it stands: "patients.service.coverages.correct_coverage"."""
    prefix = f"{hms_app.domain.__name__}."
    return {
        f"{module.name.removeprefix(prefix)}.{name}": found
        for module in walk_packages(hms_app.domain.__path__, prefix)
        for name, found in vars(import_module(module.name)).items()
        if hasattr(found, GUARD_ATTRIBUTE) and found.__module__ == module.name
    }
