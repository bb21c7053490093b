"""The search as somebody types, the list, and one patient's identity.

The search looks only at `patient_search_key`. Each statement is made of fixed fragments and bound values, and
each scan in it is a bounded range of an index, so that a million patients take no longer than ten thousand.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import COUNT_CAP, PAGE_SIZE, Page, capped_label, read_bookmark
from hms_app.core.paging import bookmark as make_bookmark
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.matching import Statement, matches, rows_of
from hms_app.domain.patients.tables import UNBORN
from hms_app.domain.patients.values import (
    SEX_LABELS,
    STATUS_LABELS,
    BirthDatePrecision,
    PatientFilters,
    PatientRow,
)

SEARCH_LIMIT: Final = 50
"""The most rows `search_patients` gives, whatever is asked for."""
MATCH_CAP: Final = 200
"""The list sorts and pages the first 200 patients that fit the text; who wants others types more."""

ROW: Final = """p.id, p.mrn, p.prefix, p.given_names, p.family_name, p.suffix, p.birth_date,
 p.birth_date_precision, p.deceased_at, p.sex_at_birth, p.status, p.is_restricted, p.updated_at, p.name_sort"""
_SORTS: Final[dict[str, tuple[str, str, Callable[[Mapping[str, Any]], str], Callable[[str], Any]]]] = {
    "name": ("p.name_sort", "text", lambda row: str(row["name_sort"]), str),
    "birth_date": (
        f"coalesce(p.birth_date, {UNBORN})",
        "date",
        lambda row: str((row["birth_date"] or dt.date.min).isoformat()),
        dt.date.fromisoformat,
    ),
    "mrn": ("p.mrn", "text", lambda row: str(row["mrn"]), str),
    "updated": (
        "p.updated_at",
        "timestamptz",
        lambda row: str(row["updated_at"].isoformat()),
        dt.datetime.fromisoformat,
    ),
}
"""For each sort: its expression and type in the database, a row's value as text, and the value of such a text."""


def visible_to(actor: Actor) -> str:
    """The condition on `patient p` that keeps the rows `actor` may know of; raises NotPermitted when none.

    Restricted records want their own permission; a patient sees only the own record.
    """
    if actor.can(Permission.PATIENTS_PATIENT_READ):
        return "TRUE" if actor.can(Permission.PATIENTS_RESTRICTED_READ) else "NOT p.is_restricted"
    if actor.can(Permission.PORTAL_RECORD_READ) and actor.patient_id is not None:
        return f"p.id = {int(actor.patient_id)}"
    raise NotPermitted(Permission.PATIENTS_PATIENT_READ)


def may_read(actor: Actor, permission: Permission, patient_id: int) -> bool:
    """Whether `actor` may read the part of this record that `permission` opens: by role, or as one's own."""
    is_own = actor.patient_id == patient_id and actor.can(Permission.PORTAL_RECORD_READ)
    return is_own or actor.can(permission)


@use_case(Permission.PATIENTS_PATIENT_READ)
def search_patients(session: Session, actor: Actor, *, text: str, limit: int = 8) -> list[PatientRow]:
    """The best matches for what somebody types: part of the name, record number, phone, birth date, identifier."""
    statement = search_statement(actor, text=text, limit=limit)
    if statement is None:
        return []
    return [patient_row(found, actor.locale) for found in rows_of(session, statement)]


def search_statement(actor: Actor, *, text: str, limit: int) -> Statement | None:
    """The one statement `search_patients` runs; None when the text says nothing to look for."""
    limit = max(1, min(limit, SEARCH_LIMIT))
    condition = f"{visible_to(actor)} AND p.status <> 'entered_in_error'"
    found = matches(rules.parse_search(text, today=actor.locale.today()), condition, cap=limit)
    if found is None:
        return None
    return Statement(
        f"SELECT {ROW} FROM (SELECT * FROM ({found.sql}) f ORDER BY way, first, second, patient_id"
        " LIMIT %(limit)s) m, LATERAL (SELECT * FROM patient p WHERE p.id = m.patient_id OFFSET 0) p"
        " ORDER BY m.way, m.first, m.second, p.name_sort, p.id",
        {**found.values, "limit": limit},
    )


@use_case(Permission.PATIENTS_PATIENT_READ)
def list_patients(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    filters: PatientFilters | None = None,
    sort: str = "name",
    bookmark: str | None = None,
) -> Page[PatientRow]:
    """A page of patients by "name", "birth_date", "mrn" or "updated"; "-name" sorts downwards.

    With `text` it pages through the first `MATCH_CAP` matches. Raises DomainError for an unknown sort or a
    damaged bookmark.
    """
    name, is_down = sort.removeprefix("-"), sort.startswith("-")
    if name not in _SORTS:
        raise DomainError("Patients cannot be sorted by that.")
    values: dict[str, Any] = {}
    condition, cap = _narrowed(actor, filters or PatientFilters(), values), COUNT_CAP
    if text.strip():
        terms = rules.parse_search(text, today=actor.locale.today())
        found = matches(terms, condition, cap=MATCH_CAP + 1)
        if found is None:
            return Page(count_label="0")
        values |= found.values
        condition, cap = f"p.id IN (SELECT patient_id FROM ({found.sql}) m LIMIT {MATCH_CAP + 1})", MATCH_CAP
    label = _count_label(session, condition, values, cap)
    return _page(
        session, actor.locale, condition, values, sort=(name, is_down), bookmark=bookmark, label=label
    )


@use_case(SIGNED_IN)
def get_patient(session: Session, actor: Actor, *, patient_id: int) -> PatientRow:
    """One patient; raises NotFound when there is none, or none this actor may know of."""
    return patient_row(find_visible(session, actor, patient_id), actor.locale)


