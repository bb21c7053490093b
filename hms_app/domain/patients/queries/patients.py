"""The search as somebody types, and one patient's identity.

The search looks only at `patient_search_key`. Each statement is made of fixed fragments and bound values, and
each scan in it is a bounded range of an index, so that a million patients take no longer than ten thousand.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.matching import Statement, matches, rows_of
from hms_app.domain.patients.values import (
    SEX_LABELS,
    STATUS_LABELS,
    BirthDatePrecision,
    PatientRow,
)

SEARCH_LIMIT: Final = 50
"""The most rows `search_patients` gives, whatever is asked for."""

ROW: Final = """p.id, p.mrn, p.prefix, p.given_names, p.family_name, p.suffix, p.birth_date,
 p.birth_date_precision, p.deceased_at, p.deceased_is_day_only, p.deceased_precision, p.sex_at_birth,
 p.status, p.is_restricted, p.updated_at, p.name_sort,
 p.last_visit_at"""
"""The columns `patient_row` reads, and those lists sort by."""


_EVERYBODY: Final = "TRUE"


def visible_to(actor: Actor) -> str:
    """The condition on `patient p` that keeps the rows `actor` may know of; raises NotPermitted when none.

    Restricted records want their own permission; a patient sees only the own record.
    """
    if actor.can(Permission.PATIENTS_PATIENT_READ):
        return _EVERYBODY if actor.can(Permission.PATIENTS_RESTRICTED_READ) else "NOT p.is_restricted"
    if actor.can(Permission.PORTAL_RECORD_READ) and actor.patient_id is not None:
        return f"p.id = {int(actor.patient_id)}"
    raise NotPermitted(Permission.PATIENTS_PATIENT_READ)


def may_read(actor: Actor, permission: Permission, patient_id: int) -> bool:
    """Whether `actor` may read the part of this record that `permission` opens: by role, or as one's own."""
    is_own = actor.patient_id == patient_id and actor.can(Permission.PORTAL_RECORD_READ)
    return is_own or actor.can(permission)


def known_among(session: Session, actor: Actor, named: Collection[int | str]) -> frozenset[int | str]:
    """Those of the patients named by key or record number whom the actor may know of, by both."""
    try:
        condition = visible_to(actor)
    except NotPermitted:
        return frozenset()
    if not named or condition == _EVERYBODY:
        return frozenset(named)
    keys = [one for one in named if isinstance(one, int)]
    numbers = [one for one in named if isinstance(one, str)]
    statement = (
        f"SELECT p.id, p.mrn FROM patient p WHERE {condition}"
        " AND (p.id = ANY(%(keys)s::bigint[]) OR p.mrn = ANY(%(numbers)s::text[]))"
    )
    found = rows_of(session, Statement(statement, {"keys": keys, "numbers": numbers}))
    return frozenset(row[column] for row in found for column in ("id", "mrn"))


@use_case(Permission.PATIENTS_PATIENT_READ)
def search_patients(
    session: Session, actor: Actor, *, text: str, place: str = "search", limit: int = 8
) -> list[PatientRow]:
    """The best matches for what somebody types at `place`, a look at them once they stop.

    They type part of the name, record number, phone, birth date or identifier.
    """
    statement = search_statement(actor, text=text, limit=limit)
    rows = [patient_row(found, actor.locale) for found in rows_of(session, statement)] if statement else []
    told = {"searched_by": rules.search_words(text, today=actor.locale.today())}
    audit.record_list(session, actor, place=place, shown=[row.id for row in rows], told=told, is_typed=True)
    return rows


def search_statement(actor: Actor, *, text: str, limit: int) -> Statement | None:
    """The one statement `search_patients` runs; None when the text says nothing to look for."""
    limit = max(1, min(limit, SEARCH_LIMIT))
    condition = f"{visible_to(actor)} AND p.status NOT IN ('entered_in_error', 'merged')"
    found = matches(rules.parse_search(text, today=actor.locale.today()), condition, cap=limit)
    if found is None:
        return None
    return Statement(
        f"SELECT {ROW} FROM (SELECT * FROM ({found.sql}) f ORDER BY way, first, second, patient_id"
        " LIMIT %(limit)s) m, LATERAL (SELECT * FROM patient p WHERE p.id = m.patient_id OFFSET 0) p"
        " ORDER BY m.way, m.first, m.second, p.name_sort, p.id",
        {**found.values, "limit": limit},
    )


@use_case(OrOwn(Permission.PATIENTS_PATIENT_READ))
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
    is_dead, died_on = rules.is_deceased(found), rules.death_day(found, locale)
    age = "" if is_dead and died_on is None else locale.age(born, died_on)
    is_vague = precision != BirthDatePrecision.EXACT.value or found["deceased_precision"] in ("month", "year")
    if is_vague and age:
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
        is_deceased=is_dead,
        updated_at=locale.moment(found["updated_at"]),
    )


def _born(day: dt.date | None, precision: str, locale: HospitalLocale) -> str:
    if day is None:
        return ""
    if precision == BirthDatePrecision.YEAR.value:
        return str(day.year)
    return f"about {day.year}" if precision == BirthDatePrecision.ESTIMATED.value else locale.date(day)
