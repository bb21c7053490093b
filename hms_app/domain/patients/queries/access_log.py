"""Who looked at one record: by day and person, when, as what, at which parts."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import Page
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import PatientEntries
from hms_app.domain.patients.queries.entries import entries_of_patient, people_of_patient
from hms_app.domain.patients.queries.history import entry_filters
from hms_app.domain.patients.queries.patients import find_visible
from hms_app.domain.patients.rules import look_words
from hms_app.domain.patients.values import AccessRow, HistoryFilters
from hms_app.domain.security.queries import roles_of_users
from hms_app.domain.security.values import RoleSpell

LOOKS_A_PAGE: Final = 300
"""Looks that are read for a page; a day's of one person become one row."""
_EVERYWHERE: Final = look_words("patients.record.accessed", {"what": "banner"})
"""Stands over every part: worth a word only when nothing else was seen."""
_TIMES_SHOWN: Final = 3


@use_case(OrOwn(Permission.PATIENTS_ACCESS_LOG_READ))
def list_accesses(
    session: Session,
    actor: Actor,
    *,
    patient_id: int,
    filters: HistoryFilters,
    bookmark: str | None = None,
) -> tuple[Page[AccessRow], list[tuple[int, str]]]:
    """A page of who looked, and the people to filter by; for who may, and for the patient themself.

    Raises NotFound for a patient the actor may not know of.
    """
    find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="access log")
    looks = entry_filters(patient_id, filters, actor.locale, looks=True)
    page = entries_of_patient(session, looks, bookmark=bookmark, size=LOOKS_A_PAGE)
    people = {entry["actor_user_id"] for entry in page.rows} - {None}
    rows = _by_day_and_person(page.rows, actor.locale, roles_of_users(session, people))
    known = people_of_patient(session, PatientEntries(patient_id, looks=True))
    return Page(rows, page.next_bookmark, page.previous_bookmark), known


def _by_day_and_person(
    entries: Iterable[Mapping[str, Any]], locale: HospitalLocale, spells: Mapping[int, list[RoleSpell]]
) -> list[AccessRow]:
    rows = []
    for day, looks in groupby(entries, key=lambda entry: locale.local(entry["occurred_at"]).date()):
        people: dict[tuple[int | None, str], list[Mapping[str, Any]]] = {}
        for look in looks:
            people.setdefault((look["actor_user_id"], look["actor_name"]), []).append(look)
        for (user_id, name), theirs in people.items():
            held = [
                spell.role
                for spell in spells.get(user_id or 0, [])
                if spell.is_held(theirs[0]["occurred_at"], day)
            ]
            rows.append(_access_row(theirs, locale, name=name, roles=", ".join(held)))
    return rows


def _access_row(
    looks: list[Mapping[str, Any]], locale: HospitalLocale, *, name: str, roles: str
) -> AccessRow:
    parts = dict.fromkeys(look_words(look["action"], look["after"] or {}) for look in reversed(looks))
    told = [part for part in parts if part != _EVERYWHERE] or [_EVERYWHERE]
    times = list(dict.fromkeys(locale.time(look["occurred_at"]) for look in reversed(looks)))
    return AccessRow(
        id=str(looks[0]["id"]),
        day=locale.date_of(looks[0]["occurred_at"]),
        person=name,
        roles=roles or ("The system itself" if looks[0]["actor_user_id"] is None else "No role"),
        times=_times(times),
        parts=", ".join(told),
    )


def _times(times: list[str]) -> str:
    """The times of a day, or the first and the last of many."""
    if len(times) <= _TIMES_SHOWN:
        return ", ".join(times)
    return f"{times[0]} to {times[-1]}"
