"""How a patient is reached, who pays and which numbers others gave: the requests to correct them, and the rows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from hms_app.core.request import FormRequest
from hms_app.domain.organization.values import PRINTABLE, Email, Line, known_countries
from hms_app.domain.patients.values.registration import PhonePart, RelationPart
from hms_app.domain.patients.values.words import ContactUse


class DetailKind(StrEnum):
    """What hangs on a patient's record and can be corrected by itself."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    RELATION = "relation"
    COVERAGE = "coverage"
    IDENTIFIER = "identifier"


class DetailState(StrEnum):
    """Whether a row counts today."""

    CURRENT = "current"
    PLANNED = "planned"
    ENDED = "ended"
    ENTERED_IN_ERROR = "entered_in_error"


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


def _known_country(code: str) -> str:
    if code and code not in known_countries():
        raise ValueError("Choose a country of the list.")
    return code


class EmailRequest(FormRequest):
    """An e-mail address."""

    value: Annotated[Email, Field(min_length=1)]
    use: ContactUse = ContactUse.HOME


class AddressRequest(FormRequest):
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


ContactRequest = PhonePart | EmailRequest | AddressRequest | RelationPart
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
