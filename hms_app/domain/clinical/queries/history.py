"""A patient's history: what is recorded of each kind, what still holds first."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import AnyOf, Depends, OrOwn
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.rules import date_words, plain_display, value_words
from hms_app.domain.clinical.values import (
    CRITICALITY_LABELS,
    HISTORY,
    MOST_REACTIONS,
    NO_KNOWN_ALLERGIES,
    RELATIONSHIP_LABELS,
    SOCIAL_CODES,
    Criticality,
    DatePrecision,
    HistoryEntry,
    HistoryKind,
    HistorySection,
    Relationship,
    TermKind,
)
from hms_app.domain.clinical.values.statuses import status_words
from hms_app.domain.patients.queries import Statement, find_visible, may_read, rows_of
from hms_app.domain.records.values import RowForm

SECTION_LINES: Final = 200
"""The most entries of a kind; the timeline has everything."""

_SHARED: Final = """t.id, t.patient_id, t.version, t.code, t.code_system, t.display, t.occurred_at, t.ended_at,
 t.is_day_only, t.occurred_precision, t.ended_precision, t.note, t.status, t.status_told, t.ended_reason, t.recorded_at,
 t.recorded_by_user_id, t.entered_in_error_reason, u.name AS recorded_by"""
_REACTIONS: Final = """(SELECT coalesce(jsonb_agg(jsonb_build_array(r.display, r.severity, rt.id)
  ORDER BY r.position), '[]')
 FROM allergy_reaction r LEFT JOIN clinical_term rt ON rt.kind = 'reaction' AND rt.code_system = r.code_system
 AND rt.code = r.code AND md5(rt.display) = md5(r.display) WHERE r.allergy_id = t.id) AS reactions"""

Row = Mapping[str, Any]


class _Source(NamedTuple):
    """A kind's table, its own columns, and what they say."""

    table: str
    columns: str
    detail: Callable[[Row, HospitalLocale], tuple[str, ...]]
    form: Callable[[Row], dict[str, Any]]
    terms: TermKind | None
    beginning: str = ""
    only: str = "TRUE"


def _allergy_detail(row: Row, _locale: HospitalLocale) -> tuple[str, ...]:
    if row["code"] in NO_KNOWN_ALLERGIES:
        return ("The patient was asked",)
    category = row["category"].capitalize() if row["category"] != "other" else ""
    level = Criticality(row["criticality"]) if row["criticality"] else None
    danger = f"{CRITICALITY_LABELS[level]} criticality" if level and level is not Criticality.HIGH else ""
    reactions = "; ".join(
        " ".join(filter(None, (plain_display(what), f"({how})" if how else "")))
        for what, how, _ in row["reactions"]
    )
    return ("Intolerance" if row["kind"] == "intolerance" else "", category, danger, reactions)


def _allergy_form(row: Row) -> dict[str, Any]:
    form = {name: row[name] or "" for name in ("kind", "category", "criticality")}
    slots = [*row["reactions"], *[("", "", "")] * MOST_REACTIONS][:MOST_REACTIONS]
    for place, (what, how, term) in enumerate(slots, start=1):
        form |= {
            f"reaction_{place}": term,
            f"reaction_{place}-text": plain_display(what),
            f"severity_{place}": how,
        }
    return form


def _medication_detail(row: Row, _locale: HospitalLocale) -> tuple[str, ...]:
    reason = f"for {plain_display(row['reason_display'])}" if row["reason_display"] else ""
    override = f"in spite of an allergy: {row['allergy_reason']}" if row["allergy_reason"] else ""
    return (row["dosage"], reason, override)


def _medication_form(row: Row) -> dict[str, Any]:
    form = {name: row[name] for name in ("dosage", "allergy_warning", "allergy_reason")}
    return {**form, "reason": row["reason_display"]}


def _family_detail(row: Row, locale: HospitalLocale) -> tuple[str, ...]:
    age = "" if row["age_at_onset"] is None else f"at {locale.number(row['age_at_onset'])} years"
    return (
        RELATIONSHIP_LABELS[Relationship(row["relationship"])],
        age,
        "deceased" if row["is_deceased"] else "",
    )


def _family_form(row: Row) -> dict[str, Any]:
    died = {None: "", True: "yes", False: "no"}[row["is_deceased"]]
    return {"relationship": row["relationship"], "age_at_onset": row["age_at_onset"], "is_deceased": died}


