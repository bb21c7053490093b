"""The departments: a page of them, and the form in the drawer."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import DepartmentRequest, DepartmentRow, ListRequest
from hms_app.state.base import handles
from hms_app.state.organization.lists import NEW, ListScreen, as_number


class DepartmentsState(ListScreen, rx.State):
    """What the screen of departments knows."""

    rows: list[DepartmentRow] = []

    @handles(Permission.ORGANIZATION_DEPARTMENT_READ)
    async def load(self) -> None:
        """Read the page that the URL asks for."""
        request = self._request()
        page = await self._filled(_read_page, request=request)
        if page is not None:
            self.rows = page.rows

    @handles(Permission.ORGANIZATION_DEPARTMENT_EDIT)
    async def edit(self, department_id: str) -> Any:
        """Open the form on the department as it is now."""
        row = await self._run(queries.get_department, department_id=as_number(department_id))
        if row is None:
            return rx.toast.error(self.problem)
        self._open(row["id"], row)
        return None

    @handles(Permission.ORGANIZATION_DEPARTMENT_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Add the department or save its changes; a refusal stands beside its field."""
        self.is_saving = True
        yield
        row = await self._saved(
            service.add_department,
            service.change_department,
            "department",
            lambda: DepartmentRequest.from_form(form),
        )
        self.is_saving = False
        if row is None:
            return
        was_new = self.opened == NEW
        self.opened = ""
        yield rx.toast.success(f"{row['name']} was {'added' if was_new else 'saved'}.")
        yield type(self).load

    @handles(Permission.ORGANIZATION_DEPARTMENT_EDIT)
    async def switch_off(self, department_id: str, version: str) -> Any:
        """Close the department."""
        return await self._switch(service.close_department, department_id, version)

    @handles(Permission.ORGANIZATION_DEPARTMENT_EDIT)
    async def switch_on(self, department_id: str, version: str) -> Any:
        """Open the department again."""
        return await self._switch(service.reopen_department, department_id, version)

    async def _switch(self, use_case: Any, department_id: str, version: str) -> Any:
        await self._run(use_case, department_id=as_number(department_id), version=as_number(version))
        refusal, self.problem = self.problem, ""
        return rx.toast.error(refusal) if refusal else type(self).load


def _read_page(session: Session, actor: Actor, *, request: ListRequest) -> tuple[bool, Page[DepartmentRow]]:
    page = queries.list_departments(session, actor, request=request)
    return actor.can(Permission.ORGANIZATION_DEPARTMENT_EDIT), page
