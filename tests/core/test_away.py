"""A database that is away: what is tried again unnoticed, what people are told, and what is never done twice."""

import signal
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core import away, db
from hms_app.core.errors import DatabaseAway, DatabaseFull, OutcomeUnknown
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import AuditAction
from tests.factories.organization import make_payer
from tests.factories.security import Actor

NOBODY_LISTENS = "postgresql+psycopg://hms@127.0.0.1:1/hms"


@pytest.fixture
def own_engine(database: object) -> Iterator[sa.Engine]:
    """The application's connections, of which a test may kill any."""
    engine = db.make_engine(database.app_url, pool_size=5)  # type: ignore[attr-defined]
    db.bind(engine)
    yield engine
    db.bind(None)
    engine.dispose()


def pid_of(session: Session) -> int:
    return int(session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())


def end(owner: sa.Engine, pid: int) -> None:
    """End the server's side of a connection, as a killed server does with all of them."""
    with owner.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})


def test_connections_that_died_while_nobody_used_them_are_replaced_unnoticed(
    own_engine: sa.Engine, owner_engine: sa.Engine
) -> None:
    with own_engine.connect() as first, own_engine.connect() as second:
        pids = [one.scalar(sa.text("SELECT pg_backend_pid()")) for one in (first, second)]
    for pid in pids:
        end(owner_engine, pid)
    tries: list[int] = []

    def work(session: Session) -> int:
        tries.append(1)
        return pid_of(session)

    assert db.in_transaction(work) not in pids
    assert len(tries) == 2
    assert db.in_transaction(work) not in pids
    assert len(tries) == 3


def test_work_that_had_begun_is_not_done_again(own_engine: sa.Engine, owner_engine: sa.Engine) -> None:
    tries: list[int] = []

    def work(session: Session) -> None:
        tries.append(1)
        end(owner_engine, pid_of(session))
        session.execute(sa.text("SELECT 1"))

    with pytest.raises(DatabaseAway, match="nothing was saved"):
        db.in_transaction(work)
    assert len(tries) == 1


def test_a_connection_that_dies_at_once_each_time_is_tried_once_more_only(
    own_engine: sa.Engine, owner_engine: sa.Engine
) -> None:
    tries: list[int] = []

    def work(session: Session) -> None:
        tries.append(1)
        # By the driver's own road, so that no answer of this transaction has been seen.
        backend = session.connection().connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        end(owner_engine, backend)
        session.execute(sa.text("SELECT 1"))

    with pytest.raises(DatabaseAway):
        db.in_transaction(work)
    assert len(tries) == 2


def test_a_request_to_stop_in_the_middle_of_a_first_statement_is_obeyed(own_engine: sa.Engine) -> None:
    def stop(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(SystemExit):
            db.in_transaction(lambda session: session.execute(sa.text("SELECT pg_sleep(20)")))
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def lost_at_commit(owner_engine: sa.Engine) -> Iterator[None]:
    """Whoever commits a new payer loses the connection while the database does it."""
    with owner_engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
                " BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
            )
        )
        connection.execute(
            sa.text(
                "CREATE CONSTRAINT TRIGGER lose AFTER INSERT ON payer DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION lose()"
            )
        )
    yield
    with owner_engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER lose ON payer"))
        connection.execute(sa.text("DROP FUNCTION lose()"))


@pytest.mark.usefixtures("lost_at_commit")
def test_a_connection_lost_while_committing_is_said_to_have_an_unknown_end_and_is_not_tried_again(
    own_engine: sa.Engine,
) -> None:
    tries: list[int] = []

    def work(session: Session) -> None:
        tries.append(1)
        make_payer(session, name="Kasse West")
        audit.record(session, Actor.system("a test"), AuditAction.TRAIL_EXPORTED, "test")

    with pytest.raises(OutcomeUnknown, match="Look whether it is there"):
        db.in_transaction(work)
    assert len(tries) == 1


def test_a_server_that_does_not_answer_is_said_to_be_away_on_every_road() -> None:
    engine = db.make_engine(NOBODY_LISTENS)
    db.bind(engine)
    try:
        with pytest.raises(DatabaseAway, match="cannot be reached at the moment"):
            db.in_transaction(pid_of)
        with pytest.raises(DatabaseAway), db.transaction() as session:
            pid_of(session)
        with pytest.raises(DatabaseAway), db.rehearsal():
            pytest.fail("Nobody is there to rehearse with.")
    finally:
        db.bind(None)
        engine.dispose()


def _failing_with(state: str) -> sa.TextClause:
    return sa.text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")


def test_a_full_disk_is_named(connection: sa.Connection) -> None:
    with pytest.raises(DatabaseFull, match="is full; nothing was saved"), db.transaction() as session:
        session.execute(_failing_with("53100"))


@pytest.mark.parametrize("state", ["57P01", "57P03", "53300", "08006"])
def test_a_server_that_is_going_or_has_no_room_is_away(connection: sa.Connection, state: str) -> None:
    with pytest.raises(DatabaseAway), db.transaction() as session:
        session.execute(_failing_with(state))


@pytest.mark.parametrize("state", ["57014", "55P03", "53200"])
def test_a_statement_that_took_too_long_is_no_absence(connection: sa.Connection, state: str) -> None:
    with pytest.raises(sa.exc.OperationalError), db.transaction() as session:
        session.execute(_failing_with(state))


def test_the_log_says_why_once_a_minute_however_many_people_wait(
    connection: sa.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    away._logged_at.clear()
    with time_machine.travel("2026-11-28T10:00:00Z", tick=False) as clock:
        for _ in range(2):
            for state in ("57P01", "53100", "57P01"):
                with pytest.raises(DatabaseAway), db.transaction() as session:
                    session.execute(_failing_with(state))
            clock.shift(61)
    said = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert said == 2 * ["DatabaseAway", "DatabaseFull"]
