"""Every change of one record, in words, newest first."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.rules import Known, named_patients, not_shown, shown
from hms_app.domain.audit.values import PatientEntries
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.entries import entries_of_patient, people_of_patient
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.queries.patients import find_visible, known_among
from hms_app.domain.patients.values import CHANGE_KINDS, ChangeRow, HistoryFilters

_PAYERS: Final = "SELECT id, name FROM payer WHERE id = ANY(%(ids)s)"


@use_case(Permission.PATIENTS_HISTORY_READ)
def list_changes(
    session: Session,
    actor: Actor,
    *,
    patient_id: int,
    filters: HistoryFilters,
    bookmark: str | None = None,
) -> tuple[Page[ChangeRow], list[tuple[int, str]]]:
    """A page of a record's changes, and the people to filter by; raises NotFound.

    What was changed in a part that the reader may not see is said without its contents, as the trail says it.
    """
    find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="changes")
    page = entries_of_patient(session, entry_filters(patient_id, filters, actor.locale), bookmark=bookmark)
    payers = _payer_names(session, page.rows)
    known = known_among(session, actor, named_patients(page.rows))
    rows = [_change_row(entry, actor, payers, known) for entry in page.rows]
    people = people_of_patient(session, PatientEntries(patient_id))
    return Page(rows, page.next_bookmark, page.previous_bookmark), people


def entry_filters(
    patient_id: int, filters: HistoryFilters, locale: HospitalLocale, *, looks: bool = False
) -> PatientEntries:
    """The filters with their days as instants of the hospital's zone."""
    from_at, to_at = locale.day_bounds(filters.from_on, filters.to_on)
    _, actions = CHANGE_KINDS.get(filters.kind, ("", ()))
    return PatientEntries(
        patient_id,
        looks=looks,
        actor_user_id=filters.user_id,
        actions=actions,
        from_at=from_at,
        to_at=to_at,
    )


def _payer_names(session: Session, entries: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    sides = [entry[side] or {} for entry in entries for side in ("before", "after")]
    named = [part.get("payer_id") for side in sides for part in (side, *_parts(side.get("coverages")))]
    ids = sorted({payer_id for payer_id in named if isinstance(payer_id, int)})
    if not ids:
        return {}
    return {row["id"]: row["name"] for row in rows_of(session, Statement(_PAYERS, {"ids": ids}))}


def _parts(coverages: object) -> list[Mapping[str, Any]]:
    """The coverages among an entry's contents; none when what stands there is of another shape."""
    whole = coverages.values() if isinstance(coverages, Mapping) else ()
    return [part for part in whole if isinstance(part, Mapping)]


def _change_row(entry: Mapping[str, Any], actor: Actor, payers: Mapping[int, str], known: Known) -> ChangeRow:
    seen = shown(entry, actor, known)
    kinds = dict.fromkeys((*seen.hidden, *filter(None, [seen.hides_reason])))
    return ChangeRow(
        id=entry["id"],
        day=actor.locale.date_of(entry["occurred_at"]),
        time=actor.locale.time(entry["occurred_at"]),
        person=entry["actor_name"],
        act=rules.action_words(entry["action"]),
        reason=seen.reason,
        fields=rules.field_changes(seen.before, seen.after, actor.locale, payers),
        hidden=tuple(not_shown(kind) for kind in kinds),
    )
