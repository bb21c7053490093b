"""Catalogue items: their categories, inputs, rows, and what the trail says about them."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator

from hms_app.core.form_input import FormInput
from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import describe
from hms_app.domain.organization.values import Name
from hms_app.domain.records.values import Form, FormField


class CatalogueCategory(StrEnum):
    """What an item is, as far as it decides who works with it.

    In FHIR a service is a HealthcareService, a procedure, laboratory test or imaging study the code of a
    ServiceRequest, a medicine a Medication, a supply or piece of equipment a Device; all can be charged by a
    ChargeItemDefinition.
    """

    SERVICE = "service"
    PROCEDURE = "procedure"
    LABORATORY = "laboratory"
    IMAGING = "imaging"
    MEDICINE = "medicine"
    SUPPLY = "supply"
    EQUIPMENT = "equipment"
    ACCOMMODATION = "accommodation"
    OTHER = "other"


_C = CatalogueCategory
CATEGORY_LABELS: Final[dict[CatalogueCategory, str]] = {
    _C.SERVICE: "Service",
    _C.PROCEDURE: "Procedure",
    _C.LABORATORY: "Laboratory",
    _C.IMAGING: "Imaging",
    _C.MEDICINE: "Medicine",
    _C.SUPPLY: "Supply",
    _C.EQUIPMENT: "Equipment",
    _C.ACCOMMODATION: "Bed and board",
    _C.OTHER: "Other",
}


class CatalogueAction(StrEnum):
    """What the audit trail says about the catalogue."""

    ITEM_ADDED = "catalogue.item.added"
    ITEM_CHANGED = "catalogue.item.changed"
    ITEM_CLOSED = "catalogue.item.closed"
    ITEM_REOPENED = "catalogue.item.reopened"


describe(list(CatalogueAction), {Permission.CATALOGUE_ITEM_READ: ("code", "name", "category", "is_active")})


class ItemSort(StrEnum):
    """What the catalogue can be sorted by; a minus sorts downwards."""

    NAME = "name"
    NAME_DOWN = "-name"
    CODE = "code"
    CODE_DOWN = "-code"


def _code(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9./+-]{0,31}", text):
        raise ValueError("Use 1 to 32 letters, digits, dots, slashes, plus signs or hyphens.")
    return text


class CatalogueItemInput(FormInput):
    """An item's code, name and category."""

    code: Annotated[str, AfterValidator(_code)]
    name: Name
    category: CatalogueCategory


@dataclass(frozen=True)
class CatalogueItemRow:
    """Something that can be booked, ordered or sold; no longer when it is not active."""

    id: int
    version: int
    is_active: bool
    code: str
    name: str
    category: CatalogueCategory


ITEM_FORM: Final[Form] = {
    "code": FormField("Code"),
    "name": FormField("Name"),
    "category": FormField("Category", CATEGORY_LABELS),
}
