"""What the organization's lists share: what the URL says, neighbouring pages, the form in the drawer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.core.request import FormRequest
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.organization.values import ListRequest
from hms_app.domain.records.values import Form
from hms_app.state.address import number_from, query_of
from hms_app.state.base import busy_until_answered, handles, make_passive
from hms_app.state.replies import go, refuse, say
from hms_app.state.versions import VersionsState

NEW = "new"
"""What `opened` holds while something is being added."""
RIGHT_ATTRIBUTE = "wanted_right"


@dataclass(frozen=True)
class Entries:
    """What a list screen lists: one kind of entry, its use cases, and who may see and change it.

    The use cases take an entry's id as `<kind>_id`. `narrow` turns the filter in the URL into what `find_page` takes.
    """

    kind: str
    read: Permission
    edit: Permission
    find_page: Callable[..., Page[Any]]
    get: Callable[..., Any]
    request: type[FormRequest]
    form: Form
    add: Callable[..., Any]
    change: Callable[..., Any]
    close: Callable[..., None]
    reopen: Callable[..., None]
    narrow: Callable[[str], dict[str, Any]] = lambda _choice: {}

    def key(self, entry_id: str) -> dict[str, int]:
        """An id from the browser under the name that the use cases give it."""
        return {f"{self.kind}_id": number_from(entry_id)}


def _handles_with(right: Literal["read", "edit"], *, passive: bool = False) -> Callable[[Any], Any]:
    """Register an event handler that wants the permission which the screen's `entries` name for `right`."""

    def decorate(function: Any) -> Any:
        setattr(function, RIGHT_ATTRIBUTE, right)
        if passive:
            make_passive(function)
        return rx.event(function)

    return decorate


def _submits_with(right: Literal["read", "edit"]) -> Callable[[Any], Any]:
    """The same for a handler that a form is sent to."""

    def decorate(function: Any) -> Any:
        return _handles_with(right)(busy_until_answered(function))

    return decorate


