"""What is shown. Importing this package registers every page."""

from importlib import import_module
from pkgutil import walk_packages


def _register_all() -> None:
    for module in walk_packages(__path__, prefix=f"{__name__}."):
        import_module(module.name)


_register_all()
