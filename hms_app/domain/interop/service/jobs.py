"""What people do to an import: send a file, name a list's columns, have it checked, take it over, call it off."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.reading import a_look, in_turn, read_apart
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.files.service import CheckedFile, Received, store_file
from hms_app.domain.files.values import TYPE_OF
from hms_app.domain.interop.errors import ImportRefused, MappingMissing
from hms_app.domain.interop.queries.jobs import get_import
from hms_app.domain.interop.rules.files import TABLES
from hms_app.domain.interop.rules.lists import ensure_usable
from hms_app.domain.interop.rules.received.looks import kind_at
from hms_app.domain.interop.tables import ImportJob
from hms_app.domain.interop.values import (
    IMPORT_LIFE,
    IMPORTS,
    ImportJobRow,
    ImportKind,
    ImportStatus,
    InteropAction,
    ListMapping,
    ListMappingInput,
)
from hms_app.domain.jobs.service import ask_for


@dataclass(frozen=True)
class FoundImport:
    """A file that was sent to be read in, and what it holds."""

    file: CheckedFile
    kind: ImportKind


def look_at_import(received: Received) -> FoundImport:
    """Say what a file holds that was sent; read in a process of its own, for which no transaction should wait.

    Raises ImportRefused at the field `file`.
    """
    received.finish()
    with in_turn():
        ((media_type, kind),) = read_apart(
            kind_at, str(received.path), sorted(TABLES), allowance=a_look(), refusal=ImportRefused
        )
    checked = CheckedFile(received.path, received.sha256, received.size, TYPE_OF[media_type])
    return FoundImport(checked, ImportKind(kind))


@use_case(Permission.INTEROP_IMPORT_RUN)
def add_import(session: Session, actor: Actor, *, found: FoundImport, file_name: str) -> ImportJobRow:
    """Keep a file that was looked at; nothing is read into the hospital yet."""
    stored = store_file(session, actor, checked=found.file, name=file_name)
    job = ImportJob(
        kind=found.kind.value,
        file_id=stored.id,
        started_by_user_id=actor.user_id,
        started_by=actor.name,
        created_at=clock.now(),
    )
    session.add(job)
    session.flush()
    audit.record(
        session, actor, InteropAction.JOB_ADDED, job, after={"kind": found.kind.value, "file": stored.name}
    )
    return get_import(session, actor, job_id=job.key)


@use_case(Permission.INTEROP_IMPORT_RUN)
def map_columns(
    session: Session,
    actor: Actor,
    *,
    job_id: int,
    request: ListMappingInput,
    columns: Mapping[str, Any],
    width: int,
) -> ListMapping:
    """Keep what the columns of a list hold, of which it has `width`; a check with another mapping counts no more."""
    job = _locked(session, job_id)
    if job.kind != ImportKind.PATIENT_LIST:
        raise NotFound("list")
    mapping = request.mapping(columns)
    ensure_usable(mapping, width)
    _move(job, ImportStatus.UPLOADED)
    job.mapping, job.report, job.problem_count = mapping.as_json(), {}, 0
    session.flush()
    audit.record(session, actor, InteropAction.JOB_MAPPED, job, after=mapping.as_json())
    return mapping


@use_case(Permission.INTEROP_IMPORT_RUN)
def start_check(session: Session, actor: Actor, *, job_id: int) -> ImportJobRow:
    """Have a runner read everything without a trace; raises MappingMissing and MoveRefused."""
    job = _locked(session, job_id)
    if job.kind == ImportKind.PATIENT_LIST and not job.mapping:
        raise MappingMissing
    return _hand_over(session, actor, job, ImportStatus.CHECKING, InteropAction.JOB_CHECK_STARTED)


@use_case(Permission.INTEROP_IMPORT_RUN)
def start_import(session: Session, actor: Actor, *, job_id: int) -> ImportJobRow:
    """Have a runner take over what was checked; raises MoveRefused unless it was."""
    job = _locked(session, job_id)
    return _hand_over(session, actor, job, ImportStatus.RUNNING, InteropAction.JOB_STARTED)


@use_case(Permission.INTEROP_IMPORT_RUN)
def cancel_import(session: Session, actor: Actor, *, job_id: int) -> ImportJobRow:
    """Call an import off; a runner stops after the rows it has at hand, and what was taken over stays."""
    job = _locked(session, job_id)
    was = job.status
    _move(job, ImportStatus.CANCELLED)
    job.finished_at, job.runner, job.heartbeat_at = clock.now(), None, None
    session.flush()
    audit.record(session, actor, InteropAction.JOB_CANCELLED, job, before={"status": was})
    return get_import(session, actor, job_id=job_id)


@use_case(Permission.INTEROP_IMPORT_RUN)
def note_report_export(session: Session, actor: Actor, *, job_id: int) -> ImportJobRow:
    """Note that an import's report was downloaded, and give it; raises NotFound."""
    row = get_import(session, actor, job_id=job_id)
    audit.record(session, actor, InteropAction.REPORT_EXPORTED, ImportJob, subject_id=job_id)
    return row


def _hand_over(
    session: Session, actor: Actor, job: ImportJob, status: ImportStatus, action: InteropAction
) -> ImportJobRow:
    """Put an import where runners look; the one who pressed the button answers for it."""
    _move(job, status)
    job.started_by_user_id, job.started_by = actor.user_id, actor.name
    job.started_at, job.place, job.done, job.total = clock.now(), "", 0, 0
    session.flush()
    audit.record(session, actor, action, job, after={"status": status.value})
    ask_for(session, actor, IMPORTS, subject_id=job.key)
    return get_import(session, actor, job_id=job.key)


def _locked(session: Session, job_id: int) -> ImportJob:
    job = session.exec(
        select(ImportJob)
        .where(ImportJob.id == job_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if job is None:
        raise NotFound("import")
    return job


def _move(job: ImportJob, status: ImportStatus) -> None:
    IMPORT_LIFE.ensure(job.status, status)
    job.status, job.problem, job.finished_at = status.value, "", None