def find_visible(session: Session, actor: Actor, patient_id: int) -> Mapping[str, Any]:
    """Every column of a patient the actor may see; raises NotFound otherwise."""
    statement = Statement(
        f"SELECT p.* FROM patient p WHERE p.id = %(patient_id)s AND {visible_to(actor)}",
        {"patient_id": patient_id},
    )
    found = rows_of(session, statement)
    if not found:
        raise NotFound("patient")
    return found[0]


def patient_row(found: Mapping[str, Any], locale: HospitalLocale) -> PatientRow:
    """A patient's columns as a row to show; the age of the deceased is their age at death."""
    born, precision = found["birth_date"], found["birth_date_precision"]
    died: dt.datetime | None = found["deceased_at"]
    age = locale.age(born, locale.local(died).date() if died else None)
    if precision != BirthDatePrecision.EXACT.value and age:
        age = f"about {age}"
    return PatientRow(
        id=found["id"],
        mrn=found["mrn"],
        name=rules.display_name(found["prefix"], found["given_names"], found["family_name"], found["suffix"]),
        birth_date=_born(born, precision, locale),
        age=age,
        sex=SEX_LABELS[found["sex_at_birth"]],
        status=found["status"],
        status_label=STATUS_LABELS[found["status"]],
        is_restricted=found["is_restricted"],
        is_deceased=died is not None,
        updated_at=locale.moment(found["updated_at"]),
    )


def _born(day: dt.date | None, precision: str, locale: HospitalLocale) -> str:
    if day is None:
        return ""
    if precision == BirthDatePrecision.YEAR.value:
        return str(day.year)
    return f"about {day.year}" if precision == BirthDatePrecision.ESTIMATED.value else locale.date(day)


def _narrowed(actor: Actor, filters: PatientFilters, values: dict[str, Any]) -> str:
    parts = [visible_to(actor)]
    if filters.sex:
        parts.append("p.sex_at_birth = %(sex)s")
        values["sex"] = str(filters.sex)
    if filters.status:
        parts.append("p.status = %(status)s")
        values["status"] = str(filters.status)
    else:
        parts.append("p.status <> 'entered_in_error'")
    if filters.deceased is not None:
        parts.append(f"p.deceased_at IS {'NOT ' if filters.deceased else ''}NULL")
    if filters.age_from is not None or filters.age_to is not None:
        parts.append(f"coalesce(p.birth_date, {UNBORN}) BETWEEN %(born_from)s AND %(born_to)s")
        values["born_from"], values["born_to"] = _born_between(actor.locale.today(), filters)
    return " AND ".join(parts)


def _born_between(today: dt.date, filters: PatientFilters) -> tuple[dt.date, dt.date]:
    """The birth dates whose completed years lie in the filters' ages; unknown ones lie in none."""
    earliest = dt.date(1, 1, 2)
    if filters.age_to is not None:
        earliest = max(earliest, _years_before(today, filters.age_to + 1) + dt.timedelta(days=1))
    return earliest, _years_before(today, filters.age_from or 0)


def _years_before(day: dt.date, years: int) -> dt.date:
    year = max(2, day.year - max(0, years))
    try:
        return day.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)


def _count_label(session: Session, condition: str, values: dict[str, Any], cap: int) -> str:
    counted = rows_of(
        session,
        Statement(
            f"SELECT count(*) AS n FROM (SELECT 1 FROM patient p WHERE {condition} LIMIT {cap + 1}) c", values
        ),
    )[0]["n"]
    return f"{MATCH_CAP}+" if cap == MATCH_CAP and counted > cap else capped_label(counted)


def _page(
    session: Session,
    locale: HospitalLocale,
    condition: str,
    values: dict[str, Any],
    *,
    sort: tuple[str, bool],
    bookmark: str | None,
    label: str,
) -> Page[PatientRow]:
    name, is_down = sort
    full_name = f"-{name}" if is_down else name
    expression, kind, text_of, value_of = _SORTS[name]
    is_back, values = False, dict(values)
    if bookmark:
        is_back, values["after"], values["after_id"] = _read(bookmark, full_name, value_of)
    way, sign = ("DESC", "<") if is_down != is_back else ("ASC", ">")
    if bookmark:
        condition += f" AND ({expression}, p.id) {sign} (%(after)s::{kind}, %(after_id)s::bigint)"
    found = rows_of(
        session,
        Statement(
            f"SELECT {ROW} FROM patient p WHERE {condition} ORDER BY {expression} {way}, p.id {way}"
            f" LIMIT {PAGE_SIZE + 1}",
            values,
        ),
    )
    has_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if is_back:
        found.reverse()

    def place(row: Mapping[str, Any], *, backwards: bool) -> str:
        return make_bookmark(full_name, text_of(row), row["id"], backwards=backwards)

    has_next, has_previous = (bool(bookmark), has_more) if is_back else (has_more, bool(bookmark))
    return Page(
        rows=[patient_row(row, locale) for row in found],
        next_bookmark=place(found[-1], backwards=False) if found and has_next else None,
        previous_bookmark=place(found[0], backwards=True) if found and has_previous else None,
        count_label=label,
    )


def _read(text: str, sort: str, value_of: Callable[[str], Any]) -> tuple[bool, Any, int]:
    is_back, (of_sort, value, row_id) = read_bookmark(text, length=3)
    try:
        if of_sort != sort or not isinstance(value, str) or not isinstance(row_id, int) or "\0" in value:
            raise ValueError
        return is_back, value_of(value), row_id
    except ValueError:
        raise DomainError("This page's address is damaged. Open the list again from the menu.") from None
