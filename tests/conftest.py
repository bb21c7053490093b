"""A database for each worker, copied from one that the migrations made; each test's work is undone."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel
from xdist.scheduler import LoadFileScheduling

from hms_app.config import Settings, get_settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import CONTENTS, DIGEST, SALT
from hms_app.runtime.connection import text_of
from hms_app.runtime.database import Database
from tests.databases import Databases, open_databases

os.environ.setdefault("HMS_MODE", "test")


@pytest.fixture(scope="session", autouse=True)
def own_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What reads the settings by itself finds a directory of the tests', never that of a hospital of this checkout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HMS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a hospital of its own, in a directory that goes away."""
    directory: Path = tmp_path_factory.mktemp("hospital")
    return Settings(data_dir=directory, mode="test", secret_key="t" * 40)


@pytest.fixture(scope="session")
def databases(settings: Settings, worker_id: str) -> Iterator[Databases]:
    """What this worker makes databases with, each a copy of one that is migrated."""
    with open_databases(settings, worker_id) as made:
        yield made


@pytest.fixture(scope="session")
def database(databases: Databases) -> Iterator[Database]:
    """The database of the tests whose work is undone."""
    with databases.opened("main") as opened:
        yield opened


@pytest.fixture(scope="session")
def engine(database: Database) -> Iterator[sa.Engine]:
    """The application's own connections."""
    made = db.make_engine(database.app_url, pool_size=20)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def owner_engine(database: Database) -> Iterator[sa.Engine]:
    """Connections of the schema's owner, for what the application may not do."""
    made = db.make_engine(database.owner_url, pool_size=2)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection whose outer transaction is undone; `transaction()` works inside it."""
    with engine.connect() as connection:
        outer = connection.begin()
        db.bind(connection)
        yield connection
        db.bind(None)
        outer.rollback()


@pytest.fixture
def session(connection: sa.Connection) -> Iterator[Session]:
    """A session inside the test's own transaction."""
    with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        yield session


@pytest.fixture
def files_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where files are kept, in a data directory of the test's own."""
    monkeypatch.setenv("HMS_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield get_settings().files_dir
    get_settings.cache_clear()


@pytest.fixture
def actor_with() -> Callable[..., Actor]:
    """Make an actor who holds just these permissions."""

    def make(*permissions: Permission, **fields: Any) -> Actor:
        return Actor(1, "Test Person", frozenset(permissions), session_id=1, **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture
def everyone_allowed(actor_with: Callable[..., Actor]) -> Actor:
    """An actor who holds every permission."""
    return actor_with(*Permission, reauthenticated=True)


@pytest.fixture
def fresh_database_url(databases: Databases) -> Iterator[str]:
    """The owner's URL of an empty database on the same server, dropped afterwards."""
    yield text_of(databases.empty("scratch"))
    databases.drop("scratch")


@pytest.fixture
def committing(databases: Databases) -> Iterator[sa.Engine]:
    """The application's connections to a database of the test's own, bound: what is committed there stays there."""
    with databases.opened("committing") as opened:
        engine = db.make_engine(opened.app_url, pool_size=20)
        db.bind(engine)
        yield engine
        db.bind(None)
        engine.dispose()


_OWN_PLACE: Final = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)  # Before pytest chooses a place itself.
def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests write in a directory that no other run touches.

    All runs of a user share pytest's own, and each that begins closes it to others: to the user, too, that PostgreSQL
    runs as where the tests are root's.
    """
    if config.option.basetemp is None:
        config.stash[_OWN_PLACE] = config.option.basetemp = tempfile.mkdtemp(prefix="hms-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take it away; who wants to look at it afterwards names one with `--basetemp`."""
    if own := config.stash.get(_OWN_PLACE, None):
        shutil.rmtree(own, ignore_errors=True)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each core; files that are named are run by this process, which is sooner ready."""
    named = [Path(argument.partition("::")[0]) for argument in config.args]
    if all(path.is_file() for path in named):
        return 0
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Together(LoadFileScheduling):
    """A file's tests stay together, and so do all journeys: two browsers at once keep nothing they promise."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "journeys" if "/journeys/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Together:
    """Who runs what, said by ourselves: the newest pytest no longer hears the marks that should say it."""
    return _Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Journeys take longest: of several workers one begins with them. A single one does them last."""
    first = hasattr(config, "workerinput")
    items.sort(key=lambda item: _is_journey(item) is not first)


def _is_journey(item: pytest.Item) -> bool:
    return "journeys" in item.path.parts


@pytest.fixture(autouse=True)
def described_trail() -> Iterator[None]:
    """Whatever a test writes into the trail about a table: somebody has described who may read it, field by field."""
    undescribed: set[str] = set()

    def look(_connection: object, statement: object, many: object, one: object, _options: object) -> None:
        if isinstance(statement, sa.Insert) and statement.table.name == "audit_entry":
            for entry in many or [one]:  # type: ignore[attr-defined]
                undescribed.update(undescribed_of(entry))

    sa.event.listen(sa.Engine, "before_execute", look)
    yield
    sa.event.remove(sa.Engine, "before_execute", look)
    assert undescribed == set(), "Say in `values` who may read these (hms_app.domain.audit.values.describe)."


def undescribed_of(entry: Mapping[str, Any]) -> Iterator[str]:
    """The fields of an entry that nobody may read because nobody said who may; made-up subjects aside."""
    if entry["subject_type"] not in {*SQLModel.metadata.tables, "import"}:
        return
    described = CONTENTS.get(entry["action"])
    if described is None:
        yield entry["action"]
        return
    names = {*(entry["before"] or {}), *(entry["after"] or {})} - {*described.fields, SALT, DIGEST}
    yield from (f"{entry['action']}: {name}" for name in sorted(names))
    if entry["reason"] and described.reason is None:
        yield f"{entry['action']}: the reason"
