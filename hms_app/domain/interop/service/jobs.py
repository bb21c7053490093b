"""What people do to an import: send a file, name a list's columns, have it checked, take it over, call it off."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.files.queries import path_of
from hms_app.domain.files.rules import type_of_content
from hms_app.domain.files.service import Received, store_file
from hms_app.domain.files.values import IMPORTED, XLSX, FileKind
from hms_app.domain.interop.errors import MappingMissing
from hms_app.domain.interop.queries.archives import kind_of_archive
from hms_app.domain.interop.queries.jobs import find_job, get_import
from hms_app.domain.interop.queries.list_files import ListFile
from hms_app.domain.interop.rules.lists import ensure_usable
from hms_app.domain.interop.tables import ImportJob
from hms_app.domain.interop.values import (
    IMPORT_LIFE,
    IMPORTS,
    ImportJobRow,
    ImportKind,
    ImportStatus,
    InteropAction,
    ListMapping,
    ListMappingRequest,
)
from hms_app.domain.jobs.service import ask_for


@use_case(Permission.INTEROP_IMPORT_RUN)
def add_import(session: Session, actor: Actor, *, received: Received, file_name: str) -> ImportJobRow:
    """Keep a file that was sent, and say what it holds; nothing is read into the hospital yet.

    Raises FileRefused, ImportArchiveUnsuitable and ListUnreadable, each at the field `file`.
    """
    kind = _kind_of(received)
    stored = store_file(session, actor, received=received, name=file_name, kinds=IMPORTED)
    job = ImportJob(
        kind=kind.value,
        file_id=stored.id,
        started_by_user_id=actor.user_id,
        started_by=actor.name,
        created_at=clock.now(),
    )
    session.add(job)
    session.flush()
    audit.record(
        session, actor, InteropAction.JOB_ADDED, job, after={"kind": kind.value, "file": stored.name}
    )
    return get_import(session, actor, job_id=job.key)


@use_case(Permission.INTEROP_IMPORT_RUN)
def map_columns(
    session: Session,
    actor: Actor,
    *,
    job_id: int,
    request: ListMappingRequest,
    columns: Mapping[str, Any],
) -> ListMapping:
    """Keep what the columns of a list hold; a check that was made with another mapping counts no more."""
    job = _locked(session, job_id)
    if job.kind != ImportKind.PATIENT_LIST:
        raise NotFound("list")
    mapping = request.mapping(columns)
    _, file = find_job(session, job_id)
    ensure_usable(mapping, len(ListFile(path_of(file.storage_key), file.media_type).header))
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


def _kind_of(received: Received) -> ImportKind:
    received.finish()
    with received.path.open("rb") as file:
        found = type_of_content(file, kinds=IMPORTED)
    if found.kind is FileKind.RESOURCES:
        return ImportKind.FHIR
    if found.kind is FileKind.ARCHIVE:
        return kind_of_archive(received.path)
    opened = ListFile(received.path, found.media_type)
    if not opened.first(1) or len(opened.header) < 2:
        sheet = "The first sheet" if found is XLSX else "The file"
        raise DomainError(f"{sheet} is no list: a heading and at least one row are needed.", field="file")
    return ImportKind.PATIENT_LIST
