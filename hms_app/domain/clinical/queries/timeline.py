"""One timeline of everything that happened to a patient, newest first.

Each kind is read through its own (patient_id, occurred_at, id) index, at most a page of it; the pages are merged by
(occurred_at, kind, id). One statement, however many kinds.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotPermitted
from hms_app.core.keyset import Keyset, Place
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import PAGE_SIZE, Page
from hms_app.core.permissions import AnyOf, OrOwn
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.rules import Part, date_words, panel_words, plain_display, value_words
from hms_app.domain.clinical.values import (
    CLASS_WORDS,
    DOCUMENT_LABELS,
    KIND_PERMISSIONS,
    KIND_WORDS,
    RELATIONSHIP_LABELS,
    DatePrecision,
    DocumentKind,
    EncounterClass,
    Relationship,
    TimelineEntry,
    TimelineKind,
)
from hms_app.domain.clinical.values.statuses import status_words
from hms_app.domain.patients.queries import Statement, find_visible, may_read, rows_of

VISIT_ENTRIES: Final = 200
"""The most entries of one visit that are shown."""


class _Branch(NamedTuple):
    """A kind's table, and what its columns are on the timeline."""

    table: str
    note: str = "''"
    reason: str = "''"
    number: str = "NULL::numeric"
    text: str = "''"
    unit: str = "''"
    practitioner: str = "NULL::bigint"
    organization: str = "NULL::bigint"
    encounter: str = "t.encounter_id"
    below: str = "NULL::jsonb"
    shown: str = "TRUE"
    verification: str = "''"


_REACTIONS: Final = """(SELECT coalesce(string_agg(concat_ws(', ', nullif(r.display, ''), r.severity), '; '
 ORDER BY r.position), '') FROM allergy_reaction r WHERE r.allergy_id = t.id)"""

_BELOW: Final = """(SELECT jsonb_agg(jsonb_build_object('code', c.code, 'display', c.display,
 'number', c.value_number::text, 'text', coalesce(nullif(c.value_text, ''), c.value_code), 'unit', c.unit)
 ORDER BY c.id)
 FROM observation c WHERE c.{column} = t.id AND NOT c.is_panel AND c.status <> 'entered_in_error')"""
"""The observations of a panel or a report; a panel among them is an entry of its own."""
_BRANCHES: Final = {
    TimelineKind.ENCOUNTER: _Branch(
        "encounter",
        note="t.encounter_class",
        reason="t.reason_display",
        practitioner="t.practitioner_id",
        organization="t.organization_id",
        encounter="NULL::bigint",
    ),
    TimelineKind.CONDITION: _Branch("condition", verification="t.verification"),
    TimelineKind.ALLERGY: _Branch(
        "allergy_intolerance", note="t.category", text=_REACTIONS, verification="t.verification"
    ),
    TimelineKind.MEDICATION: _Branch(
        "medication_request",
        reason="t.reason_display",
        text="t.dosage",
        practitioner="t.practitioner_id",
    ),
    TimelineKind.REPORT: _Branch(
        "diagnostic_report",
        text="t.conclusion",
        practitioner="t.practitioner_id",
        below=_BELOW.format(column="diagnostic_report_id"),
    ),
    TimelineKind.OBSERVATION: _Branch(
        "observation",
        note="t.category",
        number="t.value_number",
        text="coalesce(nullif(t.value_text, ''), t.value_code)",
        unit="t.unit",
        below=f"CASE WHEN t.is_panel THEN {_BELOW.format(column='panel_id')} END",
        shown="(t.is_panel OR t.panel_id IS NULL AND t.diagnostic_report_id IS NULL)",
    ),
    TimelineKind.PROCEDURE: _Branch("procedure", reason="t.reason_display", practitioner="t.practitioner_id"),
    TimelineKind.IMMUNIZATION: _Branch("immunization", text="t.lot_number", practitioner="t.practitioner_id"),
    TimelineKind.CARE_PLAN: _Branch("care_plan", reason="t.reason_display"),
    TimelineKind.DEVICE: _Branch("device_use", text="t.udi"),
    TimelineKind.SUPPLY: _Branch("supply_use", number="t.quantity"),
    TimelineKind.IMAGING: _Branch("imaging_study", note="t.modality_display", text="t.body_site_display"),
    TimelineKind.FAMILY_HISTORY: _Branch("family_member_history", note="t.relationship"),
    TimelineKind.DOCUMENT: _Branch("document_reference", note="t.kind"),
}
_RANKS: Final = {kind: rank for rank, kind in enumerate(_BRANCHES)}
_KINDS: Final = tuple(_BRANCHES)
_NEWEST_FIRST: Final = Keyset("timeline", (dt.datetime, int, int), grows=True)


