"""Rows of the catalogue for tests, made through the use cases."""

from itertools import count
from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.domain.catalogue import service
from hms_app.domain.catalogue.values import CatalogueItemInput, CatalogueItemRow

SYSTEM = Actor.system("tests")
_NUMBERS = count(1)


def make_item(session: Session, **overrides: Any) -> CatalogueItemRow:
    """A service of the catalogue, by default a first consultation under a code of its own."""
    fields = {
        "name": "First consultation",
        "code": f"MADE-{next(_NUMBERS)}",
        "category": "service",
        **overrides,
    }
    return service.add_item(session, SYSTEM, request=CatalogueItemInput.from_form(fields))
