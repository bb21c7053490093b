"""A list about one patient: it opens as every page of a record does, and is a list as any other."""

from typing import Any

from hms_app.core.paging import PAGE_SIZE
from hms_app.state.address import query_of
from hms_app.state.lists.queries import Found, read_list
from hms_app.state.lists.screen import ListScreen, handles_with
from hms_app.state.patients.head import RecordScreenState


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

    def _clear(self) -> None:
        self.rows, self.count, self._next, self._previous = [], "", "", ""
        self.has_next = self.has_previous = False


class GrowingRecordList(RecordList, mixin=True):
    """Such a list whose further pages are added below."""

    is_fetching: bool = False

    @handles_with("listed.read", passive=True)
    async def refresh(self) -> None:
        """Show what changed among the newest rows; whoever went on to earlier ones keeps their place."""
        if len(self.rows) <= PAGE_SIZE:
            await super().refresh()

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