class ListScreen(VersionsState, mixin=True):
    """A list whose search, filter and page live in the URL, with a form in a drawer.

    A screen says what it lists in `entries` and keeps its typed `rows`; each screen's copy of a handler is guarded by
    the permission that its `entries` name.
    """

    entries: ClassVar[Entries]
    rows: list[Any] = []
    text: str = ""
    closed: str = ""
    """"yes" while closed entries are shown too."""
    filter_by: str = ""
    count: str = ""
    later: str = ""
    earlier: str = ""
    may_edit: bool = False
    list_problem: str = ""
    opened: str = ""
    """The id in the drawer, `NEW`, or empty while it is shut."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for handler in cls.event_handlers.values():
            right = getattr(handler.fn, RIGHT_ATTRIBUTE, "")
            if right:
                setattr(handler.fn, GUARD_ATTRIBUTE, getattr(cls.entries, right))

    @_handles_with("read")
    async def load(self) -> None:
        """Read the page that the URL asks for."""
        found = await self._run(_page_of, entries=self.entries, request=self._request(), only=self.filter_by)
        self.is_loading = False
        self.list_problem, self.problem = self.problem, ""
        self._show(found)
        await self._read_beside()

    @_handles_with("read", passive=True)
    async def refresh(self) -> None:
        """Show what changed on this page; the form in the drawer stays, and says so when its entry changed."""
        self._show(
            await self._reread(_page_of, entries=self.entries, request=self._request(), only=self.filter_by)
        )
        for row in self.rows:
            if row["id"] == self.opened:
                await self._note_change(
                    self.entries.kind, number_from(row["id"]), number_from(row["version"])
                )

    @_handles_with("edit")
    async def add(self) -> None:
        """Open an empty form."""
        await self._open(NEW, {})

    @_handles_with("edit")
    async def edit(self, entry_id: str) -> Any:
        """Open the form on the entry as it is now, or empty for `NEW`."""
        if entry_id == NEW:
            await self._open(NEW, {})
            return None
        row = await self._run(self.entries.get, **self.entries.key(entry_id))
        if row is None:
            return refuse(self.problem)
        await self._open(row["id"], row)
        return None

    @_submits_with("edit")
    async def save(self, form: dict[str, Any]) -> Any:
        """Add the entry or save its changes; when somebody else saved first, both versions are shown."""
        row = await self._saved_entry(form)
        if row is None:
            return None
        done = "added" if self.opened == NEW else "saved"
        self._shut()
        return [say(f"{row['name']} was {done}."), type(self).load]

    @_handles_with("edit")
    async def switch_off(self, entry_id: str, version: str) -> Any:
        """Close the entry."""
        return await self._switch(self.entries.close, entry_id, version)

    @_handles_with("edit")
    async def switch_on(self, entry_id: str, version: str) -> Any:
        """Open the entry again."""
        return await self._switch(self.entries.reopen, entry_id, version)

    @handles(SIGNED_IN)
    async def close_form(self) -> None:
        """Shut the drawer."""
        self._shut()

    @handles(SIGNED_IN)
    async def search(self, text: str) -> Any:
        """Look for a text, from the first page."""
        return self._go(q=str(text)[:200], at="")

    @handles(SIGNED_IN)
    async def show_closed(self, choice: str) -> Any:
        """Show closed entries too, or not."""
        return self._go(closed="yes" if choice else "", at="")

    @handles(SIGNED_IN)
    async def filter_list(self, choice: str) -> Any:
        """Show one kind only, or all of them."""
        return self._go(only=str(choice)[:40], at="")

    @handles(SIGNED_IN)
    async def next_page(self) -> Any:
        """Go on to the page after this one."""
        return self._go(at=self.later)

    @handles(SIGNED_IN)
    async def previous_page(self) -> Any:
        """Go back to the page before this one."""
        return self._go(at=self.earlier)

    def _show(self, found: tuple[bool, Page[Any]] | None) -> None:
        if found is not None:
            self.may_edit, page = found
            self.rows, self.count = page.rows, page.count_label
            self.later, self.earlier = page.next_bookmark or "", page.previous_bookmark or ""

    async def _read_beside(self) -> None:
        """Read what the screen shows beside its rows: nothing, unless the screen says so."""

    async def _read_choices(self, form: Mapping[str, Any]) -> None:
        """Read what the form lets people choose from: nothing, unless the screen says so."""

    def _go(self, **changed: str) -> Any:
        query = {name: value for name, value in {**query_of(self), **changed}.items() if value}  # type: ignore[arg-type]
        path = self.router.url.path  # type: ignore[attr-defined]
        return go(f"{path}?{urlencode(query)}" if query else path, replace="at" not in query)

    def _request(self) -> ListRequest:
        query = query_of(self)  # type: ignore[arg-type]
        self.text, self.closed = query.get("q", ""), "yes" if query.get("closed") else ""
        self.filter_by = query.get("only", "")
        return ListRequest(self.text, bool(self.closed), query.get("at", ""))

    async def _open(self, what: str, form: Mapping[str, Any]) -> None:
        await self._read_choices(form)
        self.form = {name: str(value) for name, value in form.items()}
        self._begin_version(
            number_from(self.form.get("version", "")), {**self.form, **self._texts(self.form)}
        )
        self.opened, self.form_key = what, self.form_key + 1

    async def _saved_entry(self, form: dict[str, Any]) -> Any:
        """Add or change what the drawer holds; the saved row, or None with the refusal beside its field."""
        entries = self.entries
        typed = {**form, **self._texts(form)}
        if self.opened == NEW:
            return await self._save_form(
                entries.add, form=typed, fields=entries.form, request=entries.request
            )
        return await self._save_form(
            entries.change,
            form=typed,
            fields=entries.form,
            request=entries.request,
            version=self._version,
            **entries.key(self.opened),
        )

    def _texts(self, form: Mapping[str, Any]) -> dict[str, str]:
        """What the ids in a form read as, under the names of their texts: nothing, unless the screen says so."""
        return {}

    def _shut(self) -> None:
        self.opened, self.problem = "", ""
        self._forget_versions()

    async def _switch(self, use_case: Callable[..., None], entry_id: str, version: str) -> Any:
        await self._run(use_case, version=number_from(version), **self.entries.key(entry_id))
        refusal, self.problem = self.problem, ""
        return refuse(refusal) if refusal else type(self).load


def _page_of(
    session: Session, actor: Actor, *, entries: Entries, request: ListRequest, only: str
) -> tuple[bool, Page[Any]]:
    page = entries.find_page(session, actor, request=request, **entries.narrow(only))
    return actor.can(entries.edit), page
