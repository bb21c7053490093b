"""Recording, correcting, ending and taking back entries of a patient's history: the same steps for every kind."""

from functools import partial
from typing import Any, Final

from sqlmodel import Session, select

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Depends, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.clinical import rules
from hms_app.domain.clinical.errors import AlreadyRecorded, HasAllergies, NothingToEnd
from hms_app.domain.clinical.queries.history import entry_form, get_entry
from hms_app.domain.clinical.queries.visits import is_visit_of
from hms_app.domain.clinical.service.allergies import ALLERGIES, active_allergies, real_allergies
from hms_app.domain.clinical.service.conditions import CONDITIONS
from hms_app.domain.clinical.service.family_history import FAMILY_HISTORY
from hms_app.domain.clinical.service.immunizations import IMMUNIZATIONS
from hms_app.domain.clinical.service.kinds import EntryKind, Writing, midnight
from hms_app.domain.clinical.service.medications import MEDICATIONS
from hms_app.domain.clinical.service.social_history import SOCIAL_HISTORY
from hms_app.domain.clinical.tables import AllergyIntolerance, Recorded
from hms_app.domain.clinical.values import (
    HISTORY,
    NO_KNOWN_ALLERGIES,
    NO_KNOWN_ALLERGY,
    SNOMED,
    SOCIAL_CODES,
    AllergyCategory,
    ClinicalAction,
    CourseStatus,
    DatePrecision,
    EndInput,
    EntryInput,
    HistoryEntry,
    HistoryKind,
    ObservationCategory,
)
from hms_app.domain.patients.service.rows import locked_row, open_patient
from hms_app.domain.patients.tables import Patient
from hms_app.domain.records.errors import EnteredInError
from hms_app.domain.records.service import RowKind, add_row, record_row, retract_row, save_row

KINDS: Final[dict[HistoryKind, EntryKind]] = {
    described.kind: described
    for described in (ALLERGIES, CONDITIONS, MEDICATIONS, IMMUNIZATIONS, FAMILY_HISTORY, SOCIAL_HISTORY)
}
_ROWS: Final[dict[HistoryKind, RowKind[Any]]] = {
    kind: RowKind(described.table, HISTORY[kind].noun, partial(entry_form, kind))
    for kind, described in KINDS.items()
}
_EDITS: Final = Depends("kind", {kind: words.edit for kind, words in HISTORY.items()})
_WITHDRAWN: Final = "An allergy was recorded."


@use_case(_EDITS)
def record_entry(
    session: Session, actor: Actor, *, kind: HistoryKind, patient_id: int, request: EntryInput
) -> HistoryEntry:
    """Add an entry, to the visit it names if any; recording an allergy withdraws the statement that none is known.

    Raises NotPermitted, NotFound, RecordClosed, AlreadyRecorded, and DomainError beside what cannot be.
    """
    described = KINDS[kind]
    writing = _writing(session, actor, open_patient(session, actor, patient_id))
    columns = described.columns(writing, request)
    _ensure_not_going_on(session, described, patient_id, columns)
    columns |= {"encounter_id": _visit(writing, request.visit)}
    row = described.table(patient_id=patient_id, note=request.note, **columns)
    add_row(session, actor, row, _action(kind, "recorded"))
    _settle(writing, described, row, request, _action(kind, "recorded"))
    if kind is HistoryKind.ALLERGY:
        _withdraw_no_known(session, actor, patient_id, AllergyCategory(columns["category"]))
    return get_entry(session, actor, kind=kind, entry_id=row.key)


@use_case(_EDITS)
def correct_entry(
    session: Session, actor: Actor, *, kind: HistoryKind, entry_id: int, version: int, request: EntryInput
) -> HistoryEntry:
    """Correct an entry; what it said before stays in the trail.

    Raises Conflict when `version` is no longer the present one, and what `record_entry` raises.
    """
    described = KINDS[kind]
    row = _held(session, actor, described, entry_id, version)
    writing = _writing(session, actor, session.get_one(Patient, row.patient_id))
    columns: dict[str, Any] = described.columns(writing, request)
    if _same_beginning(row, columns):
        columns = {name: value for name, value in columns.items() if name not in _BEGINNING}
    _ensure_not_going_on(session, described, row.patient_id, columns, but=entry_id)
    beside = described.settle(writing, row, request) if described.settle else ({}, {})
    save_row(session, actor, row, _action(kind, "corrected"), beside=beside, note=request.note, **columns)
    return get_entry(session, actor, kind=kind, entry_id=entry_id)


@use_case(_EDITS)
def end_entry(
    session: Session, actor: Actor, *, kind: HistoryKind, entry_id: int, version: int, request: EndInput
) -> HistoryEntry:
    """Say that a condition was resolved, a medicine stopped or an allergy no longer holds; raises NothingToEnd."""
    described = KINDS[kind]
    row: Any = _held(session, actor, described, entry_id, version)
    if not HISTORY[kind].ended or row.status != CourseStatus.ACTIVE:
        raise NothingToEnd
    ended = rules.read_date(request.ended, locale=actor.locale, field="ended")
    values: dict[str, Any] = {
        "status": CourseStatus.ENDED.value,
        "ended_at": midnight(ended.last),
        "ended_precision": ended.precision.value,
        "ended_reason": request.reason,
    }
    if row.occurred_precision == DatePrecision.UNKNOWN and row.occurred_at > midnight(ended.last):
        values["occurred_at"] = midnight(ended.first)
    elif ended.precision == DatePrecision.DAY and not row.is_day_only:
        values["ended_at"] = max(midnight(ended.last), row.occurred_at)
    save_row(session, actor, row, _action(kind, "ended"), **values)
    return get_entry(session, actor, kind=kind, entry_id=entry_id)


