"""The practitioners: a page of them, and the form in the drawer."""

from typing import Any, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import Choice, ListRequest, PractitionerRequest, PractitionerRow
from hms_app.state.base import handles
from hms_app.state.organization.lists import NEW, ListScreen, as_number

WORKS: Final = {"here": True, "elsewhere": False}
SHORTEST_SEARCH: Final = 2


class PractitionersState(ListScreen, rx.State):
    """What the screen of practitioners knows."""

    rows: list[PractitionerRow] = []
    departments: list[Choice] = []
    users: list[Choice] = []

    @handles(Permission.ORGANIZATION_PRACTITIONER_READ)
    async def load(self) -> None:
        """Read the page that the URL asks for."""
        request = self._request()
        page = await self._filled(_read_page, request=request, only=self.filter_by)
        if page is not None:
            self.rows = page.rows

    @handles(Permission.ORGANIZATION_PRACTITIONER_EDIT)
    async def edit(self, practitioner_id: str) -> Any:
        """Open the form on the practitioner as it is now."""
        row = await self._run(queries.get_practitioner, practitioner_id=as_number(practitioner_id))
        if row is None:
            return rx.toast.error(self.problem)
        self.departments = await self._run(_department_choices) or []
        self.users = (
            [Choice(value=row["user_id"], label=row["user_name"], detail="")] if row["user_id"] else []
        )
        self._open(row["id"], row)
        return None

    @handles(Permission.ORGANIZATION_PRACTITIONER_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Add the practitioner or save its changes; a refusal stands beside its field."""
        self.is_saving = True
        yield
        row = await self._saved(
            service.add_practitioner,
            service.change_practitioner,
            "practitioner",
            lambda: PractitionerRequest.from_form(form),
        )
        self.is_saving = False
        if row is None:
            return
        was_new = self.opened == NEW
        self.opened = ""
        yield rx.toast.success(f"{row['name']} was {'added' if was_new else 'saved'}.")
        yield type(self).load

    @handles(Permission.ORGANIZATION_PRACTITIONER_EDIT)
    async def switch_off(self, practitioner_id: str, version: str) -> Any:
        """Close the practitioner."""
        return await self._switch(service.close_practitioner, practitioner_id, version)

    @handles(Permission.ORGANIZATION_PRACTITIONER_EDIT)
    async def switch_on(self, practitioner_id: str, version: str) -> Any:
        """Open the practitioner again."""
        return await self._switch(service.reopen_practitioner, practitioner_id, version)

    async def _switch(self, use_case: Any, practitioner_id: str, version: str) -> Any:
        await self._run(use_case, practitioner_id=as_number(practitioner_id), version=as_number(version))
        refusal, self.problem = self.problem, ""
        return rx.toast.error(refusal) if refusal else type(self).load

    @handles(Permission.ORGANIZATION_PRACTITIONER_EDIT)
    async def begin(self) -> None:
        """Open an empty form with the departments to choose from."""
        self.departments = await self._run(_department_choices) or []
        self.users = []
        self._open(NEW, {})

    @handles(Permission.ORGANIZATION_PRACTITIONER_EDIT, supersedes=True)
    async def find_users(self, text: str) -> None:
        """Users to link, by name or e-mail."""
        text = str(text).strip()[:100]
        self.users = (
            await self._run(queries.user_choices, text=text) or [] if len(text) >= SHORTEST_SEARCH else []
        )


def _read_page(
    session: Session, actor: Actor, *, request: ListRequest, only: str
) -> tuple[bool, Page[PractitionerRow]]:
    page = queries.list_practitioners(session, actor, request=request, works_here=WORKS.get(only))
    return actor.can(Permission.ORGANIZATION_PRACTITIONER_EDIT), page


def _department_choices(session: Session, actor: Actor) -> list[Choice]:
    return (
        queries.department_choices(session, actor)
        if actor.can(Permission.ORGANIZATION_DEPARTMENT_READ)
        else []
    )
