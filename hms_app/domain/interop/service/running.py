"""Working on imports in the background: one at a time in a hospital, taken up again when a worker dies.

Whoever works on an import says so every second. A worker that died leaves it to the next, which begins at the start;
the importers make that cheap (what is there already is found again). One that was only slow finds its import taken,
and stops after the rows it has at hand.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import DatabaseAway, DomainError
from hms_app.core.faults import logged_fault
from hms_app.core.permissions import Permission
from hms_app.core.reading import a_whole_import, read_apart
from hms_app.domain.audit import service as audit
from hms_app.domain.files.queries import path_of
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.files.values import ZIP
from hms_app.domain.interop.errors import CheckGaveWay, ImportArchiveUnsuitable, ImportRightGone
from hms_app.domain.interop.rules.files import TABLES
from hms_app.domain.interop.rules.received.looks import unpacked_at
from hms_app.domain.interop.service.fhir import import_fhir
from hms_app.domain.interop.service.fhir_reading import read_files_apart
from hms_app.domain.interop.service.patient_lists import import_patient_list
from hms_app.domain.interop.service.synthea import import_synthea
from hms_app.domain.interop.tables import ImportJob
from hms_app.domain.interop.values import (
    WORKED_ON,
    FhirReport,
    ImportKind,
    ImportReport,
    ImportStatus,
    InteropAction,
    ListMapping,
    Progress,
    TakenJob,
)
from hms_app.domain.jobs.errors import StopWorking
from hms_app.domain.jobs.service import Run
from hms_app.domain.security import service as security
from hms_app.runtime.scratch import scratch_directory

BEAT_SECONDS: Final = 1.0
CHECKED_ROWS: Final = 4_000
"""Rows of a chunk while checking: how soon a check can give way to people at work."""
CHECK_ATTEMPTS: Final = 3
MOST_PROBLEMS: Final = 2_000
"""Problems that are kept with an import; the count says how many more there were."""

logger = logging.getLogger("hms.imports")
_WAITED_FOR: Final = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND :pid = ANY (pg_blocking_pids(pid)))"
)


class _Stopped(Exception):
    """The runner has to leave the import: the server stops, or the import is its own no longer."""


def work_on_import(run: Run) -> None:
    """Check or take over the import that the job is about; raises DomainError with what it could not do."""
    job = take_job(run.subject_id, f"{run.job_id}.{run.attempt}")
    if job is None:
        return
    with _Work(job, run.stop) as work:
        try:
            report = _checked(job, work) if job.status is ImportStatus.CHECKING else _imported(job, work)
        except DatabaseAway:
            raise
        except _Stopped:
            release_job(job)
            if run.stop.is_set():
                raise StopWorking from None
        except DomainError as refusal:
            finish_job(job, problem=str(refusal))
            raise
        except Exception as bug:
            if run.stop.is_set():
                release_job(job)
                raise StopWorking from None
            problem = _explained(bug)
            finish_job(job, problem=problem)
            raise DomainError(problem) from None
        else:
            finish_job(job, report=report.as_json())


def take_job(import_id: int, runner: str) -> TakenJob | None:
    """Take up an import, from a worker that left it too; None when nothing is to be done about it any more."""
    return db.in_transaction(lambda session: _take(session, import_id, runner))


def beat(job: TakenJob, progress: Progress | None) -> bool:
    """Say that the runner is alive and how far it is; False when the import is its own no longer."""

    def work(session: Session) -> bool:
        values: dict[str, Any] = {"heartbeat_at": clock.now()}
        if progress is not None:
            values |= {"place": progress.file, "done": progress.bytes_read, "total": progress.bytes_total}
        return bool(session.execute(_own(job).values(**values)).rowcount)  # type: ignore[attr-defined]

    return db.in_transaction(work)


def release_job(job: TakenJob) -> None:
    """Leave an import for the next runner, which need not wait until the heartbeat is old."""
    db.in_transaction(lambda session: session.execute(_own(job).values(runner=None, heartbeat_at=None)))


def finish_job(job: TakenJob, *, report: dict[str, Any] | None = None, problem: str = "") -> None:
    """Write what came of the work, unless the import is the runner's no longer."""
    db.in_transaction(lambda session: _finish(session, job, report, problem))


def _take(session: Session, import_id: int, runner: str) -> TakenJob | None:
    found = session.exec(
        select(ImportJob, StoredFile)
        .join(StoredFile, col(StoredFile.id) == ImportJob.file_id)
        .where(ImportJob.id == import_id, col(ImportJob.status).in_([status.value for status in WORKED_ON]))
        .with_for_update(of=ImportJob)
    ).first()
    if found is None:
        return None
    job, file = found
    job.runner, job.heartbeat_at = runner, clock.now()
    return TakenJob(
        id=job.key,
        kind=ImportKind(job.kind),
        status=ImportStatus(job.status),
        runner=runner,
        storage_key=file.storage_key,
        file_name=file.original_name,
        media_type=file.media_type,
        mapping=job.mapping,
        user_id=job.started_by_user_id,
        user_name=job.started_by,
    )


def _own(job: TakenJob) -> Any:
    return update(ImportJob).where(
        col(ImportJob.id) == job.id,
        col(ImportJob.runner) == job.runner,
        col(ImportJob.status) == job.status.value,
    )


