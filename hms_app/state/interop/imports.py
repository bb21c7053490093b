"""The list of imports, kept up to date while one of them is at work."""

from typing import Any

import reflex as rx

from hms_app import navigation
from hms_app.core.paging import Page, with_noun
from hms_app.core.permissions import Permission
from hms_app.domain.interop.queries import list_imports
from hms_app.domain.interop.values import ImportJobRow
from hms_app.state.address import query_of, with_query
from hms_app.state.base import ScreenState, handles
from hms_app.state.interop.job_rows import JobItem, job_item
from hms_app.state.replies import go


class ImportsState(ScreenState, rx.State):
    """One page of imports, newest first."""

    rows: list[JobItem] = []
    count: str = ""
    has_next: bool = False
    has_previous: bool = False
    _at: str = ""
    _next: str = ""
    _previous: str = ""

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._at = query_of(self).get("at", "")
        await self._fill()

    @handles(Permission.INTEROP_IMPORT_RUN, passive=True)
    async def refresh(self) -> None:
        """Show how far the imports are now."""
        page = await self._reread(list_imports, at=self._at or None)
        if page is not None:
            self._show(page)

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def next_page(self) -> Any:
        """The imports before these."""
        return go(with_query(navigation.IMPORTS.route, at=self._next))

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def previous_page(self) -> Any:
        """The imports after these."""
        return go(with_query(navigation.IMPORTS.route, at=self._previous))

    async def _fill(self) -> None:
        found: Page[ImportJobRow] | None = await self._run(list_imports, at=self._at or None)
        self.is_loading = False
        self._show(found or Page())

    def _show(self, page: Page[ImportJobRow]) -> None:
        rows = [job_item(row) for row in page.rows]
        if rows != self.rows:
            self.rows = rows
        self._next, self._previous = page.next_bookmark or "", page.previous_bookmark or ""
        self.has_next, self.has_previous = bool(self._next), bool(self._previous)
        self.count = with_noun(page.count_label, "import")
