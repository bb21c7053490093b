"""Adding, correcting and ending who pays for a patient."""

import datetime as dt
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidInput
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.service.rows import detail_rows, locked_row, open_patient
from hms_app.domain.patients.tables import Coverage
from hms_app.domain.patients.values import CoveragePart, CoverageRank, DetailKind, PatientAction
from hms_app.domain.records.service import add_row, retract_row, save_row

_OTHER_PRIMARY: Final = """
SELECT y.name AS payer, c.starts_on, c.ends_on FROM coverage c JOIN payer y ON y.id = c.payer_id
WHERE c.patient_id = %(patient_id)s AND c.id <> %(left_out)s AND c.rank = 'primary'
 AND c.entered_in_error_at IS NULL
 AND daterange(c.starts_on, c.ends_on) && daterange(%(starts_on)s::date, %(ends_on)s::date)
ORDER BY c.starts_on DESC NULLS LAST, c.id LIMIT 1"""
_PAYER: Final = "SELECT name, is_active FROM payer WHERE id = %(payer_id)s"

_ROWS: Final = detail_rows(DetailKind.COVERAGE, Coverage)


@use_case(Permission.PATIENTS_COVERAGE_EDIT)
def add_coverage(session: Session, actor: Actor, *, patient_id: int, request: CoveragePart) -> int:
    """Add a coverage; returns its id. Only one is primary at a time.

    Raises InvalidInput naming the other primary coverage, NotFound, RecordClosed.
    """
    open_patient(session, actor, patient_id)
    row = Coverage(patient_id=patient_id, **_values(request))
    _ensure_payer(session, request.payer_id)
    _ensure_one_primary(session, actor, row)
    add_row(session, actor, row, PatientAction.COVERAGE_ADDED)
    return row.key


@use_case(Permission.PATIENTS_COVERAGE_EDIT)
def correct_coverage(
    session: Session, actor: Actor, *, row_id: int, version: int, request: CoveragePart
) -> None:
    """Correct a coverage; raises Conflict, and InvalidInput as adding does."""
    row = _locked(session, actor, row_id, version)
    if request.payer_id != row.payer_id:
        _ensure_payer(session, request.payer_id)
    _save(session, actor, row, PatientAction.COVERAGE_CORRECTED, **_values(request))


@use_case(Permission.PATIENTS_COVERAGE_EDIT)
def end_coverage(
    session: Session, actor: Actor, *, row_id: int, version: int, last_day: dt.date | None
) -> None:
    """Say on which day it counts last; None takes the end back, unless another one is primary by now."""
    row = _locked(session, actor, row_id, version)
    if last_day and row.starts_on and last_day < row.starts_on:
        raise InvalidInput({"ended_on": "The last day lies before the first."})
    _save(session, actor, row, PatientAction.COVERAGE_ENDED, ends_on=rules.ends_before(last_day))


@use_case(Permission.PATIENTS_COVERAGE_EDIT)
def retract_coverage(session: Session, actor: Actor, *, row_id: int, version: int, reason: str) -> None:
    """Say that a coverage was entered in error, and why."""
    row = _locked(session, actor, row_id, version)
    retract_row(session, actor, row, PatientAction.COVERAGE_RETRACTED, reason=reason)


def _locked(session: Session, actor: Actor, row_id: int, version: int) -> Coverage:
    return locked_row(session, actor, _ROWS, row_id, version=version)


def _values(request: CoveragePart) -> dict[str, Any]:
    if request.starts_on and request.ends_on and request.ends_on < request.starts_on:
        raise InvalidInput({"ends_on": "The last day lies before the first."})
    values = request.model_dump(exclude={"ends_on", "rank"})
    return {**values, "rank": request.rank.value, "ends_on": rules.ends_before(request.ends_on)}


def _save(session: Session, actor: Actor, row: Coverage, action: PatientAction, **values: Any) -> None:
    """Check before anything is written: the database's own refusal could not name the other coverage."""
    wanted = Coverage(**{**row.model_dump(), **values})
    _ensure_one_primary(session, actor, wanted)
    save_row(session, actor, row, action, **values)


def _ensure_one_primary(session: Session, actor: Actor, row: Coverage) -> None:
    """The database refuses a second one too, but knows only those that were typed here."""
    if row.rank != CoverageRank.PRIMARY.value:
        return
    values = {
        "patient_id": row.patient_id,
        "left_out": row.id or 0,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    }
    for other in rows_of(session, Statement(_OTHER_PRIMARY, values)):
        period = rules.period_words(other["starts_on"], other["ends_on"], actor.locale)
        raise InvalidInput(
            {
                "rank": f"{' '.join(filter(None, (other['payer'], period)))} is the primary coverage in this time."
                " End it first, or make this one secondary."
            }
        )


def _ensure_payer(session: Session, payer_id: int) -> None:
    found = rows_of(session, Statement(_PAYER, {"payer_id": payer_id}))
    if not found:
        raise InvalidInput({"payer_id": "Choose a payer of the list."})
    if not found[0]["is_active"]:
        raise InvalidInput({"payer_id": f"{found[0]['name']} is no longer offered. Choose another payer."})
