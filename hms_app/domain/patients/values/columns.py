"""The columns a list of patients can have, and who may see each."""

from dataclasses import dataclass
from typing import Final

from hms_app.core.permissions import Permission


@dataclass(frozen=True)
class ListColumn:
    """A column that can be chosen; `permission` is what it wants beyond the list itself."""

    label: str
    permission: Permission | None = None
    sort: str = ""
    """What the list sorts by at a click on the column's head; empty when it does not."""


COLUMNS: Final[dict[str, ListColumn]] = {
    "name": ListColumn("Name", sort="name"),
    "mrn": ListColumn("Number", sort="mrn"),
    "birth_date": ListColumn("Born", sort="birth_date"),
    "age": ListColumn("Age"),
    "sex": ListColumn("Sex"),
    "phone": ListColumn("Phone", Permission.PATIENTS_CONTACT_READ),
    "city": ListColumn("Town", Permission.PATIENTS_CONTACT_READ),
    "payer": ListColumn("Payer", Permission.PATIENTS_COVERAGE_READ),
    "last_visit": ListColumn("Last visit", Permission.CLINICAL_ENCOUNTER_READ, sort="last_visit"),
    "updated": ListColumn("Changed", sort="updated"),
    "status": ListColumn("Record"),
}
"""In the order in which a list shows them."""
FIRST_COLUMNS: Final = ("name", "mrn", "birth_date", "age", "sex", "status")
"""What a list shows until somebody chooses."""