@use_case(OrOwn(AnyOf(*KIND_PERMISSIONS.values())))
def list_timeline(
    session: Session,
    actor: Actor,
    *,
    patient_id: int,
    kinds: Iterable[str] | None = None,
    bookmark: str | None = None,
) -> Page[TimelineEntry]:
    """A page of what happened, newest first, of the kinds asked for that the actor may see.

    Raises NotFound for a patient the actor may not know of, NotPermitted when no kind is left, and DomainError for
    an unknown kind or a damaged bookmark. There is no way back: pages are added below.
    """
    find_visible(session, actor, patient_id)
    wanted = _permitted(actor, patient_id, kinds)
    audit.record_access(session, actor, patient_id=patient_id, what="timeline")
    place = _NEWEST_FIRST.place(bookmark)
    found = rows_of(session, _page_statement(patient_id, wanted, _after(place)))
    return _NEWEST_FIRST.cut(found, place, values_of=_keys).map(lambda row: _entry(row, actor.locale))


@use_case(OrOwn(AnyOf(*KIND_PERMISSIONS.values())))
def timeline_counts(session: Session, actor: Actor, *, patient_id: int) -> dict[TimelineKind, int]:
    """How many entries of each kind there are, for the kinds the actor may see."""
    find_visible(session, actor, patient_id)
    kinds = _permitted(actor, patient_id, None)
    counts = " UNION ALL ".join(
        f"SELECT {_RANKS[kind]} AS rank, count(*) AS n FROM {_BRANCHES[kind].table} t"
        f" WHERE t.patient_id = %(patient_id)s AND {_BRANCHES[kind].shown}"
        for kind in kinds
    )
    found = rows_of(session, Statement(counts, {"patient_id": patient_id}))
    return {_KINDS[row["rank"]]: row["n"] for row in found}


def visit_entries(
    session: Session, actor: Actor, *, patient_id: int, encounter_id: int
) -> list[TimelineEntry]:
    """What happened in a visit, of the kinds the actor may see, newest first; for use cases that asked who may."""
    kinds = [kind for kind in permitted_kinds(actor, patient_id) if kind is not TimelineKind.ENCOUNTER]
    if not kinds:
        return []
    found = rows_of(session, _page_statement(patient_id, kinds, None, encounter_id=encounter_id))
    return [_entry(row, actor.locale) for row in found]


def permitted_kinds(actor: Actor, patient_id: int) -> list[TimelineKind]:
    """The kinds of entries of this record that the actor may see."""
    return [kind for kind in _KINDS if may_read(actor, KIND_PERMISSIONS[kind], patient_id)]


def _permitted(actor: Actor, patient_id: int, kinds: Iterable[str] | None) -> list[TimelineKind]:
    asked = set(_KINDS) if kinds is None else {_kind(kind) for kind in kinds} or set(_KINDS)
    permitted = [kind for kind in permitted_kinds(actor, patient_id) if kind in asked]
    if not permitted:
        raise NotPermitted(KIND_PERMISSIONS[next(kind for kind in _KINDS if kind in asked)])
    return permitted


def _kind(text: str) -> TimelineKind:
    try:
        return TimelineKind(text)
    except ValueError:
        raise DomainError("There is no such kind of entry on the timeline.") from None


class _After(NamedTuple):
    at: dt.datetime
    rank: int
    id: int


def _after(place: Place) -> _After | None:
    return _After(*place.values) if place else None


def _keys(row: Mapping[str, Any]) -> tuple[dt.datetime, int, int]:
    return row["occurred_at"], row["rank"], row["id"]


def _page_statement(
    patient_id: int, kinds: Iterable[TimelineKind], after: _After | None, *, encounter_id: int | None = None
) -> Statement:
    """A page of the timeline; of one visit, what belongs to it, up to `VISIT_ENTRIES`."""
    values: dict[str, Any] = {"patient_id": patient_id}
    limit, within = PAGE_SIZE + 1, ""
    if encounter_id is not None:
        limit, within = VISIT_ENTRIES, " AND t.encounter_id = %(encounter_id)s::bigint"
        values["encounter_id"] = encounter_id
    if after is not None:
        values |= {"at": after.at, "after_id": after.id}
    branches = " UNION ALL ".join(_branch_sql(kind, after, within, limit) for kind in kinds)
    return Statement(
        "SELECT u.*, nullif(concat_ws(' ', nullif(d.prefix, ''), nullif(d.given_names, ''), d.family_name), '')"
        " AS practitioner, o.name AS organization"
        f" FROM (SELECT * FROM ({branches}) b ORDER BY occurred_at DESC, rank, id DESC LIMIT {limit}) u"
        " LEFT JOIN encounter e ON e.id = u.encounter_id"
        " LEFT JOIN practitioner d ON d.id = coalesce(u.practitioner_id, e.practitioner_id)"
        " LEFT JOIN organization o ON o.id = coalesce(u.organization_id, e.organization_id)"
        " ORDER BY u.occurred_at DESC, u.rank, u.id DESC",
        values,
    )


