"""Equipment that can be booked: a page of it, and the form in the drawer."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.organization.values import Choice
from hms_app.domain.scheduling.queries.equipment import get_equipment, list_equipment
from hms_app.domain.scheduling.service import services as service
from hms_app.domain.scheduling.values.services import EQUIPMENT_FORM, EquipmentInput, EquipmentRow
from hms_app.state.lists.entries import Entries, EntriesScreen, EntryItem, entry_item
from hms_app.state.lists.kinds import CLOSED_TOO, ListKind
from hms_app.state.organization.department_choices import department_choices, named_in


class EquipmentItem(EntryItem):
    """A piece of equipment in its list and its form."""

    department_id: str
    department: str
    services: str


def equipment_item(row: EquipmentRow) -> EquipmentItem:
    """A piece of equipment as texts."""
    return {
        **entry_item(row),
        "department_id": str(row.department_id or ""),
        "department": row.department or "",
        "services": str(row.services),
    }


EQUIPMENT: Final = ListKind(
    name="equipment",
    noun="piece of equipment",
    nouns="pieces of equipment",
    read=Permission.SCHEDULING_SERVICE_READ,
    export=Permission.SCHEDULING_SERVICE_READ,
    find=list_equipment,
    present=lambda row, _actor: equipment_item(row),
    columns={"name": "Name", "department": "Department", "services": "Services", "status": "Status"},
    filters=(CLOSED_TOO,),
    rights={"may_edit": Permission.SCHEDULING_SERVICE_EDIT},
)


class EquipmentState(EntriesScreen, rx.State):
    """What the screen of equipment knows."""

    rows: list[EquipmentItem] = []
    departments: list[Choice] = []
    listed: ClassVar = EQUIPMENT
    entries: ClassVar = Entries(
        kind="equipment",
        edit=Permission.SCHEDULING_SERVICE_EDIT,
        get=get_equipment,
        shown=equipment_item,
        request=EquipmentInput,
        form=EQUIPMENT_FORM,
        add=service.add_equipment,
        change=service.change_equipment,
        close=service.close_equipment,
        reopen=service.reopen_equipment,
    )

    async def _read_choices(self, form: Mapping[str, Any]) -> None:
        self.departments = await self._run(department_choices) or []

    def _texts(self, form: Mapping[str, Any]) -> dict[str, str]:
        return named_in(self.departments, form, "department_id")
