"""What a module says of a list; the engine does the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, TypedDict

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.paging import Page, with_noun
from hms_app.core.permissions import Permission

LONGEST_SEARCH: Final = 200
SEARCH: Final = "q"
SORT: Final = "sort"
COLUMNS: Final = "columns"
ANOTHER_BAND: Final = "other"
"""What is chosen of a band when its ends are none of its choices."""


class Choice(TypedDict):
    """One entry of a list to choose from."""

    value: str
    label: str
    detail: str


@dataclass(frozen=True)
class Filter:
    """Something that narrows a list: its `name` in the address, what `find` calls it, and what its text means.

    `read` answers None for a text that means nothing; the filter then is as if it were not set. One that is typed in a
    form says in `refused` what stands beside its field then. It is offered to who holds every right that it `wants`;
    whoever else names it is refused by `find`.
    """

    name: str
    narrows: str
    read: Callable[[str], Any]
    refused: str = ""
    wants: tuple[Permission, ...] = ()

    def is_offered(self, actor: Actor) -> bool:
        """Whether `actor` may use it."""
        return all(actor.can(permission) for permission in self.wants)


@dataclass(frozen=True, kw_only=True)
class Lookup(Filter):
    """A filter by one of many things that are searched for while somebody types.

    `search` answers the choices that fit a text, the first ones for none; `get` the one that is chosen.
    """

    search: Callable[[Session, Actor, str], Sequence[Choice]]
    get: Callable[[Session, Actor, Any], Choice]

    def choices(self, session: Session, actor: Actor, text: str, chosen: str) -> list[Choice]:
        """What is offered for a text; for none also what is chosen now, wherever in the list it stands."""
        found = list(self.search(session, actor, text))
        if text or not chosen or any(choice["value"] == chosen for choice in found):
            return found
        return [self.chosen(session, actor, chosen), *found]

    def chosen(self, session: Session, actor: Actor, value: str) -> Choice:
        """What is chosen; by its value alone when it is gone, or not for this person to see."""
        try:
            return self.get(session, actor, self.read(value))
        except (NotFound, NotPermitted):
            return Choice(value=value, label=value, detail="")


@dataclass(frozen=True)
class Band:
    """Two filters, the least and the most, that are chosen as one.

    `choices` are bands by their ends, "2-11" or "65-", in words; `say` has words for any two ends.
    """

    name: str
    least: str
    most: str
    choices: Mapping[str, str]
    say: Callable[[str, str], str]

    def ends(self, band: str) -> dict[str, str]:
        """The two filters of a band; unset for none of the choices."""
        least, _, most = band.partition("-") if band in self.choices else ("", "", "")
        return {self.least: least, self.most: most}

    def chosen(self, asked: Mapping[str, str]) -> str:
        """The band that is asked for: one of the choices, `ANOTHER_BAND`, or "" for none."""
        least, most = asked[self.least], asked[self.most]
        band = f"{least}-{most}"
        return band if band in self.choices else ANOTHER_BAND if least or most else ""

    def words(self, asked: Mapping[str, str]) -> str:
        """The band that is asked for, as people read it."""
        return self.say(asked[self.least], asked[self.most]) if self.chosen(asked) else ""


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
    is searched for stays: what can be a patient's name stays with the tab, and `find` then hears from `is_typed`
    whether somebody may still be typing. `rights` are permissions that the screen asks for beside its own, by the
    state's variable that says so. `beside` reads what is shown beside the rows.

    With `first_columns` people choose their columns: these are shown until they do, the first of all always, and `find`
    takes the names of those that are shown as `columns`; `column_rights` are what some want besides. With `views` (the
    screen's route) they keep filters, sort and columns under names. Both take a `TailoredScreen`. A download is
    found by `find_for_file` and noted in the trail by `note_export`, where it is not as every other.
    """

    name: str
    noun: str
    read: Permission
    find: Callable[..., Page[Any]]
    present: Callable[[Any, Actor], Mapping[str, Any]]
    columns: Mapping[str, str]
    nouns: str = ""
    filters: tuple[Filter, ...] = ()
    bands: tuple[Band, ...] = ()
    sorts: tuple[str, ...] = ()
    search: Literal["address", "tab", ""] = "address"
    export: Permission | None = None
    rights: Mapping[str, Permission] = field(default_factory=dict)
    beside: Callable[..., Any] | None = None
    first_columns: tuple[str, ...] = ()
    column_rights: Mapping[str, Permission] = field(default_factory=dict)
    views: str = ""
    find_for_file: Callable[..., Page[Any]] | None = None
    note_export: Callable[..., None] | None = None

    @property
    def many(self) -> str:
        """What several are called."""
        return self.nouns or f"{self.noun}s"

    @property
    def download(self) -> str:
        """Where its download is asked for."""
        return f"/exports/lists/{self.name}"

    @property
    def lookups(self) -> dict[str, Lookup]:
        """The filters whose choices are searched for."""
        return {part.name: part for part in self.filters if isinstance(part, Lookup)}

    def understood(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """What of an address, a form or an event this list knows; "" for anything that it does not."""
        known = {part.name: _meant(part, asked.get(part.name)) for part in self.filters}
        if self.search:
            known[SEARCH] = _text(asked.get(SEARCH))
        if self.sorts:
            sort = _text(asked.get(SORT))
            known[SORT] = sort if sort in self.sorts else self.sorts[0]
        if self.first_columns:
            chosen = _text(asked.get(COLUMNS)).split(".")
            known[COLUMNS] = ".".join(name for name in self.columns if name in chosen)
        return known

    def refused(self, form: Mapping[str, Any]) -> dict[str, str]:
        """The sentences beside the fields of a form whose texts mean nothing."""
        typed = {part: _text(form.get(part.name)) for part in self.filters if part.refused}
        return {part.name: part.refused for part, text in typed.items() if text and part.read(text) is None}

    def narrowed(self, asked: Mapping[str, str], part: str, value: str) -> dict[str, str]:
        """The same with one filter, or the two of a band, set anew."""
        band = next((band for band in self.bands if band.name == part), None)
        return {**asked, **(band.ends(value) if band else {part: value})}

    def is_narrowed(self, asked: Mapping[str, str]) -> bool:
        """Whether anything keeps rows from the list."""
        return any(text for name, text in asked.items() if name not in (SORT, COLUMNS))

    def layout(self, asked: Mapping[str, str]) -> dict[str, str]:
        """What stays when everything is shown again: the order and the columns."""
        return {name: asked.get(name, "") for name in (SORT, COLUMNS)}

    def address_of(self, asked: Mapping[str, str]) -> dict[str, str]:
        """What of it stands in the address."""
        kept = {name: text for name, text in asked.items() if name != SEARCH or self.search == "address"}
        return {**kept, SORT: ""} if self.sorts and kept[SORT] == self.sorts[0] else kept

    def page(
        self, session: Session, actor: Actor, asked: Mapping[str, str], at: str, **of: Any
    ) -> Page[Mapping[str, Any]]:
        """The page that is asked for, each row as it is shown; `of` says whose list it is, where it is somebody's."""
        page = self.find(session, actor, at=at or None, **self.wanted(actor, asked), **of)
        return page.map(lambda row: self.present(row, actor))

    def file_page(
        self, session: Session, actor: Actor, asked: Mapping[str, str], at: str
    ) -> Page[Mapping[str, Any]]:
        """The same of a download."""
        find = self.find_for_file or self.find
        page = find(session, actor, at=at or None, **self.wanted(actor, asked))
        return page.map(lambda row: self.present(row, actor))

    def wanted(self, actor: Actor, asked: Mapping[str, str]) -> dict[str, Any]:
        """What `find` is asked: each part that is set, by the name and as the value that it knows."""
        wanted = {part.narrows: part.read(asked[part.name]) for part in self.filters if asked[part.name]}
        if self.search:
            wanted["text"] = asked[SEARCH]
        if self.sorts:
            wanted["sort"] = asked[SORT]
        if self.first_columns:
            wanted["columns"] = self.shown_columns(actor, asked)
        return wanted

    def shown_columns(self, actor: Actor, asked: Mapping[str, str]) -> tuple[str, ...]:
        """The columns that are shown, in order: of those chosen, or the first ones, what `actor` may see."""
        if not self.first_columns:
            return tuple(self.columns)
        always, chosen = next(iter(self.columns)), asked[COLUMNS].split(".") if asked[COLUMNS] else ()
        return tuple(
            name
            for name in self.columns
            if name == always or (name in (chosen or self.first_columns) and self._may_see(actor, name))
        )

    def counted(self, label: str) -> str:
        """A count's label with what is counted."""
        return with_noun(label, self.noun, self.nouns)

    def _may_see(self, actor: Actor, column: str) -> bool:
        return column not in self.column_rights or actor.can(self.column_rights[column])


def _meant(part: Filter, given: Any) -> str:
    text = _text(given)
    return text if text and part.read(text) is not None else ""


def _text(given: Any) -> str:
    return str(given or "").strip()[:LONGEST_SEARCH].replace("\0", "")
