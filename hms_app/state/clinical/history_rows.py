"""The rows of a history as its screen shows them."""

from typing import Final, TypedDict

from hms_app.domain.clinical.rules import plain_display
from hms_app.domain.clinical.values import HISTORY, HistoryEntry, HistoryKind, HistorySection, Term


class EntryItem(TypedDict):
    """An entry of the history on screen."""

    id: str
    kind: str
    version: str
    title: str
    detail: str
    code: str
    when: str
    note: str
    recorded: str
    status: str
    is_open: bool
    is_error: bool
    is_severe: bool


class SectionItem(TypedDict):
    """The entries of one kind: what holds, and what is over."""

    kind: str
    title: str
    noun: str
    may_edit: bool
    entries: list[EntryItem]
    past: list[EntryItem]
    past_label: str
    offers_none_known: bool


class ChoiceItem(TypedDict):
    """Something to choose while typing, or from a list."""

    value: str
    label: str
    detail: str


NO_ENTRY: Final[EntryItem] = {
    "id": "",
    "kind": "",
    "version": "",
    "title": "",
    "detail": "",
    "code": "",
    "when": "",
    "note": "",
    "recorded": "",
    "status": "",
    "is_open": False,
    "is_error": False,
    "is_severe": False,
}


def section_item(section: HistorySection) -> SectionItem:
    """The entries of one kind for the screen."""
    words = HISTORY[section.kind]
    items = [entry_item(entry) for entry in section.entries]
    over = [item for item in items if item["is_error"] or (words.ended and not item["is_open"])]
    current = [item for item in items if item not in over]
    return {
        "kind": section.kind.value,
        "title": words.title,
        "noun": words.noun,
        "may_edit": section.may_edit,
        "entries": current,
        "past": over,
        "past_label": f"{len(over)} no longer current" if over else "",
        "offers_none_known": section.may_edit and section.kind is HistoryKind.ALLERGY and not current,
    }


def entry_item(entry: HistoryEntry) -> EntryItem:
    """An entry of the history for the screen."""
    return {
        "id": str(entry.id),
        "kind": entry.kind.value,
        "version": str(entry.version),
        "title": entry.title,
        "detail": entry.detail,
        "code": entry.code,
        "when": entry.when,
        "note": entry.note,
        "recorded": f"Recorded by {entry.recorded}" if entry.recorded else "",
        "status": entry.status_label,
        "is_open": entry.is_open,
        "is_error": entry.is_error,
        "is_severe": entry.is_severe,
    }


def choice_item(term: Term) -> ChoiceItem:
    """A term to choose."""
    return {
        "value": str(term.id),
        "label": plain_display(term.display),
        "detail": f"{term.code_system} {term.code}".strip(),
    }
