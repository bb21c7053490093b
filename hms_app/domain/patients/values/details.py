"""How a patient is reached, who pays and which numbers others gave: the inputs that correct them, and the rows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from hms_app.core.form_input import FormInput
from hms_app.domain.organization.values import PRINTABLE, Email, Line, known_countries
from hms_app.domain.patients.values.registration import PhonePart, RelationPart
from hms_app.domain.patients.values.words import (
    CONTACT_USE_LABELS,
    IDENTIFIER_LABELS,
    RELATION_LABELS,
    ContactUse,
    DetailState,
)
from hms_app.domain.records.values import Form, FormField


class DetailKind(StrEnum):
    """What hangs on a patient's record and can be corrected by itself."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    RELATION = "relation"
    COVERAGE = "coverage"
    IDENTIFIER = "identifier"


DETAIL_WORDS: Final[dict[DetailKind, str]] = {
    DetailKind.PHONE: "phone number",
    DetailKind.EMAIL: "e-mail address",
    DetailKind.ADDRESS: "address",
    DetailKind.RELATION: "contact",
    DetailKind.COVERAGE: "coverage",
    DetailKind.IDENTIFIER: "identifier",
}
DETAIL_STATE_LABELS: Final[dict[DetailState, str]] = {
    DetailState.CURRENT: "Current",
    DetailState.PLANNED: "Planned",
    DetailState.ENDED: "Ended",
    DetailState.ENTERED_IN_ERROR: "Entered in error",
}


_USE: Final = FormField("For", CONTACT_USE_LABELS)
_PLACE: Final = FormField("For", {use: name for use, name in CONTACT_USE_LABELS.items() if use != "mobile"})
"""Nobody lives at a mobile address."""
DETAIL_FORMS: Final[dict[DetailKind, Form]] = {
    DetailKind.PHONE: {"number": FormField("Phone number"), "use": _USE},
    DetailKind.EMAIL: {"value": FormField("E-mail address"), "use": _USE},
    DetailKind.ADDRESS: {
        "address_line": FormField("Street and number"),
        "postal_code": FormField("Postal code"),
        "city": FormField("Town"),
        "region": FormField("State or region"),
        "county": FormField("County"),
        "country": FormField("Country", known_countries()),
        "use": _PLACE,
    },
    DetailKind.RELATION: {
        "name": FormField("Name"),
        "kind": FormField("Is", RELATION_LABELS),
        "relationship_name": FormField("Relation to the patient"),
        "phone": FormField("Phone number"),
    },
    DetailKind.COVERAGE: {
        "payer_id": FormField("Payer"),
        "rank": FormField("Rank", {"primary": "Primary: pays first", "secondary": "Secondary"}),
        "plan": FormField("Plan"),
        "member_number": FormField("Member number"),
        "starts_on": FormField("From"),
        "ends_on": FormField("Until"),
        "share": FormField("Share the payer covers"),
    },
    DetailKind.IDENTIFIER: {
        "type": FormField("Type", IDENTIFIER_LABELS),
        "value": FormField("Number"),
        "issuer": FormField("Issued by"),
    },
}
"""The fields of each kind's form."""


def _known_country(code: str) -> str:
    if code and code not in known_countries():
        raise ValueError("Choose a country of the list.")
    return code


class EmailInput(FormInput):
    """An e-mail address."""

    value: Annotated[Email, Field(min_length=1)]
    use: ContactUse = ContactUse.HOME


class AddressInput(FormInput):
    """A postal address; a country alone is none."""

    use: ContactUse = ContactUse.HOME
    address_line: Line = ""
    city: Line = ""
    county: Line = ""
    region: Line = ""
    postal_code: Annotated[str, Field(max_length=20), PRINTABLE] = ""
    country: Annotated[str, AfterValidator(_known_country)] = ""

    @model_validator(mode="before")
    @classmethod
    def _is_given(cls, given: dict[str, object]) -> dict[str, object]:
        parts = ("address_line", "city", "county", "region", "postal_code")
        return given if any(given.get(name) for name in parts) else {**given, "address_line": None}


ContactInput = PhonePart | EmailInput | AddressInput | RelationPart
"""What can be said about reaching a patient."""


@dataclass(frozen=True)
class DetailRow:
    """A row as screens show it: what it is, what it says, whether it counts; `form` are the texts of its form."""

    id: int
    version: int
    kind: DetailKind
    label: str
    title: str
    detail: str
    state: DetailState
    state_label: str
    note: str
    form: dict[str, str]
    is_correctable: bool = True
