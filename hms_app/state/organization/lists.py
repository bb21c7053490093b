"""What the organization's lists share: what the URL says, neighbouring pages, the form in the drawer."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from hms_app.core.errors import InvalidRequest
from hms_app.core.paging import Page
from hms_app.core.permissions import SIGNED_IN
from hms_app.domain.organization.values import ListRequest
from hms_app.state.base import ScreenState, handles

NEW = "new"
"""What `opened` holds while something is being added."""


class ListScreen(ScreenState, mixin=True):
    """A list whose search, filter and page live in the URL, with a form in a drawer.

    The handlers here only move within the screen; whatever reads or writes is declared by the screen itself.
    """

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
    form: dict[str, str] = {}
    form_key: int = 0
    is_saving: bool = False

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

    @handles(SIGNED_IN)
    async def close_form(self) -> None:
        """Shut the drawer."""
        self.opened, self.problem, self.problems = "", "", {}

    @handles(SIGNED_IN)
    async def add(self) -> None:
        """Open an empty form."""
        self._open(NEW, {})

    def _query(self) -> dict[str, str]:
        return dict(self.router.url.query_parameters)  # type: ignore[attr-defined]

    def _go(self, **changed: str) -> Any:
        query = {name: value for name, value in {**self._query(), **changed}.items() if value}
        path = self.router.url.path  # type: ignore[attr-defined]
        return rx.redirect(f"{path}?{urlencode(query)}" if query else path, replace="at" not in query)

    def _request(self) -> ListRequest:
        query = self._query()
        self.text, self.closed = query.get("q", ""), "yes" if query.get("closed") else ""
        self.filter_by = query.get("only", "")
        return ListRequest(self.text, bool(self.closed), query.get("at", ""))

    def _open(self, what: str, form: Mapping[str, Any]) -> None:
        self.problem, self.problems = "", {}
        self.form = {name: str(value) for name, value in form.items()}
        self.opened, self.form_key = what, self.form_key + 1

    async def _filled(self, use_case: Callable[..., Any], **arguments: Any) -> Page[Any] | None:
        """Run a list use case that answers (may edit, page); the screen puts the rows where it keeps them."""
        found = await self._run(use_case, **arguments)
        self.is_loading = False
        self.list_problem, self.problem = self.problem, ""
        if found is None:
            return None
        self.may_edit, page = found
        self.count = page.count_label
        self.later, self.earlier = page.next_bookmark or "", page.previous_bookmark or ""
        return page  # type: ignore[no-any-return]

    async def _saved(
        self, add: Callable[..., Any], change: Callable[..., Any], kind: str, parsed: Callable[[], Any]
    ) -> Any:
        """Add or change what the drawer holds; the saved row, or None with the refusal beside its field."""
        try:
            request = parsed()
        except InvalidRequest as refusal:
            self.problem, self.problems = str(refusal), refusal.problems
            return None
        if self.opened == NEW:
            return await self._run(add, request=request)
        key, version = as_number(self.opened), as_number(self.form.get("version", ""))
        return await self._run(change, request=request, version=version, **{f"{kind}_id": key})


def as_number(text: str) -> int:
    """An id or version from the browser; 0 (which nothing has) for anything that is none."""
    text = str(text)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