def _social_detail(row: Row, locale: HospitalLocale) -> tuple[str, ...]:
    return (value_words(row["value_number"], row["value_text"] or row["value_code"], row["unit"], locale),)


def _social_form(row: Row) -> dict[str, Any]:
    question = SOCIAL_CODES.get(row["code"])
    usual = {code for code, _ in question.answers} if question else set()
    said = row["value_text"] or row["value_number"] or ""
    return {"question": row["code"], "answer": row["value_code"] if row["value_code"] in usual else said}


def is_social(alias: str) -> str:
    """The condition on an observation that makes it an answer of the social history, whatever file it came from."""
    codes = ", ".join(f"'{code}'" for code in SOCIAL_CODES)
    return f"({alias}.category = 'social-history' OR {alias}.code IN ({codes}))"


_READS: Final = {kind: words.read for kind, words in HISTORY.items()}
_SOURCES: Final = {
    HistoryKind.ALLERGY: _Source(
        "allergy_intolerance",
        f"t.kind, t.category, t.criticality, t.verification, {_REACTIONS}",
        _allergy_detail,
        _allergy_form,
        TermKind.ALLERGY,
        "onset",
    ),
    HistoryKind.CONDITION: _Source(
        "condition", "t.verification", lambda row, locale: (), lambda row: {}, TermKind.CONDITION, "onset"
    ),
    HistoryKind.MEDICATION: _Source(
        "medication_request",
        "t.dosage, t.reason_display, t.allergy_warning, t.allergy_reason",
        _medication_detail,
        _medication_form,
        TermKind.MEDICATION,
        "started",
    ),
    HistoryKind.IMMUNIZATION: _Source(
        "immunization",
        "t.lot_number",
        lambda row, locale: (f"Lot {row['lot_number']}" if row["lot_number"] else "",),
        lambda row: {"lot_number": row["lot_number"]},
        TermKind.IMMUNIZATION,
        "given",
    ),
    HistoryKind.FAMILY: _Source(
        "family_member_history",
        "t.relationship, t.age_at_onset, t.is_deceased",
        _family_detail,
        _family_form,
        TermKind.CONDITION,
    ),
    HistoryKind.SOCIAL: _Source(
        "observation",
        "t.category, t.value_number, t.value_text, t.value_code, t.unit",
        _social_detail,
        _social_form,
        None,
        "asked",
        only=is_social("t"),
    ),
}


@use_case(OrOwn(AnyOf(*_READS.values())))
def list_history(session: Session, actor: Actor, *, patient_id: int) -> list[HistorySection]:
    """The sections that the actor may see; one statement each. Raises NotFound for a patient one may not know of.

    Of social history only the last answer to each question.
    """
    find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="history")
    return [
        HistorySection(kind, actor.can(words.edit), _entries(session, actor.locale, kind, patient_id))
        for kind, words in HISTORY.items()
        if may_read(actor, words.read, patient_id)
    ]


@use_case(OrOwn(Depends("kind", _READS)))
def get_entry(session: Session, actor: Actor, *, kind: HistoryKind, entry_id: int) -> HistoryEntry:
    """One entry with what its form shows; raises NotFound, also for one of a patient the actor may not know of."""
    source, words = _SOURCES[kind], HISTORY[kind]
    term = "NULL"
    if source.terms is not None:
        term = (
            f"(SELECT c.id FROM clinical_term c WHERE c.kind = '{source.terms}' AND c.code_system = t.code_system"
            " AND c.code = t.code AND md5(c.display) = md5(t.display))"
        )
    statement = Statement(
        f"SELECT {_SHARED}, {source.columns}, {term} AS term FROM {source.table} t"
        f" LEFT JOIN app_user u ON u.id = t.recorded_by_user_id WHERE t.id = %(id)s AND {source.only}",
        {"id": entry_id},
    )
    found = rows_of(session, statement)
    if not found:
        raise NotFound(words.noun)
    try:
        find_visible(session, actor, found[0]["patient_id"])
    except NotFound:
        raise NotFound(words.noun) from None
    if not may_read(actor, words.read, found[0]["patient_id"]):
        raise NotPermitted(words.read)
    return _entry(kind, found[0], actor.locale, with_form=True)


