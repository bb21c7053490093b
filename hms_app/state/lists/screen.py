"""The state of every list screen: one page of rows, what it answers, and the address that says so."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, ClassVar, Final

import reflex as rx

from hms_app.core.paging import Page
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.state.address import query_of, with_query
from hms_app.state.base import ScreenState, busy_until_answered, make_passive
from hms_app.state.lists.kinds import SEARCH, SORT, ListKind
from hms_app.state.lists.queries import Found, read_list
from hms_app.state.replies import show_address

RIGHT_ATTRIBUTE: Final = "wanted_right"


def handles_with(right: str, *, passive: bool = False, **event_options: Any) -> Callable[[Any], Any]:
    """Register a handler that wants the permission which its screen's class names, such as "listed.read".

    A passive one is no sign of a person.
    """

    def decorate(function: Any) -> Any:
        setattr(function, RIGHT_ATTRIBUTE, right)
        if passive:
            make_passive(function)
        return rx.event(function, **event_options)

    return decorate


def submits_with(right: str) -> Callable[[Any], Any]:
    """The same for a handler that a form is sent to."""

    def decorate(function: Any) -> Any:
        return handles_with(right)(busy_until_answered(function))

    return decorate


def guard_by_class(cls: Any) -> None:
    """Guard a class's copies of the handlers that want a right which the class names."""
    for handler in cls.event_handlers.values():
        right = getattr(handler.fn, RIGHT_ATTRIBUTE, "")
        if right:
            setattr(handler.fn, GUARD_ATTRIBUTE, attrgetter(right)(cls))


class ListScreen(ScreenState, mixin=True):
    """A list that its class describes in `listed`; each class's copy of a handler is guarded by what that names.

    What is asked for is shown at once, in one reading; the address follows, and does not load the page again. A link,
    a reload and a step in the history load what the address says.
    """

    listed: ClassVar[ListKind]
    rows: list[Any] = []
    asked: dict[str, str] = {}
    """The search, the sort and each filter; "" for one that is not set."""
    search_key: int = 0
    """Another one whenever the text in the search field is no longer what is asked."""
    count: str = ""
    has_next: bool = False
    has_previous: bool = False
    is_narrowed: bool = False
    may_export: bool = False
    offered: list[str] = []
    """The filters that this person may use."""
    columns: list[str] = []
    """The columns that are shown."""
    bands: dict[str, str] = {}
    """Of each band what is chosen."""
    words: dict[str, str] = {}
    """What is chosen of bands and lookups, as people read it."""
    list_problem: str = ""
    _at: str = ""
    _next: str = ""
    _previous: str = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        guard_by_class(cls)

    @handles_with("listed.read")
    async def load(self) -> None:
        """Show what the address asks for; what was searched for in this tab stays."""
        query = query_of(self)  # type: ignore[arg-type]
        kept = {SEARCH: self.asked.get(SEARCH, "")} if self.listed.search == "tab" else {}
        self._ask({**query, **kept}, query.get("at", ""))
        self.search_key += 1
        await self._fill()

    @handles_with("listed.read", supersedes=True)
    async def search(self, text: str) -> Any:
        """Look for a text while somebody types, from the first page."""
        self._ask({**self.asked, SEARCH: text})
        await self._fill(is_typed=True)
        return self._say_address(replace=True)

    @handles_with("listed.read")
    async def narrow(self, part: str, value: str) -> Any:
        """Set one filter or band; "" for any."""
        return await self._show(self.listed.narrowed(self.asked, str(part), str(value)))

    @handles_with("listed.read")
    async def narrow_all(self, form: dict[str, Any]) -> Any:
        """Set the filters that a form holds; what means nothing is refused beside its field."""
        self.problems = self.listed.refused(form)
        return None if self.problems else await self._show({**self.asked, **form})

    @handles_with("listed.read")
    async def sort_by(self, sort: str) -> Any:
        """Sort by a column ("name") or downwards ("-name")."""
        return await self._show({**self.asked, SORT: sort})

    @handles_with("listed.read")
    async def clear(self) -> Any:
        """Show everything again, in the same order and columns."""
        self.search_key += 1
        return await self._show(self.listed.layout(self.asked))

    @handles_with("listed.read")
    async def next_page(self) -> Any:
        """The page after this one."""
        return await self._show(self.asked, at=self._next)

    @handles_with("listed.read")
    async def previous_page(self) -> Any:
        """The page before this one."""
        return await self._show(self.asked, at=self._previous)

    @handles_with("listed.read", passive=True)
    async def refresh(self) -> None:
        """Show what changed on this page; what is no longer this person's to see goes."""
        found: Found | None = await self._read_shown(read_list, **self._question())
        if found is not None:
            self._show_found(found)

    async def _show(self, asked: Mapping[str, Any], *, at: str = "") -> Any:
        """Show what is asked for, and make it a step of the browser's history."""
        self._ask(asked, at)
        await self._fill()
        return self._say_address()

    def _ask(self, asked: Mapping[str, Any], at: str = "") -> None:
        self.asked, self._at = self.listed.understood(asked), at
        self.is_narrowed = self.listed.is_narrowed(self.asked)
        self.bands = {band.name: band.chosen(self.asked) for band in self.listed.bands}

    def _say_address(self, *, replace: bool = False) -> Any:
        path = self.router.url.path.rstrip("/")  # type: ignore[attr-defined]
        address = with_query(path, **{**self.listed.address_of(self.asked), "at": self._at})
        return show_address(address, replace=replace)

    async def _fill(self, *, is_typed: bool = False) -> None:
        self._take(await self._run(read_list, is_typed=is_typed, **self._question()))

    def _question(self) -> dict[str, Any]:
        """What `read_list` is asked."""
        return {"kind": self.listed, "asked": self.listed.understood(self.asked), "at": self._at}

    def _take(self, found: Found | None) -> None:
        """Show what was found; nothing, and why, after a refusal."""
        self.is_loading = False
        self.list_problem, self.problem = self.problem, ""
        if found is None:
            self.rows = []
            self._show_neighbours(Page())
        else:
            self._show_found(found)

    async def _lose_sight(self, refusal: str) -> None:
        self.problem = refusal
        self._take(None)

    def _show_found(self, found: Found) -> None:
        if found.page.rows != self.rows:
            self.rows = found.page.rows
        self._show_neighbours(found.page)
        said = {band.name: band.words(self.asked) for band in self.listed.bands}
        shown = {"offered": found.offered, "columns": found.columns, "words": {**said, **found.words}}
        for name, value in {**found.rights, **shown}.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
        self._show_beside(found.beside)

    def _show_neighbours(self, page: Page[Any]) -> None:
        self.count = self.listed.counted(page.count_label)
        self._next, self._previous = page.next_bookmark or "", page.previous_bookmark or ""
        self.has_next, self.has_previous = bool(self._next), bool(self._previous)

    def _show_beside(self, found: Any) -> None:
        """Show what the list's `beside` has read: nothing, unless the screen says so."""
