"""A list that people lay out for themselves: columns, filters in a drawer, and views that they keep."""

from typing import Any, TypedDict

from hms_app.domain.security.values import SavedViewRow
from hms_app.state.address import number_from
from hms_app.state.lists.kinds import COLUMNS, LONGEST_SEARCH, Choice
from hms_app.state.lists.queries import forget_view, keep_view, read_choices, read_views, search_choices
from hms_app.state.lists.screen import ListScreen, handles_with
from hms_app.state.replies import say


class View(TypedDict):
    """A kept view."""

    id: str
    name: str
    href: str


class TailoredScreen(ListScreen, mixin=True):
    """What a list's kind says of columns, views and lookups, as its screen has it."""

    is_filtering: bool = False
    is_keeping: bool = False
    choices: dict[str, list[Choice]] = {}
    """What each lookup offers."""
    views: list[View] = []

    @handles_with("listed.read")
    async def load(self) -> None:
        """Show what the address asks for, and the views that were kept."""
        await super().load()
        if self.listed.views:
            self._show_views(await self._look_up(read_views, kind=self.listed))

    @handles_with("listed.read")
    async def toggle_column(self, name: str) -> Any:
        """Show a column, or leave it out."""
        shown = self.columns
        chosen = [*shown, name] if name not in shown else [column for column in shown if column != name]
        return await self._show({**self.asked, COLUMNS: ".".join(map(str, chosen))})

    @handles_with("listed.read")
    async def open_filters(self) -> None:
        """Offer every filter in a drawer."""
        found = await self._look_up(read_choices, kind=self.listed, asked=self.asked)
        if found is not None:
            self.choices, self.is_filtering = found, True

    @handles_with("listed.read")
    async def close_filters(self) -> None:
        """Close the drawer."""
        self.is_filtering = False

    @handles_with("listed.read")
    async def narrow_all(self, form: dict[str, Any]) -> Any:
        """Use what was chosen in the drawer, and close it."""
        self.is_filtering = False
        return await self._show({**self.asked, **form})

    @handles_with("listed.read", supersedes=True)
    async def find_choices(self, part: str, text: str) -> None:
        """Search what a lookup offers."""
        wanted = {"part": str(part), "text": str(text).strip()[:LONGEST_SEARCH]}
        asked = self.listed.understood(self.asked)
        found = await self._look_up(search_choices, kind=self.listed, asked=asked, **wanted)
        self.choices = {**self.choices, wanted["part"]: found or []}

    @handles_with("listed.read")
    async def open_keeping(self) -> None:
        """Ask for the name under which this view is kept."""
        self.problem, self.problems, self.is_keeping = "", {}, True

    @handles_with("listed.read")
    async def close_keeping(self) -> None:
        """Close that dialog."""
        self.is_keeping = False

    @handles_with("listed.read")
    async def keep_view(self, form: dict[str, Any]) -> Any:
        """Keep the filters, sort and columns under a name."""
        asked = self.listed.understood(self.asked)
        kept = await self._run(keep_view, kind=self.listed, asked=asked, name=str(form.get("name", "")))
        if kept is None:
            return None
        self._show_views(kept)
        self.is_keeping = False
        return say("View kept.")

    @handles_with("listed.read")
    async def forget_view(self, view_id: str) -> None:
        """Remove one of one's own views."""
        self._show_views(await self._run(forget_view, kind=self.listed, view_id=number_from(view_id)))

    def _show_views(self, kept: list[SavedViewRow] | None) -> None:
        if kept is not None:
            self.views = [self._view(row) for row in kept]

    def _view(self, row: SavedViewRow) -> View:
        there = self.listed.views
        return {
            "id": str(row.id),
            "name": row.name,
            "href": f"{there}?{row.query}" if row.query else there,
        }
