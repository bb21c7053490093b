"""What a module says of a list; the engine does the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page, with_noun
from hms_app.core.permissions import Permission

LONGEST_SEARCH: Final = 200
SEARCH: Final = "q"
SORT: Final = "sort"


@dataclass(frozen=True)
class Filter:
    """Something that narrows a list: its `name` in the address, what `find` calls it, and what its text means.

    `read` answers None for a text that means nothing; the filter then is as if it were not set. One that is typed in a
    form says in `refused` what stands beside its field then.
    """

    name: str
    narrows: str
    read: Callable[[str], Any]
    refused: str = ""


CLOSED_TOO: Final = Filter("closed", "shows_closed", {"yes": True}.get)
"""Entries that are no longer in use, too."""


def one_of(values: type[StrEnum]) -> Callable[[str], Any]:
    """Reads the value of an enum."""
    known = {value.value: value for value in values}
    return known.get


@dataclass(frozen=True)
class ListKind:
    """One list: who may see it, how it is found, narrowed and sorted, and what is shown of each row.

    `find` is a use case that takes the bookmark as `at`, the search as `text`, the sort as `sort`, and each filter that
    is set under its own name; it answers a page of typed rows. `present` turns one of them into texts with an `id`.
    `columns` are the texts that stand under a heading, on screen and in a download. `search` says where the text that
    is searched for stays: what can be a patient's name stays with the tab. `rights` are permissions that the screen
    asks for beside its own, by the state's variable that says so. `beside` reads what is shown beside the rows.
    """

    name: str
    noun: str
    read: Permission
    find: Callable[..., Page[Any]]
    present: Callable[[Any, Actor], Mapping[str, Any]]
    columns: Mapping[str, str]
    nouns: str = ""
    filters: tuple[Filter, ...] = ()
    sorts: tuple[str, ...] = ()
    search: Literal["address", "tab", ""] = "address"
    export: Permission | None = None
    rights: Mapping[str, Permission] = field(default_factory=dict)
    beside: Callable[..., Any] | None = None

    @property
    def many(self) -> str:
        """What several are called."""
        return self.nouns or f"{self.noun}s"

    @property
    def download(self) -> str:
        """Where its download is asked for."""
        return f"/exports/lists/{self.name}"

    def understood(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """What of an address, a form or an event this list knows; "" for anything that it does not."""
        known = {part.name: _meant(part, asked.get(part.name)) for part in self.filters}
        if self.search:
            known[SEARCH] = _text(asked.get(SEARCH))
        if self.sorts:
            sort = _text(asked.get(SORT))
            known[SORT] = sort if sort in self.sorts else self.sorts[0]
        return known

    def refused(self, form: Mapping[str, Any]) -> dict[str, str]:
        """The sentences beside the fields of a form whose texts mean nothing."""
        typed = {part: _text(form.get(part.name)) for part in self.filters if part.refused}
        return {part.name: part.refused for part, text in typed.items() if text and part.read(text) is None}

    def address_of(self, asked: Mapping[str, str]) -> dict[str, str]:
        """What of it stands in the address."""
        kept = {name: text for name, text in asked.items() if name != SEARCH or self.search == "address"}
        return {**kept, SORT: ""} if self.sorts and kept[SORT] == self.sorts[0] else kept

    def page(
        self, session: Session, actor: Actor, asked: Mapping[str, str], at: str, **of: Any
    ) -> Page[Mapping[str, Any]]:
        """The page that is asked for, each row as it is shown; `of` says whose list it is, where it is somebody's."""
        wanted = {part.narrows: part.read(asked[part.name]) for part in self.filters if asked[part.name]}
        if self.search:
            wanted["text"] = asked[SEARCH]
        if self.sorts:
            wanted["sort"] = asked[SORT]
        page = self.find(session, actor, at=at or None, **wanted, **of)
        return page.map(lambda row: self.present(row, actor))

    def counted(self, label: str) -> str:
        """A count's label with what is counted."""
        return with_noun(label, self.noun, self.nouns)


def _meant(part: Filter, given: Any) -> str:
    text = _text(given)
    return text if text and part.read(text) is not None else ""


def _text(given: Any) -> str:
    return str(given or "").strip()[:LONGEST_SEARCH].replace("\0", "")
