"""The worklist of likely duplicates, two records side by side, and how the scan stands."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound
from hms_app.core.keyset import Keyset
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import COUNT_CAP, PAGE_SIZE, Page, capped_label
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.queries.belongings import count_holdings
from hms_app.domain.duplicates.queries.likely import COMPARABLE, MATCH_SOURCE, facts_of
from hms_app.domain.duplicates.values import (
    DUPLICATE_LABELS,
    MERGE_FIELDS,
    Comparison,
    DuplicateFilters,
    DuplicateRow,
    DuplicateStatus,
    FieldPair,
    MergeField,
    ScanRow,
    ScanStatus,
    Side,
)
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.queries.patients import ROW, patient_row, visible_to
from hms_app.domain.patients.rules import death_words, is_deceased
from hms_app.domain.patients.values import MARITAL_LABELS, SEX_LABELS, spoken_languages

_LIKELIEST_FIRST: Final = Keyset("duplicates", (Decimal, int))
ALIVE_FOR: Final = dt.timedelta(seconds=60)
"""A scan that has not committed for longer was killed; starting it again goes on from there."""


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def list_duplicates(
    session: Session, actor: Actor, *, filters: DuplicateFilters | None = None, at: str | None = None
) -> Page[DuplicateRow]:
    """A page of pairs, the likeliest first; only of patients the actor may know of, and that are in use.

    It is a look at all of them.
    """
    wanted = filters or DuplicateFilters()
    page = _page(session, actor, wanted, at)
    told = {"decision": wanted.status, "likeness": _likeness(wanted)}
    shown = {patient.id for row in page.rows for patient in (row.first, row.second)}
    audit.record_list(session, actor, place="duplicates", shown=shown, told=told)
    return page


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def compare_patients(
    session: Session, actor: Actor, *, first_id: int, second_id: int, admitted: frozenset[int] = frozenset()
) -> Comparison:
    """Two records side by side; raises NotFound for one the actor may not know of.

    `admitted` are those of the two who are in the house.
    """
    if first_id == second_id:
        raise DomainError("This is one record, not two.")
    first, second = (_source(session, actor, patient_id) for patient_id in (first_id, second_id))
    score = rules.score(facts_of(first), facts_of(second))
    pair = _decision(session, first_id, second_id)
    return Comparison(
        first=patient_row(first, actor.locale),
        second=patient_row(second, actor.locale),
        versions=(first["version"], second["version"]),
        percent=_percent(score.weight),
        weight=score.weight,
        reasons=score.reasons,
        doubts=score.doubts,
        fields=tuple(_field_pair(field, first, second, actor.locale) for field in MERGE_FIELDS),
        holdings=count_holdings(session, first_id, second_id),
        status=pair["status"] if pair else DuplicateStatus.OPEN.value,
        decided=_decided(pair, actor.locale) if pair else "",
        wants_reason=rules.wants_reason(first, second),
        obstacles=tuple(rules.obstacles((first, second), admitted=admitted)),
    )


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def find_scan(session: Session, actor: Actor) -> ScanRow | None:
    """How the newest scan stands; None before the first one."""
    found = rows_of(session, Statement("SELECT * FROM duplicate_scan ORDER BY id DESC LIMIT 1", {}))
    return _scan_row(found[0], actor.locale) if found else None


def _page(session: Session, actor: Actor, filters: DuplicateFilters, at: str | None) -> Page[DuplicateRow]:
    values: dict[str, Any] = {"status": filters.status, "from": filters.weight_from, "to": filters.weight_to}
    condition = (
        f"d.status = %(status)s AND {_seen(actor, filters, 'first_id')} AND {_seen(actor, filters, 'second_id')}"
        " AND (%(from)s::numeric IS NULL OR d.weight >= %(from)s)"
        " AND (%(to)s::numeric IS NULL OR d.weight < %(to)s)"
    )
    counted = f"SELECT count(*) AS n FROM (SELECT 1 FROM patient_duplicate d WHERE {condition} LIMIT {COUNT_CAP + 1}) c"
    count = int(rows_of(session, Statement(counted, values))[0]["n"])
    place = _LIKELIEST_FIRST.place(at)
    if place:
        values["weight"], values["id"] = place.values
        condition += _BEFORE if place.is_back else _AFTER
    way = "d.weight ASC, d.id DESC" if place.is_back else "d.weight DESC, d.id ASC"
    statement = f"SELECT d.* FROM patient_duplicate d WHERE {condition} ORDER BY {way} LIMIT {PAGE_SIZE + 1}"
    found = rows_of(session, Statement(statement, values))
    page = _LIKELIEST_FIRST.cut(
        found, place, values_of=lambda pair: (pair["weight"], pair["id"]), label=capped_label(count)
    )
    return page.with_rows(_duplicate_rows(session, actor, page.rows))


def _likeness(filters: DuplicateFilters) -> str:
    """The weights a list is narrowed to, for the trail."""
    ends = (filters.weight_from, filters.weight_to)
    return "" if ends == (None, None) else " to ".join("" if end is None else f"{end:g}" for end in ends)


_AFTER: Final = " AND d.weight <= %(weight)s AND (d.weight < %(weight)s OR d.id > %(id)s)"
_BEFORE: Final = " AND d.weight >= %(weight)s AND (d.weight > %(weight)s OR d.id < %(id)s)"


def _seen(actor: Actor, filters: DuplicateFilters, column: str) -> str:
    """The condition that a patient of the pair may be known of and, unless merges are asked for, is in use."""
    in_use = "TRUE" if filters.status == DuplicateStatus.MERGED.value else COMPARABLE
    return f"EXISTS (SELECT 1 FROM patient p WHERE p.id = d.{column} AND {visible_to(actor)} AND {in_use})"


def _duplicate_rows(session: Session, actor: Actor, found: list[Mapping[str, Any]]) -> list[DuplicateRow]:
    ids = [pair[column] for pair in found for column in ("first_id", "second_id")]
    statement = f"SELECT {ROW} FROM patient p WHERE p.id = ANY(%(ids)s)"
    rows = {
        row["id"]: patient_row(row, actor.locale)
        for row in rows_of(session, Statement(statement, {"ids": ids}))
    }
    return [
        DuplicateRow(
            id=pair["id"],
            first=rows[pair["first_id"]],
            second=rows[pair["second_id"]],
            weight=float(pair["weight"]),
            percent=_percent(float(pair["weight"])),
            reasons=tuple(pair["reasons"]),
            doubts=tuple(pair["doubts"]),
            status=pair["status"],
            status_label=DUPLICATE_LABELS[pair["status"]],
            decided=_decided(pair, actor.locale),
        )
        for pair in found
    ]


def _percent(weight: float) -> str:
    """How probable one person is; nothing is ever said to be quite sure."""
    share = rules.probability_of(weight) * 100
    if share > 99.9:
        return "> 99.9 %"
    return f"{share:.1f} %" if share > 99 else f"{share:.0f} %"


def _decided(pair: Mapping[str, Any], locale: HospitalLocale) -> str:
    if pair["decided_at"] is None:
        return ""
    why = f": {pair['decided_reason']}" if pair["decided_reason"] else ""
    return f"{pair['decided_by']}, {locale.moment(pair['decided_at'])}{why}"


def _decision(session: Session, *patient_ids: int) -> Mapping[str, Any] | None:
    first, second = sorted(patient_ids)
    statement = "SELECT * FROM patient_duplicate WHERE first_id = %(first)s AND second_id = %(second)s"
    found = rows_of(session, Statement(statement, {"first": first, "second": second}))
    return found[0] if found else None


def _source(session: Session, actor: Actor, patient_id: int) -> Mapping[str, Any]:
    statement = f"SELECT p.*, {MATCH_SOURCE} FROM patient p WHERE p.id = %(id)s AND {visible_to(actor)}"
    found = rows_of(session, Statement(statement, {"id": patient_id}))
    if not found:
        raise NotFound("patient")
    audit.record_access(session, actor, patient_id=patient_id, what="comparison")
    return found[0]


def _field_pair(
    field: MergeField, first: Mapping[str, Any], second: Mapping[str, Any], locale: HospitalLocale
) -> FieldPair:
    return FieldPair(
        name=field.name,
        label=field.label,
        first=_shown(field, first, locale),
        second=_shown(field, second, locale),
        is_different=any(first[column] != second[column] for column in field.columns),
        better="second" if rules.better_side(field, first, second) is Side.MERGED else "first",
    )


def _shown(field: MergeField, found: Mapping[str, Any], locale: HospitalLocale) -> str:
    value = found[field.columns[0]]
    match field.name:
        case "birth":
            return patient_row(found, locale).birth_date
        case "deceased":
            return death_words(found, locale) or ("date unknown" if is_deceased(found) else "")
        case "sex_at_birth" | "gender":
            return "" if value == "unknown" else SEX_LABELS[value]
        case "marital_status":
            return MARITAL_LABELS[value]
        case "language":
            return str(spoken_languages().get(value, value))
        case "race" | "ethnicity":
            return str(value[:1].upper() + value[1:])
        case "photo":
            return "Has a photo" if value else ""
    return str(value or "")


def _scan_row(scan: Mapping[str, Any], locale: HospitalLocale) -> ScanRow:
    is_alive = scan["status"] == ScanStatus.RUNNING.value and clock.now() - scan["beat_at"] < ALIVE_FOR
    share = 100 if scan["status"] == ScanStatus.FINISHED.value else _share(scan["done"], scan["total"])
    return ScanRow(
        status=scan["status"],
        is_alive=is_alive,
        share=share,
        sentence=_scan_sentence(scan, locale, is_alive=is_alive, share=share),
        started=f"{locale.moment(scan['started_at'])} by {scan['started_by']}",
    )


def _share(done: int, total: int) -> int:
    return min(99, done * 100 // total) if total else 0


def _scan_sentence(scan: Mapping[str, Any], locale: HospitalLocale, *, is_alive: bool, share: int) -> str:
    compared = f"{locale.number(scan['compared'])} pairs compared"
    if scan["status"] == ScanStatus.FINISHED.value:
        return f"Scanned {locale.moment(scan['finished_at'])}: {compared}."
    if scan["status"] == ScanStatus.FAILED.value:
        return f"The scan stopped at {share} %: {scan['problem']}"
    if is_alive:
        return f"Scanning the register: {share} %, {compared}."
    return f"The scan was interrupted at {share} %. Start it again to go on from there."
