"""One database for the whole run, made by the migrations; each test's work is undone."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.config import Settings, get_settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.runtime.database import migrate, open_database

os.environ.setdefault("HMS_MODE", "test")


@pytest.fixture(scope="session", autouse=True)
def own_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is written where a test named no directory is written nowhere else."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HMS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a hospital of its own, in a directory that goes away."""
    directory: Path = tmp_path_factory.mktemp("hospital")
    return Settings(data_dir=directory, mode="test", secret_key="t" * 40)


@pytest.fixture(scope="session")
def database(settings: Settings) -> Iterator[object]:
    """A migrated database on a server of its own (or on the one HMS_DATABASE_URL names)."""
    with open_database(settings) as opened:
        migrate(opened.owner_url)
        yield opened


@pytest.fixture(scope="session")
def engine(database: object) -> Iterator[sa.Engine]:
    """The application's own connections."""
    made = db.make_engine(database.app_url, pool_size=20)  # type: ignore[attr-defined]
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def owner_engine(database: object) -> Iterator[sa.Engine]:
    """Connections of the schema's owner, for what the application may not do."""
    made = db.make_engine(database.owner_url, pool_size=2)  # type: ignore[attr-defined]
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

    def make(*permissions: Permission, **fields: object) -> Actor:
        return Actor(1, "Test Person", frozenset(permissions), session_id=1, **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture
def everyone_allowed(actor_with: Callable[..., Actor]) -> Actor:
    """An actor who holds every permission."""
    return actor_with(*Permission, reauthenticated=True)


@pytest.fixture
def fresh_database_url(owner_engine: sa.Engine) -> Iterator[str]:
    """The owner's URL of an empty database on the same server, dropped afterwards."""
    name = "scratch"
    with owner_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield owner_engine.url.set(database=name).render_as_string(hide_password=False)
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come last: Playwright keeps an event loop running, beside which no other test could have its own."""
    items.sort(key=lambda item: "journeys" in item.path.parts)
