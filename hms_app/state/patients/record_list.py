"""A list about one patient: it opens as every page of a record does, and is a list as any other."""

import math
from typing import Any, Final

from hms_app.core.paging import PAGE_SIZE
from hms_app.state.address import query_of
from hms_app.state.lists.queries import Found, read_list, read_pages
from hms_app.state.lists.screen import ListScreen, handles_with
from hms_app.state.patients.head import RecordScreenState

MOST_REFRESHED: Final = 10
"""Pages below each other that are read again at each change."""


class RecordList(RecordScreenState, ListScreen, mixin=True):
    """The rows belong to the patient `shown_for`, and are forgotten with them."""

    @handles_with("listed.read")
    async def load(self) -> Any:
        """Show what the address asks for of the patient it names."""
        query = query_of(self)  # type: ignore[arg-type]
        self._ask(query, query.get("at", ""))
        self.search_key += 1
        patient_id = await self._begin()
        yield
        if patient_id:
            self._take(await self._read(read_list, patient_id, **super()._question()))

    @handles_with("listed.read", passive=True)
    async def refresh(self) -> None:
        """Show what changed on this page, and in the banner over it."""
        found: Found | None = await self._read_again(read_list, **super()._question())
        if found is not None:
            self._show_found(found)

    def _question(self) -> dict[str, Any]:
        return {**super()._question(), "patient_id": int(self.shown_for or 0)}

    def _take(self, found: Found | None) -> None:
        super()._take(found)
        self.problem = self.list_problem

    async def _lose_sight(self, refusal: str) -> None:
        await super()._lose_sight(refusal)
        self.list_problem = refusal

    def _clear(self) -> None:
        self.rows, self.count, self._next, self._previous = [], "", "", ""
        self.has_next = self.has_previous = False


class GrowingRecordList(RecordList, mixin=True):
    """Such a list whose further pages are added below."""

    is_fetching: bool = False

    @handles_with("listed.read", passive=True)
    async def refresh(self) -> None:
        """Show what changed on all the pages that are shown; whoever went on to very many keeps them as they are."""
        pages = max(1, math.ceil(len(self.rows) / PAGE_SIZE))
        read = {"pages": min(pages, MOST_REFRESHED), **ListScreen._question(self)}
        found: Found | None = await self._read_again(read_pages, **read)
        if found is not None and pages <= MOST_REFRESHED:
            self._show_found(found)

    @handles_with("listed.read")
    async def show_more(self) -> Any:
        """Add the rows after the last one shown."""
        if not (self.shown_for and self._next):
            return
        self.is_fetching = True
        yield
        found: Found | None = await self._run(read_list, **{**self._question(), "at": self._next})
        self.is_fetching = False
        if found is not None:
            self.rows = [*self.rows, *found.page.rows]
            self._show_neighbours(found.page)

    def _clear(self) -> None:
        super()._clear()
        self.is_fetching = False
