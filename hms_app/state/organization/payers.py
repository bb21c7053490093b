"""The payers: a page of them, and the form in the drawer."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import ListRequest, PayerRequest, PayerRow
from hms_app.state.base import handles
from hms_app.state.organization.lists import NEW, ListScreen, as_number


class PayersState(ListScreen, rx.State):
    """What the screen of payers knows."""

    rows: list[PayerRow] = []

    @handles(Permission.ORGANIZATION_PAYER_READ)
    async def load(self) -> None:
        """Read the page that the URL asks for."""
        request = self._request()
        page = await self._filled(_read_page, request=request, only=self.filter_by)
        if page is not None:
            self.rows = page.rows

    @handles(Permission.ORGANIZATION_PAYER_EDIT)
    async def edit(self, payer_id: str) -> Any:
        """Open the form on the payer as it is now."""
        row = await self._run(queries.get_payer, payer_id=as_number(payer_id))
        if row is None:
            return rx.toast.error(self.problem)
        self._open(row["id"], row)
        return None

    @handles(Permission.ORGANIZATION_PAYER_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Add the payer or save its changes; a refusal stands beside its field."""
        self.is_saving = True
        yield
        row = await self._saved(
            service.add_payer, service.change_payer, "payer", lambda: PayerRequest.from_form(form)
        )
        self.is_saving = False
        if row is None:
            return
        was_new = self.opened == NEW
        self.opened = ""
        yield rx.toast.success(f"{row['name']} was {'added' if was_new else 'saved'}.")
        yield type(self).load

    @handles(Permission.ORGANIZATION_PAYER_EDIT)
    async def switch_off(self, payer_id: str, version: str) -> Any:
        """Close the payer."""
        return await self._switch(service.close_payer, payer_id, version)

    @handles(Permission.ORGANIZATION_PAYER_EDIT)
    async def switch_on(self, payer_id: str, version: str) -> Any:
        """Open the payer again."""
        return await self._switch(service.reopen_payer, payer_id, version)

    async def _switch(self, use_case: Any, payer_id: str, version: str) -> Any:
        await self._run(use_case, payer_id=as_number(payer_id), version=as_number(version))
        refusal, self.problem = self.problem, ""
        return rx.toast.error(refusal) if refusal else type(self).load


def _read_page(
    session: Session, actor: Actor, *, request: ListRequest, only: str
) -> tuple[bool, Page[PayerRow]]:
    page = queries.list_payers(session, actor, request=request, kind=only)
    return actor.can(Permission.ORGANIZATION_PAYER_EDIT), page
