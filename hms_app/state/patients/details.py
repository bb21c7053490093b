"""What the tabs of a record's rows share: the rows, the one that is open in the drawer, and what becomes of it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypedDict

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.form_input import FormInput
from hms_app.core.permissions import SIGNED_IN
from hms_app.domain.patients.values import DETAIL_FORMS, DETAIL_WORDS, DetailKind, DetailRow, DetailState
from hms_app.domain.records.values import Form
from hms_app.state.base import handles
from hms_app.state.patients.head import RecordFormState

TONES: Final = {
    DetailState.CURRENT: "success",
    DetailState.PLANNED: "info",
    DetailState.ENDED: "neutral",
    DetailState.ENTERED_IN_ERROR: "danger",
}
TABLES: Final[dict[str, str]] = {
    DetailKind.PHONE.value: "patient_contact_point",
    DetailKind.EMAIL.value: "patient_contact_point",
    DetailKind.ADDRESS.value: "patient_address",
    DetailKind.RELATION.value: "patient_relation",
    DetailKind.COVERAGE.value: "coverage",
    DetailKind.IDENTIFIER.value: "patient_identifier",
    "consent": "patient_consent",
}
"""Under which name the trail tells of the rows of each kind."""
NEW: Final = "new"
GROUPS: Final = ("point", "address", "relation", "coverage", "identifier")


class DetailItem(TypedDict):
    """A row in a list; `group` is the card it stands in, `is_past` whether it counts no more today."""

    id: str
    kind: str
    group: str
    label: str
    title: str
    detail: str
    state: str
    tone: str
    status: str
    note: str
    is_past: bool
    may_correct: bool


class EndedOn(FormInput):
    """From which day on a row no longer holds."""

    ended_on: dt.date


class DetailsState(RecordFormState, mixin=True):
    """Rows of a record with a drawer to add or correct one, and a dialog to end or retract one.

    The handlers here only open and close; whatever writes is declared by the screen itself.
    """

    groups: dict[str, list[DetailItem]] = {}
    """The rows of each card that count, or will."""
    past: dict[str, list[DetailItem]] = {}
    """The rows of each card that ended or were entered in error."""
    opened: str = ""
    """The row in the drawer ("phone-17"), `NEW`, or empty while it is shut."""
    opened_kind: str = ""
    opened_words: str = ""
    asked: str = ""
    """What the dialog asks: "end", "again", "retract", or nothing."""
    asked_id: str = ""
    asked_title: str = ""
    asked_today: str = ""
    _forms: dict[str, dict[str, str]] = {}
    _row_versions: dict[str, int] = {}
    _today: str = ""

    @handles(SIGNED_IN)
    async def add(self, kind: str) -> None:
        """Open an empty form."""
        self._open(NEW, str(kind), {})

    @handles(SIGNED_IN)
    async def edit(self, row_id: str) -> None:
        """Open the form of a row that is on screen."""
        row = self._row(row_id)
        if row is not None:
            self._open(row["id"], row["kind"], self._forms.get(row["id"], {}))

    @handles(SIGNED_IN)
    async def open_again(self, row_id: str, kind: str) -> None:
        """Open the drawer as it was before the screen had to be loaded anew."""
        if row_id == NEW:
            self._open(NEW, str(kind), {})
        elif row := self._row(row_id):
            self._open(row["id"], row["kind"], self._forms.get(row["id"], {}))

    @handles(SIGNED_IN)
    async def ask(self, question: str, row_id: str) -> None:
        """Ask once before a row ends ("end"), counts again ("again") or is called an error ("retract")."""
        row = self._row(row_id)
        if row is not None and question in ("end", "again", "retract"):
            self._begin_row(row["id"])
            self.asked, self.asked_id, self.asked_title = question, row["id"], row["title"]
            self.asked_today, self.opened_kind = self._today, row["kind"]

    @handles(SIGNED_IN)
    async def close(self) -> Any:
        """Shut the drawer and the dialog; show what somebody else saved meanwhile."""
        is_stale = bool(self.others or self.gone)
        self._shut()
        return type(self).load if is_stale else None  # type: ignore[attr-defined]

    def _show_details(self, found: Iterable[DetailRow], today: dt.date) -> None:
        found = list(found)
        items = [detail_item(row) for row in found]
        self.groups = _grouped(item for item in items if not item["is_past"])
        self.past = _grouped(item for item in items if item["is_past"])
        self._forms = {_key(row): row.form for row in found}
        self._row_versions = {_key(row): row.version for row in found}
        self._today = today.isoformat()

    async def _note_changed_row(self) -> None:
        """Say so when the row in the drawer, or the one that is asked about, was changed."""
        row_id = self.asked_id or self.opened
        kind, _, number = row_id.rpartition("-")
        if row_id in self._row_versions and kind in TABLES:
            await self._note_change(TABLES[kind], int(number), self._row_versions[row_id])

    def _clear(self) -> None:
        self.groups, self.past = {}, {}
        self._forms, self._row_versions = {}, {}
        self._shut()

    def _shut(self) -> None:
        self.opened = self.asked = self.asked_id = ""
        self._forget_versions()

    def _begin_row(self, row_id: str) -> None:
        self._begin_version(self._row_versions.get(row_id, 0), self._forms.get(row_id, {}))

    def _open(self, row_id: str, kind: str, form: dict[str, str]) -> None:
        if kind not in self._kinds():
            return
        self._begin_row(row_id)
        self.opened, self.opened_kind, self.form = row_id, kind, dict(form)
        self.opened_words = self._kinds()[kind]
        self.form_key += 1

    def _kinds(self) -> dict[str, str]:
        """The kinds of rows this tab has, with their words."""
        return {kind.value: words for kind, words in DETAIL_WORDS.items()}

    def _row(self, row_id: str) -> DetailItem | None:
        rows = (row for cards in (self.groups, self.past) for card in cards.values() for row in card)
        return next((row for row in rows if row["id"] == str(row_id)), None)

    def _fields(self) -> Form:
        """The fields of the kind that is open; a consent is never corrected and has none."""
        return DETAIL_FORMS[DetailKind(self.opened_kind)] if self.opened_kind in DETAIL_FORMS else {}

    async def _save_row(
        self,
        form: dict[str, Any],
        request: type[FormInput] | None,
        add: Callable[..., Any],
        correct: Callable[..., Any],
    ) -> bool:
        """Add or correct what the drawer holds; False leaves the refusal beside its field, or both versions.

        A row that somebody marked as an error meanwhile is left alone: what was typed becomes a new one.
        """
        if self.opened == NEW:
            use_case, target = add, {"patient_id": int(self.shown_for or 0)}
        else:
            use_case, target = correct, self._target(self.opened)
        done = await self._save_form(
            _affirmed(use_case), form=form, fields=self._fields(), request=request, **target
        )
        if done:
            self._shut()
        elif self.gone:
            self.opened = NEW
        return bool(done)

    async def _end_row(self, end: Callable[..., Any], day_name: str, form: dict[str, Any]) -> bool:
        """End the row that was asked about on the day the form says, or take its end back."""
        wanted = EndedOn if self.asked == "end" else None
        return await self._change_asked(_on_day(end, day_name), form, day=wanted)

    async def _retract_row(self, retract: Callable[..., Any], form: dict[str, Any]) -> bool:
        """Call the row that was asked about an error."""
        return await self._change_asked(retract, form, reason=str(form.get("reason", "")))

    async def _change_asked(
        self, use_case: Callable[..., Any], form: Mapping[str, Any], **arguments: Any
    ) -> bool:
        target = self._target(self.asked_id)
        done = await self._change_row(
            _affirmed(use_case), form=form, fields=self._fields(), **target, **arguments
        )
        if done:
            self._shut()
        return bool(done)

    def _target(self, row_id: str) -> dict[str, int]:
        """The id and the version of a row that is on screen; 0, which nothing has, for any other."""
        number = row_id.rpartition("-")[2]
        return {"row_id": int(number) if number.isdecimal() else 0, "version": self._version}


def _affirmed(use_case: Callable[..., Any]) -> Callable[..., bool]:
    """A use case that says that it is done, whatever it gives back."""

    def ask(session: Session, actor: Actor, **arguments: Any) -> bool:
        use_case(session, actor, **arguments)
        return True

    return ask


def _on_day(use_case: Callable[..., Any], day_name: str) -> Callable[..., Any]:
    """A use case that takes the day of an end under a name of its own."""

    def ask(session: Session, actor: Actor, *, day: EndedOn | None, **arguments: Any) -> Any:
        return use_case(session, actor, **{day_name: day and day.ended_on}, **arguments)

    return ask


def detail_item(row: DetailRow) -> DetailItem:
    """A row of a record for a list."""
    return {
        "id": _key(row),
        "kind": row.kind.value,
        "group": "point" if row.kind in (DetailKind.PHONE, DetailKind.EMAIL) else row.kind.value,
        "label": row.label,
        "title": row.title,
        "detail": row.detail,
        "state": row.state.value,
        "status": "" if row.state is DetailState.CURRENT else row.state_label,
        "tone": TONES[row.state],
        "note": row.note,
        "is_past": row.state in (DetailState.ENDED, DetailState.ENTERED_IN_ERROR),
        "may_correct": row.is_correctable,
    }


def _grouped(items: Iterable[DetailItem]) -> dict[str, list[DetailItem]]:
    groups: dict[str, list[DetailItem]] = {group: [] for group in GROUPS}
    for item in items:
        groups[item["group"]].append(item)
    return groups


def _key(row: DetailRow) -> str:
    return f"{row.kind.value}-{row.id}"