@use_case(_EDITS)
def retract_entry(
    session: Session, actor: Actor, *, kind: HistoryKind, entry_id: int, version: int, reason: str
) -> HistoryEntry:
    """Say that an entry was made in error, and why; it stays, marked, and counts no longer."""
    described = KINDS[kind]
    row: Any = _held(session, actor, described, entry_id, version)
    row.status = CourseStatus.ENTERED_IN_ERROR.value
    retract_row(session, actor, row, _action(kind, "retracted"), reason=reason)
    return get_entry(session, actor, kind=kind, entry_id=entry_id)


@use_case(Permission.CLINICAL_ALLERGY_EDIT)
def state_no_known_allergies(session: Session, actor: Actor, *, patient_id: int) -> HistoryEntry:
    """Record that the patient was asked and knows of no allergy; raises HasAllergies or AlreadyRecorded."""
    open_patient(session, actor, patient_id)
    active = active_allergies(session, patient_id)
    real = [rules.plain_display(row.display) for row in real_allergies(session, patient_id)]
    if real:
        raise HasAllergies(real)
    if any(row.code == NO_KNOWN_ALLERGY for row in active):
        raise AlreadyRecorded("That no allergy is known")
    row = AllergyIntolerance(
        patient_id=patient_id,
        code=NO_KNOWN_ALLERGY,
        code_system=SNOMED,
        display="No known allergy",
        occurred_at=midnight(actor.locale.today()),
        is_day_only=True,
    )
    add_row(session, actor, row, ClinicalAction.ALLERGY_RECORDED)
    return get_entry(session, actor, kind=HistoryKind.ALLERGY, entry_id=row.key)


def _action(kind: HistoryKind, done: str) -> ClinicalAction:
    return ClinicalAction(f"clinical.{kind}.{done}")


def _writing(session: Session, actor: Actor, patient: Patient) -> Writing:
    return Writing(session, actor, patient.key, patient.birth_date)


def _held(session: Session, actor: Actor, described: EntryKind, entry_id: int, version: int) -> Recorded:
    what = HISTORY[described.kind].noun
    row: Any = locked_row(session, actor, _ROWS[described.kind], entry_id, version=version)
    if row.status == CourseStatus.ENTERED_IN_ERROR:
        raise EnteredInError(what)
    if described is SOCIAL_HISTORY and not _is_social(row):
        raise DomainError("This is a result, and not corrected here.")
    return row  # type: ignore[no-any-return]


def _is_social(row: Any) -> bool:
    return row.category == ObservationCategory.SOCIAL_HISTORY or row.code in SOCIAL_CODES


_BEGINNING: Final = ("occurred_at", "occurred_precision", "is_day_only")


def _visit(writing: Writing, visit_id: int | None) -> int | None:
    """The visit that an entry names; raises DomainError for one that it cannot belong to."""
    if visit_id is None:
        return None
    if not is_visit_of(writing.session, writing.actor, patient_id=writing.patient_id, visit_id=visit_id):
        raise DomainError("Choose a visit of the list.", field="visit")
    return visit_id


def _same_beginning(row: Recorded, columns: dict[str, Any]) -> bool:
    """Whether the form says of the beginning what the record says already, perhaps more exactly."""
    if columns["occurred_precision"] == DatePrecision.UNKNOWN:
        return row.occurred_precision == DatePrecision.UNKNOWN
    if columns["occurred_precision"] != row.occurred_precision:
        return False
    return bool(columns["occurred_at"].date() == row.occurred_at.date())


def _settle(
    writing: Writing, described: EntryKind, row: Recorded, request: EntryInput, action: ClinicalAction
) -> None:
    """Write what a new entry says in other tables."""
    before, after = described.settle(writing, row, request) if described.settle else ({}, {})
    if after:
        record_row(writing.session, writing.actor, action, row, before=before, after=after)


def _ensure_not_going_on(
    session: Session,
    described: EntryKind,
    patient_id: int,
    columns: dict[str, Any],
    *,
    but: int | None = None,
) -> None:
    if described.repeats:
        return
    table: Any = described.table
    same = select(table.id).where(
        table.patient_id == patient_id,
        table.status == CourseStatus.ACTIVE.value,
        table.code == columns["code"],
        table.code_system == columns["code_system"],
    )
    if not columns["code"]:
        same = same.where(table.display == columns["display"])
    if but is not None:
        same = same.where(table.id != but)
    if session.exec(same.limit(1)).first() is not None:
        raise AlreadyRecorded(rules.plain_display(columns["display"]))


def _withdraw_no_known(session: Session, actor: Actor, patient_id: int, category: AllergyCategory) -> None:
    """End what an allergy of `category` contradicts."""
    for row in active_allergies(session, patient_id):
        if row.code in NO_KNOWN_ALLERGIES and NO_KNOWN_ALLERGIES[row.code] in (None, category):
            save_row(
                session,
                actor,
                row,
                ClinicalAction.ALLERGY_ENDED,
                status=CourseStatus.ENDED.value,
                ended_at=max(midnight(actor.locale.today()), row.occurred_at),
                ended_reason=_WITHDRAWN,
            )
