"""The departments: a page of them, and the form in the drawer."""

from typing import ClassVar, Final

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import DepartmentInput
from hms_app.domain.organization.values.forms import DEPARTMENT_FORM
from hms_app.state.lists.entries import Entries, EntriesScreen
from hms_app.state.lists.kinds import CLOSED_TOO, ListKind
from hms_app.state.organization.rows import DepartmentItem, department_item

DEPARTMENTS: Final = ListKind(
    name="departments",
    noun="department",
    read=Permission.ORGANIZATION_DEPARTMENT_READ,
    export=Permission.ORGANIZATION_DEPARTMENT_READ,
    find=queries.list_departments,
    present=lambda row, _actor: department_item(row),
    columns={
        "name": "Name",
        "code": "Code",
        "rooms": "Open rooms",
        "practitioners": "Practitioners",
        "status": "Status",
    },
    filters=(CLOSED_TOO,),
    rights={"may_edit": Permission.ORGANIZATION_DEPARTMENT_EDIT},
)


class DepartmentsState(EntriesScreen, rx.State):
    """What the screen of departments knows."""

    rows: list[DepartmentItem] = []
    listed: ClassVar = DEPARTMENTS
    entries: ClassVar = Entries(
        kind="department",
        edit=Permission.ORGANIZATION_DEPARTMENT_EDIT,
        get=queries.get_department,
        shown=department_item,
        request=DepartmentInput,
        form=DEPARTMENT_FORM,
        add=service.add_department,
        change=service.change_department,
        close=service.close_department,
        reopen=service.reopen_department,
    )
