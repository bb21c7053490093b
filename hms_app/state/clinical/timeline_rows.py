"""The timeline as screens show it: flat dictionaries of display text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypedDict

from hms_app.core.locale import HospitalLocale
from hms_app.domain.clinical.values import KIND_WORDS, TimelineEntry, TimelineKind


class TimelineItem(TypedDict):
    """An entry of the timeline; `day` is empty on all but the first entry of a day."""

    id: str
    day: str
    kind: str
    kind_label: str
    title: str
    detail: str
    time: str
    status: str
    tone: str


class KindChip(TypedDict):
    """A kind of entry and how many there are."""

    kind: str
    label: str
    count: str


STATUS_TONES: Final = {
    "active": "info",
    "in progress": "info",
    "planned": "info",
    "cancelled": "warning",
    "entered in error": "danger",
}
"""Tones of an entry's status; what is over stays neutral."""


PLURALS: Final = {
    TimelineKind.ALLERGY: "Allergies",
    TimelineKind.SUPPLY: "Supplies",
    TimelineKind.IMAGING: "Imaging",
    TimelineKind.FAMILY_HISTORY: "Family history",
}
"""Kinds whose plural is not the word with an s."""


def kind_chips(counts: Mapping[TimelineKind, int], locale: HospitalLocale) -> tuple[list[KindChip], str]:
    """A chip for each kind there is something of, and the count of everything."""
    chips: list[KindChip] = [
        {
            "kind": kind.value,
            "label": PLURALS.get(kind, f"{KIND_WORDS[kind]}s"),
            "count": locale.number(counts[kind]),
        }
        for kind in TimelineKind
        if counts.get(kind)
    ]
    return chips, locale.number(sum(counts.values()))


def timeline_items(
    entries: Iterable[TimelineEntry], *, after_day: str, locale: HospitalLocale
) -> list[TimelineItem]:
    """Entries, newest first, with a heading on the first of each day; `after_day` heads the entries above them."""
    items: list[TimelineItem] = []
    for entry in entries:
        items.append(
            {
                "id": entry.id,
                "day": "" if entry.day == after_day else entry.day,
                "kind": entry.kind.value,
                "kind_label": entry.kind_word,
                "title": entry.title,
                "detail": entry.detail,
                "time": locale.time(entry.occurred_at),
                "status": entry.status[:1].upper() + entry.status[1:],
                "tone": STATUS_TONES.get(entry.status, "neutral"),
            }
        )
        after_day = entry.day
    return items


def last_day_of(rows: Sequence[TimelineItem]) -> str:
    """The day that heads the last of `rows`."""
    return next((row["day"] for row in reversed(rows) if row["day"]), "")