def entry_form(kind: HistoryKind, session: Session, actor: Actor, entry_id: int) -> RowForm:
    """One entry as its form shows it, and whether it still holds; raises what `get_entry` raises."""
    entry = get_entry(session, actor, kind=kind, entry_id=entry_id)
    return RowForm(entry.form, is_ended=entry.status == "ended", is_error=entry.is_error)


def _entries(
    session: Session, locale: HospitalLocale, kind: HistoryKind, patient_id: int
) -> tuple[HistoryEntry, ...]:
    source = _SOURCES[kind]
    listed = f"{source.table} t"
    if kind is HistoryKind.SOCIAL:
        listed = (
            "(SELECT DISTINCT ON (s.code) s.* FROM observation s WHERE s.patient_id = %(patient_id)s"
            f" AND {is_social('s')} AND s.status <> 'entered_in_error'"
            " ORDER BY s.code, s.occurred_at DESC, s.id DESC) t"
        )
    statement = Statement(
        f"SELECT {_SHARED}, {source.columns} FROM {listed}"
        " LEFT JOIN app_user u ON u.id = t.recorded_by_user_id"
        " WHERE t.patient_id = %(patient_id)s"
        " ORDER BY t.status = 'entered_in_error', t.status = 'ended', t.occurred_at DESC, t.id DESC"
        f" LIMIT {SECTION_LINES}",
        {"patient_id": patient_id},
    )
    return tuple(_entry(kind, row, locale) for row in rows_of(session, statement))


def _entry(kind: HistoryKind, row: Row, locale: HospitalLocale, *, with_form: bool = False) -> HistoryEntry:
    source = _SOURCES[kind]
    by = (row["recorded_by"] or "", locale.date_of(row["recorded_at"]) if row["recorded_by_user_id"] else "")
    return HistoryEntry(
        id=row["id"],
        patient_id=row["patient_id"],
        kind=kind,
        version=row["version"],
        title=plain_display(row["display"]),
        detail=" · ".join(filter(None, source.detail(row, locale))),
        code=f"{row['code_system']} {row['code']}".strip() if row["code"] else "",
        when=_when(kind, row, locale),
        note=row["note"],
        status=row["status"],
        status_label=_status_label(kind, row),
        recorded=", ".join(filter(None, by)),
        is_open=row["status"] == "active" and bool(HISTORY[kind].ended),
        is_error=row["status"] == "entered_in_error",
        is_severe=kind is HistoryKind.ALLERGY and row["criticality"] == Criticality.HIGH,
        form=_form(source, row) if with_form else {},
    )


def _status_label(kind: HistoryKind, row: Row) -> str:
    if row["status"] == "entered_in_error":
        return "Entered in error"
    return status_words(row) or (HISTORY[kind].ended if row["status"] == "ended" else "")


def _when(kind: HistoryKind, row: Row, locale: HospitalLocale) -> str:
    began = _date(row["occurred_at"], row["is_day_only"], row["occurred_precision"], locale)
    if kind is HistoryKind.FAMILY:
        return ""
    if row["ended_at"] is None or not HISTORY[kind].ended:
        goes_on = HISTORY[kind].ended and row["code"] not in NO_KNOWN_ALLERGIES
        return f"since {began}" if began and goes_on else began
    ended = _date(row["ended_at"], row["is_day_only"], row["ended_precision"], locale)
    return ended if began == ended else f"{began} to {ended}" if began else f"until {ended}"


def _date(at: dt.datetime, is_day_only: bool, precision: str, locale: HospitalLocale) -> str:
    day = at.astimezone(dt.UTC).date() if is_day_only else locale.local(at).date()
    return date_words(day, precision, locale)


def _form(source: _Source, row: Row) -> dict[str, str]:
    """What the form shows, every value as text."""
    form = {
        "term": row["term"],
        "term-text": plain_display(row["display"]),
        "note": row["note"],
        **source.form(row),
    }
    if source.beginning:
        form[source.beginning] = _typed(row)
    return {name: "" if value is None else str(value) for name, value in form.items()}


def _typed(row: Row) -> str:
    """The beginning as somebody would type it."""
    day: dt.date = row["occurred_at"].astimezone(dt.UTC).date()
    lengths = {DatePrecision.DAY: 10, DatePrecision.MONTH: 7, DatePrecision.YEAR: 4, DatePrecision.UNKNOWN: 0}
    return day.isoformat()[: lengths[DatePrecision(row["occurred_precision"])]]
