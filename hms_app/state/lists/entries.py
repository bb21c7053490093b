"""Lists of entries that people keep: adding, changing, closing, and the form in the drawer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypedDict

from hms_app.core.form_input import FormInput
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.domain.records.values import Form
from hms_app.state.address import number_from
from hms_app.state.base import handles
from hms_app.state.lists.screen import ListScreen, handles_with, submits_with
from hms_app.state.replies import refuse, say
from hms_app.state.versions import VersionsState

NEW = "new"
"""What `opened` holds while something is being added."""


class EntryItem(TypedDict):
    """What every entry shows; `is_active` is "yes" or empty."""

    id: str
    version: str
    is_active: str
    status: str
    name: str


class Kept(Protocol):
    """What the row of every entry says of itself."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def version(self) -> int: ...  # noqa: D102
    @property
    def is_active(self) -> bool: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102


def entry_item(row: Kept) -> EntryItem:
    """What every entry shows, as texts."""
    return {
        "id": str(row.id),
        "version": str(row.version),
        "is_active": "yes" if row.is_active else "",
        "status": "Open" if row.is_active else "Closed",
        "name": row.name,
    }


@dataclass(frozen=True)
class Entries:
    """What may be done with the entries of a list: the use cases, and who may.

    They take an entry's id as `<kind>_id`. `shown` turns a row into the texts of its form.
    """

    kind: str
    edit: Permission
    get: Callable[..., Any]
    shown: Callable[[Any], Mapping[str, Any]]
    request: type[FormInput]
    form: Form
    add: Callable[..., Any]
    change: Callable[..., Any]
    close: Callable[..., None]
    reopen: Callable[..., None]

    def key(self, entry_id: str) -> dict[str, int]:
        """An id from the browser under the name that the use cases give it."""
        return {f"{self.kind}_id": number_from(entry_id)}


class EntriesScreen(ListScreen, VersionsState, mixin=True):
    """A list of entries with a form in a drawer. A screen says in `entries` what may be done with them."""

    entries: ClassVar[Entries]
    may_edit: bool = False
    opened: str = ""
    """The id in the drawer, `NEW`, or empty while it is shut."""

    @handles_with("entries.edit")
    async def add(self) -> None:
        """Open an empty form."""
        await self._open(NEW, {})

    @handles_with("entries.edit")
    async def edit(self, entry_id: str) -> Any:
        """Open the form on the entry as it is now, or empty for `NEW`."""
        if entry_id == NEW:
            await self._open(NEW, {})
            return None
        row = await self._run(self.entries.get, **self.entries.key(entry_id))
        if row is None:
            return refuse(self.problem)
        await self._open(str(row.id), self.entries.shown(row))
        return None

    @submits_with("entries.edit")
    async def save(self, form: dict[str, Any]) -> Any:
        """Add the entry or save its changes; when somebody else saved first, both versions are shown."""
        row = await self._saved_entry(form)
        if row is None:
            return None
        done = "added" if self.opened == NEW else "saved"
        self._shut()
        await self._fill()
        return say(f"{row.name} was {done}.")

    @handles_with("entries.edit")
    async def switch_off(self, entry_id: str, version: str) -> Any:
        """Close the entry."""
        return await self._switch(self.entries.close, entry_id, version)

    @handles_with("entries.edit")
    async def switch_on(self, entry_id: str, version: str) -> Any:
        """Open the entry again."""
        return await self._switch(self.entries.reopen, entry_id, version)

    @handles(SIGNED_IN)
    async def close_form(self) -> None:
        """Shut the drawer."""
        self._shut()

    @handles_with("listed.read", passive=True)
    async def refresh(self) -> None:
        """Show what changed on this page; the form in the drawer stays, and says so when its entry changed."""
        await super().refresh()
        for row in self.rows:
            if row["id"] == self.opened:
                version = number_from(row["version"])
                await self._note_change(self.entries.kind, number_from(row["id"]), version)

    async def _read_choices(self, form: Mapping[str, Any]) -> None:
        """Read what the form lets people choose from: nothing, unless the screen says so."""

    async def _open(self, what: str, form: Mapping[str, Any]) -> None:
        await self._read_choices(form)
        self.form = {name: str(value) for name, value in form.items()}
        self._begin_version(
            number_from(self.form.get("version", "")), {**self.form, **self._texts(self.form)}
        )
        self.opened, self.form_key = what, self.form_key + 1

    async def _saved_entry(self, form: dict[str, Any]) -> Any:
        """Add or change what the drawer holds; the saved row, or None with the refusal beside its field."""
        entries, typed = self.entries, {**form, **self._texts(form)}
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
        if refusal:
            return refuse(refusal)
        await self._fill()
        return None
