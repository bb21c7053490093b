"""Plain lists of patients: what a column can hold, and what somebody said about a list's columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import Field

from hms_app.core.errors import InvalidInput
from hms_app.core.form_input import FormInput
from hms_app.domain.organization.values import PRINTABLE
from hms_app.domain.patients.values import RegistrationInput


class ListField(StrEnum):
    """What a column of a list can hold; a column of no field is left out."""

    MRN = "mrn"
    FULL_NAME = "full_name"
    FAMILY_NAME = "family_name"
    GIVEN_NAMES = "given_names"
    MIDDLE_NAMES = "middle_names"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    PREFERRED_NAME = "preferred_name"
    MAIDEN_NAME = "maiden_name"
    BIRTH = "birth"
    SEX = "sex"
    PHONE = "phone"
    MOBILE = "mobile"
    EMAIL = "email"
    ADDRESS_LINE = "address_line"
    CITY = "city"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    NATIONAL_ID = "national_id"
    SSN = "ssn"
    PASSPORT = "passport"
    HEALTH_CARD = "health_card"


class DateOrder(StrEnum):
    """In which order figures such as 03/04/1980 are written."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


class NameOrder(StrEnum):
    """How a name in one column is written; a comma always ends the family name."""

    GIVEN_FIRST = "given_first"
    FAMILY_FIRST = "family_first"


FIELD_LABELS: Final = {
    ListField.MRN: "Record number (MRN)",
    ListField.FULL_NAME: "Full name",
    ListField.FAMILY_NAME: "Family name",
    ListField.GIVEN_NAMES: "Given names",
    ListField.MIDDLE_NAMES: "Middle names",
    ListField.PREFIX: "Title",
    ListField.SUFFIX: "Suffix",
    ListField.PREFERRED_NAME: "Preferred name",
    ListField.MAIDEN_NAME: "Maiden name",
    ListField.BIRTH: "Date of birth",
    ListField.SEX: "Sex",
    ListField.PHONE: "Phone",
    ListField.MOBILE: "Mobile phone",
    ListField.EMAIL: "E-mail",
    ListField.ADDRESS_LINE: "Street and number",
    ListField.CITY: "Town",
    ListField.REGION: "State or region",
    ListField.POSTAL_CODE: "Postal code",
    ListField.COUNTRY: "Country",
    ListField.NATIONAL_ID: "National identity number",
    ListField.SSN: "Social security number",
    ListField.PASSPORT: "Passport",
    ListField.HEALTH_CARD: "Health insurance card",
}
ONE_FIELD_ONCE: Final = frozenset(set(ListField) - {ListField.PHONE, ListField.ADDRESS_LINE})
"""Fields that only one column can hold; several phones are kept, several address lines joined."""
MOST_COLUMNS: Final = 100
LONGEST_SOURCE: Final = 80


@dataclass(frozen=True)
class ListMapping:
    """What somebody said about a list: each column's field by its place, and how its texts are written.

    `source` names the list's origin: the same row of the same source is the same patient. `key_column` is the
    column that tells rows apart; without one a row is known by all that it says.
    """

    fields: dict[int, ListField] = field(default_factory=dict)
    date_order: DateOrder = DateOrder.DAY_FIRST
    name_order: NameOrder = NameOrder.GIVEN_FIRST
    key_column: int | None = None
    source: str = ""
    takes_lookalikes: bool = False

    def as_json(self) -> dict[str, Any]:
        """The mapping as it is kept."""
        return {
            "fields": {str(place): found.value for place, found in self.fields.items()},
            "date_order": self.date_order.value,
            "name_order": self.name_order.value,
            "key_column": self.key_column,
            "source": self.source,
            "takes_lookalikes": self.takes_lookalikes,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The mapping that was kept."""
        return cls(
            fields={int(place): ListField(name) for place, name in kept["fields"].items()},
            date_order=DateOrder(kept["date_order"]),
            name_order=NameOrder(kept["name_order"]),
            key_column=kept["key_column"],
            source=kept["source"],
            takes_lookalikes=kept["takes_lookalikes"],
        )


class ListMappingInput(FormInput):
    """The mapping form; the columns come beside it as `column_0`, `column_1` and so on."""

    date_order: DateOrder
    name_order: NameOrder = NameOrder.GIVEN_FIRST
    key_column: Annotated[int | None, Field(ge=0, lt=MOST_COLUMNS)] = None
    source: Annotated[str, Field(min_length=1, max_length=LONGEST_SOURCE), PRINTABLE]
    takes_lookalikes: bool = False

    def mapping(self, form: Mapping[str, Any]) -> ListMapping:
        """The mapping with the columns of the form; raises InvalidInput at each column that says no field."""
        fields, problems = {}, {}
        for place in range(MOST_COLUMNS):
            name = form.get(f"column_{place}", "")
            if not name:
                continue
            try:
                fields[place] = ListField(name)
            except ValueError:
                problems[f"column_{place}"] = "Choose one of the list."
        if problems:
            raise InvalidInput(problems)
        return ListMapping(
            fields, self.date_order, self.name_order, self.key_column, self.source, self.takes_lookalikes
        )


@dataclass(frozen=True)
class ReadRow:
    """A row as it will be registered, or why it cannot be; `key` makes it the same row when it is read again."""

    line: int
    key: str
    digest: str
    request: RegistrationInput | None
    shown: dict[str, str]
    problem: str = ""


@dataclass(frozen=True)
class PreviewRow:
    """A row of the preview: what was understood, in words."""

    line: int
    name: str
    birth: str
    sex: str
    contact: str
    address: str
    identifiers: str
    problem: str
