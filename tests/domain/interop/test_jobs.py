"""Imports that run by themselves: what people may do to them, who works on them, and what a check leaves behind."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotFound, NotPermitted
from hms_app.core.life_cycle import MoveRefused
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.audit.values import AuditAction
from hms_app.domain.files.rules.imported import UNPACKED_ANYWAY
from hms_app.domain.interop import queries, service
from hms_app.domain.interop.errors import CheckGaveWay, ImportArchiveUnsuitable, MappingMissing
from hms_app.domain.interop.rules.files import TABLES
from hms_app.domain.interop.rules.received.archives import unpack
from hms_app.domain.interop.service import running
from hms_app.domain.interop.tables import ImportJob
from hms_app.domain.interop.values import (
    IMPORT_LIFE,
    ImportJobRow,
    ImportKind,
    ImportStatus,
    ListMappingInput,
    Progress,
)
from hms_app.domain.jobs.tables import Job
from hms_app.domain.patients.tables import NameWord
from tests.databases import Databases
from tests.factories.files import archive, pdf
from tests.factories.imports import GUESSED, PEOPLE, importer, make_import, synthea_zip
from tests.factories.jobs import work_next
from tests.factories.life_cycles import steps_to
from tests.factories.security import take_roles

UNWATCHED = {"audit_entry", "audit_chain_head", "stored_file", "import_job", "job"}
"""What an import is itself, and the trail of what people did to it."""


@pytest.fixture(scope="module")
def own_engine(databases: Databases) -> Iterator[sa.Engine]:
    """A hospital that these tests really write to: runners work in threads of their own."""
    with databases.opened("imports") as opened:
        engine = db.make_engine(opened.app_url)
        yield engine
        engine.dispose()


@pytest.fixture
def hospital(own_engine: sa.Engine, files_dir: Path) -> Iterator[Session]:
    """The hospital, bound as the running application binds it."""
    db.bind(own_engine)
    with Session(own_engine, expire_on_commit=False) as session:
        session.execute(sa.delete(ImportJob))
        session.execute(sa.delete(Job))
        session.commit()
        yield session
    db.bind(None)


@pytest.fixture
def anna(hospital: Session) -> Actor:
    """Somebody who may read in files."""
    return importer(hospital)


def _do(act: Callable[..., object], actor: Actor, **arguments: Any) -> object:
    return db.in_transaction(lambda session: act(session, actor, **arguments))


def _state(job: ImportJobRow) -> ImportJob:
    with db.transaction() as session:
        return session.exec(select(ImportJob).where(ImportJob.id == job.id)).one()


def _map(actor: Actor, job: ImportJobRow, **changed: str) -> None:
    form = {**GUESSED, **changed}
    request = ListMappingInput.from_form(form)
    _do(service.map_columns, actor, job_id=job.id, request=request, columns=form, width=7)


def _actions(session: Session, job: ImportJobRow) -> list[str]:
    return list(
        session.exec(
            select(AuditEntry.action)
            .where(AuditEntry.subject_type == "import_job", AuditEntry.subject_id == job.id)
            .order_by(col(AuditEntry.id))
        )
    )


def _contents(session: Session) -> dict[str, tuple[int, str]]:
    """How many rows every table has, and a digest of what they say."""
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in UNWATCHED:
            sql = f"SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table.name} t"
            found[table.name] = tuple(session.execute(sa.text(sql)).one())
    session.rollback()
    return found


def test_what_a_file_holds_is_told_by_its_content(hospital: Session, anna: Actor) -> None:
    bundle = '{"resourceType": "Bundle", "type": "collection", "entry": []}'
    sent = {
        "a.zip": (synthea_zip(), ImportKind.SYNTHEA_ZIP),
        "b.json": (bundle.encode(), ImportKind.FHIR),
        "c.zip": (archive({"one.json": bundle, "two.json": bundle}), ImportKind.FHIR),
        "d.csv": (PEOPLE.encode("cp1252"), ImportKind.PATIENT_LIST),
    }
    for name, (content, kind) in sent.items():
        job = make_import(anna, content, name)
        assert (job.kind, job.status, job.file_name) == (kind, ImportStatus.UPLOADED, name)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.pdf", pdf(), "no kind that can be read in"),
        ("a.zip", archive({"../../etc/cron.d/x.csv": "x"}), "unpacked elsewhere"),
        ("a.zip", archive({"/etc/x.json": "{}"}), "unpacked elsewhere"),
        ("a.zip", archive({"C:\\x.json": "{}"}), "unpacked elsewhere"),
        ("a.zip", archive({f"{n}.json": "{}" for n in range(5_001)}), "too many files"),
        ("a.zip", archive({"letter.doc": "x"}), "neither a Synthea CSV export"),
        ("a.zip", archive({"patients.csv": "Id"}), "lacks allergies.csv"),
        ("a.zip", b"PK\x03\x04 cut off", "damaged"),
        ("a.csv", b"just one word", "no list"),
        ("a.csv", b"", "empty"),
        ("a.html", b"<html>", "XML or a web page"),
    ],
)
def test_what_cannot_be_read_in_is_refused_and_not_kept(
    hospital: Session, anna: Actor, files_dir: Path, name: str, content: bytes, refusal: str
) -> None:
    with pytest.raises(DomainError, match=refusal) as refused:
        make_import(anna, content, name)
    assert refused.value.field == "file"
    assert [path for path in files_dir.rglob("*") if path.is_file()] == []


def test_an_archive_that_lies_about_its_size_is_not_unpacked_further(tmp_path: Path) -> None:
    source = tmp_path / "bomb.zip"
    source.write_bytes(archive({"a.json": "0" * (UNPACKED_ANYWAY + 1_000_000)}))
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(ImportArchiveUnsuitable, match="larger when unpacked"):
        unpack(source, ImportKind.FHIR, into, TABLES)
    assert sum(path.stat().st_size for path in into.iterdir()) <= UNPACKED_ANYWAY


def test_files_of_one_name_are_unpacked_side_by_side_inside_their_place(tmp_path: Path) -> None:
    source = tmp_path / "a.zip"
    source.write_bytes(archive({"a/x.json": "1", "b/x.json": "2", "__MACOSX/x.json": "3", "readme.md": "4"}))
    into = tmp_path / "into"
    into.mkdir()
    unpack(source, ImportKind.FHIR, into, TABLES)
    assert {path.name: path.read_text() for path in into.iterdir()} == {"x.json": "1", "2-x.json": "2"}


@pytest.mark.parametrize(
    "act", [service.start_check, service.start_import, service.cancel_import, queries.get_import]
)
def test_without_the_permission_nothing_is_done_or_seen(
    hospital: Session, anna: Actor, act: Callable[..., object]
) -> None:
    job = make_import(anna, synthea_zip(), "a.zip")
    others = frozenset(Permission) - {Permission.INTEROP_IMPORT_RUN}
    with pytest.raises(NotPermitted):
        _do(act, Actor(anna.user_id, "Somebody", others), job_id=job.id)


@pytest.mark.parametrize("status", list(ImportStatus))
def test_only_steps_of_the_life_cycle_are_taken(hospital: Session, anna: Actor, status: ImportStatus) -> None:
    steps = {
        service.start_check: ImportStatus.CHECKING,
        service.start_import: ImportStatus.RUNNING,
        service.cancel_import: ImportStatus.CANCELLED,
    }
    for act, wanted in steps.items():
        job = make_import(anna, synthea_zip(), "a.zip")
        row = hospital.get_one(ImportJob, job.id)
        for step in steps_to(IMPORT_LIFE, row.status, status.value):
            row.status = step
            row.finished_at = clock.now() if step in {"done", "failed", "cancelled"} else None
            hospital.commit()
        if IMPORT_LIFE.can(status, wanted):
            _do(act, anna, job_id=job.id)
            assert _state(job).status == wanted
        else:
            with pytest.raises(MoveRefused):
                _do(act, anna, job_id=job.id)
            assert _state(job).status == status


def test_an_import_that_is_not_there_is_not_found(hospital: Session, anna: Actor) -> None:
    for act in (service.start_check, service.start_import, service.cancel_import, queries.get_import):
        with pytest.raises(NotFound):
            _do(act, anna, job_id=999_999)


def test_a_list_is_not_checked_before_its_columns_are_named(hospital: Session, anna: Actor) -> None:
    job = make_import(anna, PEOPLE.encode(), "people.csv")
    with pytest.raises(MappingMissing):
        _do(service.start_check, anna, job_id=job.id)
    with pytest.raises(InvalidInput) as refused:
        _map(anna, job, column_6="family_name")
    assert refused.value.problems == {"column_6": "Column 2 is the family name already."}
    with pytest.raises(DomainError, match="date of birth"):
        _map(anna, job, column_3="")
    with pytest.raises(DomainError, match="name"):
        _map(anna, job, column_1="", column_2="")
    with pytest.raises(InvalidInput):
        _map(anna, job, column_1="salary")
    with pytest.raises(DomainError, match="fewer columns"):
        _map(anna, job, column_7="email")


def test_a_check_leaves_no_row_behind_and_the_import_takes_over_what_it_said(
    hospital: Session, anna: Actor
) -> None:
    broken = (Path(__file__).parents[3] / "hms_app/demo_data/synthea/allergies.csv").read_text().splitlines()
    broken.append(broken[-1].replace(broken[-1].split(",")[2], "nobody-known", 1))
    job = make_import(anna, synthea_zip(**{"allergies.csv": "\n".join(broken)}), "export.zip")
    before = _contents(hospital)
    _do(service.start_check, anna, job_id=job.id)
    assert work_next()
    checked = _do(queries.get_import, anna, job_id=job.id)
    assert isinstance(checked, ImportJobRow)
    assert checked.status is ImportStatus.CHECKED, checked.problem
    assert _contents(hospital) == before
    assert sum(line.created for line in checked.lines) > 4_000
    assert [(problem.file, problem.place) for problem in checked.problems] == [("allergies", "42")]
    _do(service.start_import, anna, job_id=job.id)
    assert work_next()
    done = _do(queries.get_import, anna, job_id=job.id)
    assert isinstance(done, ImportJobRow)
    assert (done.status, done.lines, done.problems) == (ImportStatus.DONE, checked.lines, checked.problems)
    assert _contents(hospital)["patient"][0] == before["patient"][0] + 27
    assert _actions(hospital, job) == [
        "interop.import_job.added",
        "interop.import_job.check_started",
        "interop.import_job.checked",
        "interop.import_job.started",
        "interop.import_job.finished",
    ]
    names = set(hospital.exec(select(AuditEntry.actor_name).where(AuditEntry.subject_type == "import")))
    assert names == {anna.name}


def test_a_check_writes_nothing_to_the_trail_while_others_go_on_writing(own_engine: sa.Engine) -> None:
    db.bind(own_engine)
    system = Actor.system("a test")

    def write(key: str) -> None:
        with db.transaction() as session:
            session.add(NameWord(word=key))
            audit.record(session, system, AuditAction.TRAIL_EXPORTED, key)

    def written(session: Session) -> tuple[set[str], set[str]]:
        """Which of the two words are there, and which in the trail."""
        both = ("rehearsed", "meanwhile")
        words = session.exec(select(NameWord.word).where(col(NameWord.word).in_(both)))
        told = session.exec(select(AuditEntry.subject_type).where(col(AuditEntry.subject_type).in_(both)))
        return set(words), set(told)

    try:
        with ThreadPoolExecutor(1) as somebody_else, db.rehearsal():
            write("rehearsed")
            somebody_else.submit(write, "meanwhile").result(timeout=20)
            with db.transaction() as session:
                assert written(session) == ({"rehearsed", "meanwhile"}, {"meanwhile"})
        with db.transaction() as session:
            assert written(session) == ({"meanwhile"}, {"meanwhile"})
    finally:
        db.bind(None)


def test_a_check_gives_way_to_people_atwork_next(
    hospital: Session, anna: Actor, own_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(running, "CHECK_ATTEMPTS", 1)
    job = make_import(anna, synthea_zip(), "export.zip")
    _do(service.start_check, anna, job_id=job.id)
    waits, over = threading.Event(), threading.Event()

    def desk() -> None:
        with own_engine.connect() as connection:
            waits.set()
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(77)"))
            over.set()

    taken = running.take_job(job.id, "a runner")
    assert taken is not None
    with running._Work(taken, threading.Event()) as work, db.rehearsal() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(77)"))
        work.holds(connection)
        person = threading.Thread(target=desk)
        person.start()
        waits.wait(10)
        with pytest.raises(CheckGaveWay):
            for _ in range(200):
                work.moved(Progress("patients", 1, 2, 1))
                over.wait(0.05)
    person.join(10)
    assert over.is_set()


def test_of_many_who_start_an_import_at_once_one_does(hospital: Session, anna: Actor) -> None:
    job = make_import(anna, synthea_zip(), "export.zip")
    barrier = threading.Barrier(6)

    def start(_number: int) -> str:
        barrier.wait()
        try:
            _do(service.start_check, anna, job_id=job.id)
        except MoveRefused:
            return "refused"
        return "started"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(start, range(6))) == ["refused"] * 5 + ["started"]
    assert work_next()
    assert not work_next()


def test_an_import_whose_runner_died_is_taken_up_again_and_ends_as_if_it_never_had(
    hospital: Session, anna: Actor
) -> None:
    job = make_import(anna, PEOPLE.encode(), "people.csv")
    _map(anna, job, source="Killed")
    _do(service.start_check, anna, job_id=job.id)
    assert work_next()
    _do(service.start_import, anna, job_id=job.id)
    dead = running.take_job(job.id, "the dead one")
    assert dead is not None
    running._read(dead, running._Work(dead, threading.Event()), is_check=False)
    assert work_next()
    done = _do(queries.get_import, anna, job_id=job.id)
    assert isinstance(done, ImportJobRow)
    assert (done.status, done.lines[0].created, done.lines[0].unchanged) == (ImportStatus.DONE, 0, 3)
    running.finish_job(dead, problem="from the grave")
    assert not running.beat(dead, None)
    assert _state(job).status == ImportStatus.DONE


def test_a_runner_that_stops_leaves_its_import_to_the_next_at_once(hospital: Session, anna: Actor) -> None:
    job = make_import(anna, PEOPLE.encode(), "people.csv")
    _map(anna, job, source="Stopped")
    _do(service.start_check, anna, job_id=job.id)
    stop = threading.Event()
    stop.set()
    assert work_next(stop)
    row = _state(job)
    assert (row.status, row.runner, row.heartbeat_at) == (ImportStatus.CHECKING, None, None)
    assert work_next()
    assert _state(job).status == ImportStatus.CHECKED


@pytest.fixture
def lost_once(own_engine: sa.Engine, owner_engine: sa.Engine) -> Iterator[list[str]]:
    """The database ends every connection just before the first patient is written, once."""
    lost: list[str] = []

    def lose(connection: sa.Connection, _cursor: object, statement: str, *_more: object) -> None:
        if not lost and statement.startswith("INSERT INTO patient "):
            lost.append(statement)
            end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = :name"
            with owner_engine.connect() as owner:
                owner.execute(sa.text(end), {"name": connection.engine.url.database})

    sa.event.listen(own_engine, "before_cursor_execute", lose)
    yield lost
    sa.event.remove(own_engine, "before_cursor_execute", lose)


@pytest.mark.parametrize("is_check", [True, False])
def test_an_import_under_which_the_database_breaks_off_is_left_and_done_again(
    hospital: Session, anna: Actor, lost_once: list[str], is_check: bool
) -> None:
    job = make_import(anna, PEOPLE.encode(), "people.csv")
    _map(anna, job, source=f"Lost {is_check}", takes_lookalikes="yes")
    waiting, end = ImportStatus.CHECKING, ImportStatus.CHECKED
    _do(service.start_check, anna, job_id=job.id)
    if not is_check:
        lost_once.append("not yet")
        assert work_next()
        lost_once.clear()
        waiting, end = ImportStatus.RUNNING, ImportStatus.DONE
        _do(service.start_import, anna, job_id=job.id)
    assert work_next()
    assert len(lost_once) == 1
    row = _state(job)
    assert (row.status, row.problem) == (waiting, "")
    assert work_next()
    assert _state(job).status == end


def test_an_import_that_is_called_off_stays_so(hospital: Session, anna: Actor) -> None:
    job = make_import(anna, synthea_zip(), "export.zip")
    _do(service.start_check, anna, job_id=job.id)
    taken = running.take_job(job.id, "a runner")
    assert taken is not None
    _do(service.cancel_import, anna, job_id=job.id)
    assert not running.beat(taken, Progress("patients", 1, 2, 3))
    running.finish_job(taken, report={"files": {}, "problems": [], "problem_count": 0})
    assert _state(job).status == ImportStatus.CANCELLED
    assert work_next()
    assert _state(job).status == ImportStatus.CANCELLED
    assert _actions(hospital, job)[-1] == "interop.import_job.cancelled"


def test_who_lost_the_right_meanwhile_imports_nothing(hospital: Session, anna: Actor) -> None:
    job = make_import(anna, synthea_zip(), "export.zip")
    _do(service.start_check, anna, job_id=job.id)
    importer(hospital)  # One administrator has to stay.
    take_roles(hospital, anna.user_id)
    assert work_next()
    row = _state(job)
    assert row.status == ImportStatus.FAILED
    assert row.problem == f"{anna.name} may no longer read in files, so this import was stopped."
    assert _actions(hospital, job)[-1] == "interop.import_job.failed"


def test_a_file_that_cannot_be_read_says_why(hospital: Session, anna: Actor) -> None:
    job = make_import(anna, synthea_zip(**{"patients.csv": "Id,FIRST\n1,Ann\n"}), "export.zip")
    _do(service.start_check, anna, job_id=job.id)
    assert work_next()
    row = _state(job)
    assert row.status == ImportStatus.FAILED
    assert "patients.csv lacks the columns" in row.problem


def test_fhir_is_checked_and_read_in(hospital: Session, anna: Actor) -> None:
    patient = (
        '{"resourceType": "Patient", "id": "p1", "name": [{"family": "Ito", "given": ["Ken"]}],'
        ' "birthDate": "1990-01-02"}'
    )
    job = make_import(anna, patient.encode(), "ken.json")
    before = _contents(hospital)
    _do(service.start_check, anna, job_id=job.id)
    assert work_next()
    assert _contents(hospital) == before
    _do(service.start_import, anna, job_id=job.id)
    assert work_next()
    done = _do(queries.get_import, anna, job_id=job.id)
    assert isinstance(done, ImportJobRow)
    assert (done.status, [(line.name, line.created) for line in done.lines]) == (
        ImportStatus.DONE,
        [("Patient", 1)],
    )