def _branch_sql(kind: TimelineKind, after: _After | None, within: str, limit: int) -> str:
    branch, rank = _BRANCHES[kind], _RANKS[kind]
    beyond = within
    if after is not None:
        if rank == after.rank:
            beyond = " AND (t.occurred_at, t.id) < (%(at)s::timestamptz, %(after_id)s::bigint)"
        else:
            beyond = f" AND t.occurred_at {'<=' if rank > after.rank else '<'} %(at)s::timestamptz"
    return (
        f"(SELECT {rank} AS rank, t.id, t.occurred_at, t.ended_at, t.is_day_only, t.display, t.status, t.status_told,"
        f" {branch.verification} AS verification,"
        f" {branch.note} AS note, {branch.reason} AS reason, {branch.number} AS number, {branch.text} AS text,"
        f" {branch.unit} AS unit, t.occurred_precision, t.ended_precision, {branch.practitioner} AS practitioner_id,"
        f" {branch.organization} AS organization_id, {branch.encounter} AS encounter_id,"
        f" {branch.below} AS below"
        f" FROM {branch.table} t WHERE t.patient_id = %(patient_id)s AND {branch.shown}{beyond}"
        f" ORDER BY t.occurred_at DESC, t.id DESC LIMIT {limit})"
    )


def _entry(row: Mapping[str, Any], locale: HospitalLocale) -> TimelineEntry:
    kind = _KINDS[row["rank"]]
    is_day_only = row["is_day_only"]
    word = CLASS_WORDS[EncounterClass(row["note"])] if kind is TimelineKind.ENCOUNTER else KIND_WORDS[kind]
    return TimelineEntry(
        id=f"{kind}-{row['id']}",
        kind=kind,
        kind_word=word,
        day=_day(row["occurred_at"], is_day_only, locale, row["occurred_precision"]),
        occurred_at=None if is_day_only else row["occurred_at"],
        title=plain_display(row["display"]),
        detail=" · ".join(part for part in (*_details(kind, row, locale), _undated(row)) if part),
        status=status_words(row).lower() or _status(kind, row["status"]),
    )


def _details(kind: TimelineKind, row: Mapping[str, Any], locale: HospitalLocale) -> tuple[str, ...]:
    reason = f"for {plain_display(row['reason'])}" if row["reason"] else ""
    who = (row["practitioner"] or "", row["organization"] or "")
    text = plain_display(row["text"])
    if kind is TimelineKind.OBSERVATION:
        return (value_words(row["number"], text, row["unit"], locale), _below(row, locale), *who)
    if kind is TimelineKind.REPORT:
        return (row["text"], _below(row, locale), *who)
    if kind is TimelineKind.SUPPLY:
        return (f"quantity {locale.number(row['number'])}", *who)
    if kind is TimelineKind.ALLERGY:
        return (row["note"] if row["note"] != "other" else "", text, *who)
    if kind is TimelineKind.IMAGING:
        return (row["note"], text, *who)
    if kind is TimelineKind.DOCUMENT:
        return (DOCUMENT_LABELS[DocumentKind(row["note"])], *who)
    if kind is TimelineKind.FAMILY_HISTORY:
        return (RELATIONSHIP_LABELS[Relationship(row["note"])], *who)
    if kind is TimelineKind.IMMUNIZATION:
        return (f"lot {text}" if text else "", *who)
    if kind is TimelineKind.MEDICATION:
        return (text, reason, _until(row, locale), *who)
    return (reason, f"UDI {text}" if text else "", _until(row, locale), *who)


def _below(row: Mapping[str, Any], locale: HospitalLocale) -> str:
    """What stands in a panel or a report, in words."""
    parts = [
        Part(
            one["code"],
            one["display"],
            Decimal(one["number"]) if one["number"] else None,
            one["text"],
            one["unit"],
        )
        for one in row["below"] or ()
    ]
    return panel_words(parts, locale)


def _until(row: Mapping[str, Any], locale: HospitalLocale) -> str:
    ended: dt.datetime | None = row["ended_at"]
    if ended is None:
        return ""
    last = _day(ended, row["is_day_only"], locale, row["ended_precision"])
    if last == _day(row["occurred_at"], row["is_day_only"], locale, row["occurred_precision"]):
        return "" if row["is_day_only"] else f"until {locale.time(ended)}"
    return f"until {last}"


def _undated(row: Mapping[str, Any]) -> str:
    """Nobody knows when: the entry stands where it was recorded."""
    return "date unknown" if row["occurred_precision"] == DatePrecision.UNKNOWN else ""


def _day(at: dt.datetime, is_day_only: bool, locale: HospitalLocale, precision: str = "day") -> str:
    if not is_day_only:
        return locale.date_of(at)
    day = at.astimezone(dt.UTC).date()
    return date_words(day, precision, locale) or locale.date(day)


def _status(kind: TimelineKind, status: str) -> str:
    if status in ("completed", "current"):
        return ""
    if status == "ended" and kind is TimelineKind.CONDITION:
        return "resolved"
    return status.replace("_", " ")
