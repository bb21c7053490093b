"""Visits as screens show them: everything a text."""

import datetime as dt
from typing import Final, TypedDict

from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import with_noun
from hms_app.domain.clinical.rules import date_words
from hms_app.domain.clinical.values import CLASS_WORDS, EncounterStatus, TimelineKind, VisitRow
from hms_app.state.clinical.timeline_rows import STATUS_TONES

_COUNTED: Final = {
    TimelineKind.CONDITION: ("condition", "conditions"),
    TimelineKind.OBSERVATION: ("result", "results"),
    TimelineKind.PROCEDURE: ("procedure", "procedures"),
    TimelineKind.MEDICATION: ("medication", "medications"),
    TimelineKind.IMMUNIZATION: ("immunization", "immunizations"),
    TimelineKind.DOCUMENT: ("document", "documents"),
}
"""The words for one and for more of what happened in a visit."""


class VisitItem(TypedDict):
    """A visit in the list."""

    id: str
    kind: str
    title: str
    when: str
    who: str
    where: str
    reason: str
    counts: str
    status: str
    tone: str


class VisitChoice(TypedDict):
    """A visit that an entry may belong to."""

    value: str
    label: str
    detail: str


NO_VISIT: Final[VisitItem] = {
    "id": "",
    "kind": "",
    "title": "",
    "when": "",
    "who": "",
    "where": "",
    "reason": "",
    "counts": "",
    "status": "",
    "tone": "",
}


def visit_item(row: VisitRow, locale: HospitalLocale) -> VisitItem:
    """A visit as texts; of one that took its usual course the status is not worth a word."""
    kind = CLASS_WORDS[row.encounter_class]
    status = "" if row.status is EncounterStatus.COMPLETED else row.status.value.replace("_", " ")
    return {
        "id": str(row.id),
        "kind": kind,
        "title": row.title or kind,
        "when": visit_times(row, locale),
        "who": row.practitioner,
        "where": " · ".join(filter(None, (row.department, row.organization))),
        "reason": row.reason,
        "counts": " · ".join(
            with_noun(locale.number(row.counts[counted]), one, more)
            for counted, (one, more) in _COUNTED.items()
            if counted in row.counts
        ),
        "status": status.capitalize(),
        "tone": STATUS_TONES.get(status, "neutral"),
    }


def visit_choice(row: VisitRow, locale: HospitalLocale) -> VisitChoice:
    """A visit to choose."""
    shown = visit_item(row, locale)
    return {
        "value": shown["id"],
        "label": " · ".join(filter(None, (shown["when"], shown["title"], shown["who"]))),
        "detail": "",
    }


def visit_times(row: VisitRow, locale: HospitalLocale) -> str:
    """When a visit was, as far as it is known."""
    at, until = row.began_at, row.ended_at
    if row.is_day_only:
        known = date_words(at.astimezone(dt.UTC).date(), row.precision, locale)
        return known or "Date unknown"
    if until is None or until == at:
        return locale.moment(at)
    if locale.date_of(at) == locale.date_of(until):
        return f"{locale.moment(at)} to {locale.time(until)}"
    return f"{locale.date_of(at)} to {locale.date_of(until)}"
