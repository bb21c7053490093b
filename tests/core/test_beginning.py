"""A transaction begins with the first statement that does more than read, and then it is one to its end."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import beginning, db

READING = [
    "SELECT 1",
    "  (SELECT id FROM patient) UNION SELECT 2",
    "WITH found AS (SELECT id FROM patient) SELECT * FROM found",
    "SELECT updated_at, 'delete; update' FROM patient -- insert",
    "VALUES (1)",
    "SHOW transaction_isolation",
]
MORE = [
    "INSERT INTO payer (name) VALUES ('x')",
    "SELECT id FROM payer FOR UPDATE",
    "SELECT id FROM payer FOR NO KEY UPDATE SKIP LOCKED",
    "SELECT id FROM payer FOR SHARE",
    "SELECT id FROM payer FOR KEY SHARE",
    "WITH gone AS (DELETE FROM payer RETURNING id) SELECT * FROM gone",
    "SELECT 1 INTO TEMPORARY kept",
    "SELECT pg_advisory_xact_lock(1)",
    "SELECT pg_try_advisory_lock(1)",
    "SELECT set_config('a.b', '1', true)",
    "SELECT nextval('payer_id_seq')",
    "SELECT 1; SELECT 2",
    "SET LOCAL statement_timeout = 0",
    "SAVEPOINT here",
    "DO $$ BEGIN END $$",
    "EXPLAIN ANALYZE SELECT 1",
    "COPY payer FROM STDIN",
    "TRUNCATE payer",
    "LOCK TABLE payer",
    "SELECT 1" + " " * beginning.LONG,
]
STATE = sa.text("SELECT state FROM pg_stat_activity WHERE pid = :pid")


@pytest.fixture
def own_engine(database: object) -> Iterator[sa.Engine]:
    """The application's connections, of which a test may look at any."""
    engine = db.make_engine(database.app_url, pool_size=2)  # type: ignore[attr-defined]
    db.bind(engine)
    yield engine
    db.bind(None)
    engine.dispose()


def state_of(owner: sa.Engine, session: Session) -> str:
    """What the server says that the session's connection does."""
    pid = session.connection().connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
    with owner.connect() as connection:
        return str(connection.execute(STATE, {"pid": pid}).scalar_one())


@pytest.mark.parametrize("statement", READING)
def test_what_only_reads_is_told_from_its_text(statement: str) -> None:
    assert beginning.only_reads(statement)


@pytest.mark.parametrize("statement", MORE)
def test_what_may_do_more_is_never_taken_for_reading(statement: str) -> None:
    assert not beginning.only_reads(statement)


def test_every_function_of_ours_that_may_do_more_is_known_as_such(owner_engine: sa.Engine) -> None:
    volatile = sa.text("""
        SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.provolatile = 'v'
            AND p.prorettype <> 'trigger'::regtype
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    """)
    with owner_engine.connect() as connection:
        names = connection.execute(volatile).scalars().all()
    assert [name for name in names if beginning.only_reads(f"SELECT {name}(1)")] == []


def test_who_only_reads_leaves_no_transaction_open_meanwhile(
    own_engine: sa.Engine, owner_engine: sa.Engine
) -> None:
    with db.transaction() as session:
        session.execute(sa.text("SELECT 1"))
        assert state_of(owner_engine, session) == "idle"
        session.execute(sa.text("SELECT pg_advisory_xact_lock(1)"))
        assert state_of(owner_engine, session) == "idle in transaction"
        session.execute(sa.text("SELECT 1"))
        assert state_of(owner_engine, session) == "idle in transaction"


def test_what_is_written_after_reading_is_undone_whole(own_engine: sa.Engine) -> None:
    made = sa.text("SELECT count(*) FROM typed_search")
    grown = sa.text(
        "INSERT INTO typed_search (session_id, place, started_at, asked_at, actor_name, ip_address, told, shown)"
        " VALUES (:id, 'test', now(), now(), '', '', '{}', '{}')"
    )
    with own_engine.connect() as connection:
        before = connection.execute(made).scalar_one()

    def fail() -> None:
        with db.transaction() as session:
            session.execute(made)
            session.execute(grown, {"id": 1})
            session.execute(made)
            session.execute(grown, {"id": 2})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with own_engine.connect() as connection:
        assert connection.execute(made).scalar_one() == before


def test_a_cursor_that_the_server_keeps_has_its_transaction(own_engine: sa.Engine) -> None:
    with own_engine.connect() as connection:
        rows = connection.execution_options(yield_per=2).execute(sa.text("SELECT generate_series(1, 5)"))
        assert rows.scalars().all() == [1, 2, 3, 4, 5]
        assert connection.connection.driver_connection.info.transaction_status.name == "INTRANS"  # type: ignore[union-attr]


def test_one_that_asks_for_a_level_of_isolation_begins_at_once(own_engine: sa.Engine) -> None:
    with own_engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(sa.text("SELECT 1"))
        assert connection.connection.driver_connection.info.transaction_status.name == "INTRANS"  # type: ignore[union-attr]
    with own_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(1)"))
        assert connection.connection.driver_connection.info.transaction_status.name == "IDLE"  # type: ignore[union-attr]
        connection.execute(sa.text("SELECT pg_advisory_unlock(1)"))


def test_in_the_pool_a_connection_is_as_the_driver_makes_it(own_engine: sa.Engine) -> None:
    with db.transaction() as session:
        session.execute(sa.text("SELECT 1"))
    raw = own_engine.raw_connection()
    assert raw.driver_connection is not None
    assert not raw.driver_connection.autocommit
    raw.close()
