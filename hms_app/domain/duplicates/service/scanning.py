"""Scanning the whole register for duplicates: step after step, each committed, so that a broken scan goes on.

A scan is work for a worker: it is counting, and would hold up everybody who shares its interpreter.
"""

import json
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from hms_app.core import away, clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import DatabaseAway, DomainError
from hms_app.core.faults import logged_fault
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.queries.blocks import STAGES, Step, count_rows, facts_of_all, next_step
from hms_app.domain.duplicates.queries.worklist import ALIVE_FOR, find_scan
from hms_app.domain.duplicates.tables import DuplicateScan
from hms_app.domain.duplicates.values import SCAN, MatchScore, ScanRow, ScanStatus
from hms_app.domain.jobs.errors import StopWorking
from hms_app.domain.jobs.service import Run, ask_for
from hms_app.domain.patients.values import PatientAction

_ONE_SCANNER: Final = 0x686D735F647570
"""An advisory lock's number: one process scans at a time."""
OnProgress = Callable[[ScanRow], None]


@use_case(Permission.PATIENTS_PATIENT_MERGE)
def start_scan(session: Session, actor: Actor) -> bool:
    """Have the register scanned, or a broken scan go on; whether that was news.

    A scan that is alive goes on as it is.
    """
    running = _running(session)
    if running is not None and clock.now() - running.beat_at < ALIVE_FOR:
        return False
    if running is not None:
        running.beat_at = clock.now()
    elif not _begun(session, actor):
        return False
    audit.record(session, actor, PatientAction.REGISTER_SCANNED, DuplicateScan)
    ask_for(session, actor, SCAN)
    return True


def work_on_scan(run: Run) -> None:
    """Do the scan that was asked for, to its end; raises DomainError when it cannot go on."""
    try:
        run_scan(on_progress=lambda row: run.moved(done=row.share, total=100))
    except (StopWorking, DatabaseAway):
        raise
    except Exception as bug:
        reference = logged_fault("the duplicate scan failed", bug)
        problem = f"It failed on our side. Start it again; tell your administrator reference {reference} if it fails."
        fail_scan(problem)
        raise DomainError(problem) from None


def run_scan(*, on_progress: OnProgress | None = None, steps: int | None = None) -> None:
    """Do what `start_scan` asked for, to the end (or at most `steps` steps); nothing when another process does.

    Opens its own transactions, one a step, on the engine `core.db.bind` was given.
    """
    actor = Actor.system("duplicate scan")
    with away.told(), db.bound().connect() as holder:  # type: ignore[union-attr]
        if not holder.execute(
            sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": _ONE_SCANNER}
        ).scalar_one():
            return
        try:
            while steps is None or steps > 0:
                if not _step():
                    return
                steps = None if steps is None else steps - 1
                if on_progress and (row := db.in_transaction(lambda session: find_scan(session, actor))):
                    on_progress(row)
        finally:
            holder.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _ONE_SCANNER})


def fail_scan(problem: str) -> None:
    """Note why the running scan cannot go on."""

    def note(session: Session) -> None:
        scan = _running(session)
        if scan is not None:
            scan.status, scan.problem, scan.finished_at = ScanStatus.FAILED.value, problem, clock.now()

    db.in_transaction(note)


def _begun(session: Session, actor: Actor) -> bool:
    """Whether this call began a scan: of two at once the database lets one."""
    scan = DuplicateScan(
        stage=STAGES[0].name, started_at=clock.now(), started_by=actor.name, beat_at=clock.now()
    )
    begun = session.execute(
        insert(DuplicateScan)
        .values(scan.model_dump(exclude={"id"}))
        .on_conflict_do_nothing()
        .returning(col(DuplicateScan.id))
    )
    return begun.first() is not None


def _step() -> bool:
    """One step of the running scan; False when there is none (any more)."""
    with db.transaction() as session:
        scan = _running(session)
        if scan is None:
            return False
        if not scan.total:
            session.connection().execute(sa.text("SET LOCAL statement_timeout = 0"))
            scan.total, scan.beat_at = max(1, count_rows(session)), clock.now()
        stage = next(stage for stage in STAGES if stage.name == scan.stage)
        place = list(scan.place)
    with db.transaction() as session:
        step = next_step(session, stage, place)
        facts = facts_of_all(session, {patient_id for pair in step.pairs for patient_id in pair})
    scored = (
        (first, second, rules.score(facts[first], facts[second]))
        for first, second in step.pairs
        if first in facts and second in facts
    )
    likely = [found for found in scored if found[2].weight >= rules.POSSIBLE]
    with db.transaction() as session:
        return _write(session, step, likely)


def _write(session: Session, step: Step, likely: list[tuple[int, int, MatchScore]]) -> bool:
    scan = _running(session)
    if scan is None:
        return False
    _write_pairs(session, scan.key, likely)
    scan.done, scan.compared = scan.done + step.rows, scan.compared + len(step.pairs)
    scan.left_out += step.left_out
    scan.place, scan.beat_at = step.place, clock.now()
    if step.is_last:
        following = [stage.name for stage in STAGES]
        at = following.index(scan.stage) + 1
        scan.place = []
        if at == len(following):
            _finish(session, scan)
            return False
        scan.stage = following[at]
    return True


def _write_pairs(session: Session, scan_id: int, likely: list[tuple[int, int, MatchScore]]) -> None:
    if not likely:
        return
    likely.sort(key=lambda found: found[:2])
    session.connection().exec_driver_sql(
        "INSERT INTO patient_duplicate (first_id, second_id, weight, reasons, doubts, scan_id, found_at)"
        " SELECT f.first_id, f.second_id, f.weight, f.reasons::jsonb, f.doubts::jsonb, %(scan)s, %(now)s"
        " FROM unnest(%(first)s::bigint[], %(second)s::bigint[], %(weight)s::numeric[], %(reasons)s::text[],"
        " %(doubts)s::text[]) AS f (first_id, second_id, weight, reasons, doubts)"
        " ON CONFLICT (first_id, second_id) DO UPDATE SET weight = EXCLUDED.weight, reasons = EXCLUDED.reasons,"
        " doubts = EXCLUDED.doubts, scan_id = EXCLUDED.scan_id",
        {
            "scan": scan_id,
            "now": clock.now(),
            "first": [first for first, _, _ in likely],
            "second": [second for _, second, _ in likely],
            "weight": [score.weight for _, _, score in likely],
            "reasons": [json.dumps(score.reasons) for _, _, score in likely],
            "doubts": [json.dumps(score.doubts) for _, _, score in likely],
        },
    )


def _finish(session: Session, scan: DuplicateScan) -> None:
    """The scan is through: pairs that it did not find again are alike no more."""
    session.connection().exec_driver_sql(
        "DELETE FROM patient_duplicate WHERE status = 'open' AND scan_id IS DISTINCT FROM %(scan)s",
        {"scan": scan.key},
    )
    scan.status, scan.finished_at, scan.done = ScanStatus.FINISHED.value, clock.now(), scan.total


def _running(session: Session) -> DuplicateScan | None:
    return session.exec(
        select(DuplicateScan)
        .where(col(DuplicateScan.status) == ScanStatus.RUNNING.value)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
