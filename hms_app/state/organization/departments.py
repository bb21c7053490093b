"""The departments: a page of them, and the form in the drawer."""

from typing import ClassVar

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import DepartmentRequest, DepartmentRow
from hms_app.domain.organization.values.forms import DEPARTMENT_FORM
from hms_app.state.organization.lists import Entries, ListScreen


class DepartmentsState(ListScreen, rx.State):
    """What the screen of departments knows."""

    rows: list[DepartmentRow] = []
    entries: ClassVar = Entries(
        kind="department",
        read=Permission.ORGANIZATION_DEPARTMENT_READ,
        edit=Permission.ORGANIZATION_DEPARTMENT_EDIT,
        find_page=queries.list_departments,
        get=queries.get_department,
        request=DepartmentRequest,
        form=DEPARTMENT_FORM,
        add=service.add_department,
        change=service.change_department,
        close=service.close_department,
        reopen=service.reopen_department,
    )
