"""Pictures of a form: sent before it over HTTP, so that the form only names them."""

from collections.abc import Mapping
from typing import Any


def picture_of(form: Mapping[str, Any], field: str) -> str | None:
    """The name that a form gives to the picture of a field; None without one."""
    return str(form.get(field) or "") or None