def _finish(session: Session, job: TakenJob, report: dict[str, Any] | None, problem: str) -> None:
    is_check = job.status is ImportStatus.CHECKING
    done = ImportStatus.CHECKED if is_check else ImportStatus.DONE
    values: dict[str, Any] = {"status": done.value, "runner": None, "heartbeat_at": None, "place": ""}
    if problem:
        values |= {"status": ImportStatus.FAILED.value, "problem": problem}
    if report is not None:
        values |= {"report": _shortened(report), "problem_count": report["problem_count"]}
    if values["status"] != ImportStatus.CHECKED.value:
        values["finished_at"] = clock.now()
    if not session.execute(_own(job).values(**values)).rowcount:  # type: ignore[attr-defined]
        return
    action = InteropAction.JOB_CHECKED if is_check else InteropAction.JOB_FINISHED
    counts = {name: report[name] for name in ("files", "resources") if name in report} if report else {}
    audit.record(
        session,
        Actor(job.user_id, job.user_name, frozenset()),
        InteropAction.JOB_FAILED if problem else action,
        ImportJob,
        subject_id=job.id,
        after={**counts, **({"problem": problem} if problem else {})},
    )


def _shortened(report: dict[str, Any]) -> dict[str, Any]:
    listed: dict[str, Any] = {
        name: report[name][:MOST_PROBLEMS] for name in ("problems", "remarks") if name in report
    }
    return {**report, **listed}


def _checked(job: TakenJob, work: "_Work") -> ImportReport | FhirReport:
    """Read everything and undo it; begun anew when it gave way to somebody, a few times."""
    for _ in range(CHECK_ATTEMPTS):
        work.begin()
        try:
            if job.kind is ImportKind.PATIENT_LIST:
                return _read(job, work, is_check=True)
            with db.rehearsal() as connection:
                work.holds(connection)
                return _read(job, work, is_check=True)
        except CheckGaveWay:
            work.rest()
    raise CheckGaveWay


def _imported(job: TakenJob, work: "_Work") -> ImportReport | FhirReport:
    return _read(job, work, is_check=False)


def _read(job: TakenJob, work: "_Work", *, is_check: bool) -> ImportReport | FhirReport:
    actor = _actor_of(job)
    sizes = {"chunk_rows": CHECKED_ROWS} if is_check else {}
    if job.kind is ImportKind.PATIENT_LIST:
        return import_patient_list(
            path_of(job.storage_key),
            job.media_type,
            actor,
            mapping=ListMapping.from_json(job.mapping),
            name=job.file_name,
            is_rehearsal=is_check,
            on_progress=work.moved,
        )
    importers: dict[ImportKind, Callable[..., ImportReport | FhirReport]] = {
        ImportKind.SYNTHEA_ZIP: import_synthea,
        ImportKind.FHIR: partial(import_fhir, read=read_files_apart),
    }
    with _unpacked(job) as directory:
        return importers[job.kind](directory, actor, on_progress=work.moved, **sizes)


@contextmanager
def _unpacked(job: TakenJob) -> Iterator[Path]:
    """The files of an import in a directory named as the file was, gone at the end."""
    source = path_of(job.storage_key)
    with scratch_directory() as place:
        directory = place / job.file_name
        directory.mkdir()
        if job.media_type == ZIP.media_type:
            _unpack(source, job.kind, directory)
        else:
            shutil.copyfile(source, directory / job.file_name)
        yield directory


def _unpack(source: Path, kind: ImportKind, into: Path) -> None:
    order = str(source), kind.value, str(into), sorted(TABLES)
    list(read_apart(unpacked_at, *order, allowance=a_whole_import(), refusal=ImportArchiveUnsuitable))


def _actor_of(job: TakenJob) -> Actor:
    """Who started the import, with the rights of this moment; raises ImportRightGone."""
    actor = db.in_transaction(lambda session: security.actor_behind(session, job.user_id))
    if actor is None or not actor.can(Permission.INTEROP_IMPORT_RUN):
        raise ImportRightGone(job.user_name)
    return actor


def _explained(bug: Exception) -> str:
    reference = logged_fault("import failed", bug)
    return (
        "Something failed on our side. What was taken over so far stays, and starting again goes on from there."
        f" Tell your administrator reference {reference}."
    )


class _Work:
    """The heartbeat of a job in a thread of its own, and what it has to say to the importer."""

    def __init__(self, job: TakenJob, stop: threading.Event) -> None:
        self._job, self._stop = job, stop
        self._over = threading.Event()
        self._progress: Progress | None = None
        self._is_ours = True
        self._gives_way = False
        self._pid: int | None = None
        self._thread = threading.Thread(target=self._beat, name="import-heartbeat", daemon=True)

    def __enter__(self) -> "_Work":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def begin(self) -> None:
        """Start over with a check."""
        self._gives_way, self._pid, self._progress = False, None, None

    def holds(self, connection: sa.Connection) -> None:
        """Everything is done on this connection: it must not keep anybody waiting."""
        self._pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))

    def rest(self) -> None:
        """Let those who waited go first."""
        self._pid = None
        self._stop.wait(BEAT_SECONDS)

    def moved(self, progress: Progress) -> None:
        """Take note of progress; raises when the importer has to stop here."""
        self._progress = progress
        if self._stop.is_set() or not self._is_ours:
            raise _Stopped
        if self._gives_way:
            raise CheckGaveWay

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                self._is_ours = beat(self._job, self._progress) and self._is_ours
                self._gives_way = self._gives_way or self._is_waited_for()
            except DatabaseAway:
                continue
            except Exception as bug:
                logger.warning("the heartbeat of an import failed: %s", type(bug).__name__)

    def _is_waited_for(self) -> bool:
        if self._pid is None:
            return False
        pid = self._pid
        return bool(db.in_transaction(lambda session: session.scalar(_WAITED_FOR, {"pid": pid})))
