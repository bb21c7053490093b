"""The database session: one event, one transaction, opened at the edge and committed here only."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary, ref

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlalchemy.pool import NullPool
from sqlmodel import Session, create_engine

from hms_app.core import away, beginning, live, writes
from hms_app.core.errors import CONSTRAINT_ERRORS, DomainError, OutcomeUnknown

T = TypeVar("T")

RETRIED_STATES: Final = frozenset({"40001", "40P01"})
"""PostgreSQL's serialization_failure and deadlock_detected: the same work may succeed when tried again."""
ATTEMPTS: Final = 4

_OPTIONS: Final = "-c timezone=UTC -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
_WROTE: Final = "wrote"
_AUDITED: Final = "audited"
_ONLY_READS: Final = "only_reads"
_CHANGED: Final = "changed"
_STOPS_HEARING: Final = "stops_hearing"
_AUDIT_WRITERS: list[Callable[[Session], bool]] = []
_UNDONE_WITH_SAVEPOINT: set[str] = {_WROTE, _AUDITED, _CHANGED}
_BEFORE: WeakKeyDictionary[SessionTransaction, dict[str, Any]] = WeakKeyDictionary()
"""What sessions knew when each of their savepoints was set."""
_REFUSAL_WRITERS: list[Callable[[Session], bool]] = []
_bind: sa.Engine | sa.Connection | None = None
_rehearsed_on: ContextVar[sa.Connection | None] = ContextVar("rehearsed_on", default=None)


class WroteWhileReading(RuntimeError):
    """A transaction that said it would only read changed rows: a bug, never committed."""


class UnauditedWrite(RuntimeError):
    """A transaction changed rows without saying so in the audit trail: a bug, never committed."""


def make_engine(url: str | sa.URL, *, pool_size: int | None = 10) -> sa.Engine:
    """An engine whose sessions speak UTC, wait 30 s for a statement at most, and are not left open for long.

    A transaction in which nothing is asked for a minute is ended by the server: whoever began it has gone. Connections
    are not tried before they are used: `in_transaction` gets over one that turns out dead. Without a pool each is made
    when it is asked for, and closed again.
    """
    pool: dict[str, Any] = (
        {"poolclass": NullPool} if pool_size is None else {"pool_size": pool_size, "max_overflow": 2}
    )
    engine = create_engine(
        url,
        **pool,
        hide_parameters=True,  # Parameter values are patient data: never in an error message.
        connect_args={"options": _OPTIONS, "cursor_factory": writes.HeardCursor, **away.DEADLINES},
    )
    event.listen(engine, "connect", writes.use_kept_cursors)
    away.watch(engine)
    beginning.begin_late(engine)
    return engine


def bind(target: sa.Engine | sa.Connection | None) -> None:
    """Say which engine (or, in a test, which connection) `transaction()` uses."""
    global _bind
    _bind = target


def bound() -> sa.Engine | sa.Connection:
    """The engine or connection in use; raises RuntimeError before `bind`."""
    target = _rehearsed_on.get() or _bind
    if target is None:
        raise RuntimeError("No database is bound yet.")
    return target


@contextmanager
def rehearsal() -> Iterator[sa.Connection]:
    """Undo at the end whatever transactions of this thread commit inside; gives the connection they share.

    Nothing is written to the audit trail: its lock, held until the end, would stop everybody else. Numbers that
    sequences gave out stay given. It may pause for longer than other transactions: files are read in it.
    """
    target = bound()
    with away.told(), target.connect() if isinstance(target, sa.Engine) else _kept(target) as connection:
        outer = connection.begin_nested() if connection.in_transaction() else connection.begin()
        token = _rehearsed_on.set(connection)
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = '30min'"))
        try:
            yield connection
        finally:
            _rehearsed_on.reset(token)
            outer.rollback()


@contextmanager
def _kept(connection: sa.Connection) -> Iterator[sa.Connection]:
    yield connection


def only_read(session: Session) -> None:
    """Promise that nothing changes in this transaction, but for what notes that somebody looked.

    A change all the same raises WroteWhileReading instead of being committed.
    """
    session.info[_ONLY_READS] = True


def writes_audit(writer: Callable[[Session], bool]) -> Callable[[Session], bool]:
    """Register what writes a session's noted audit entries just before the commit; it says whether there were any."""
    _AUDIT_WRITERS.append(writer)
    return writer


def undone_with_savepoint(name: str) -> str:
    """Register a name in `session.info` whose value a savepoint that is rolled back takes back: a flag or a list."""
    _UNDONE_WITH_SAVEPOINT.add(name)
    return name


def ring(session: Session, topics: Iterable[str]) -> None:
    """Have whoever watches these topics told when the transaction is committed.

    The tables that are written ring by themselves.
    """
    live.note(session, _CHANGED, topics)


def has_written(session: Session) -> bool:
    """Whether the session changed anything that people are told of."""
    return bool(session.info.get(_WROTE))


def writes_refusal(writer: Callable[[Session], bool]) -> Callable[[Session], bool]:
    """Register what writes that a refusal told somebody of a patient; it says whether there was anything."""
    _REFUSAL_WRITERS.append(writer)
    return writer


@contextmanager
def transaction() -> Iterator[Session]:
    """A session that commits once at the end, or not at all; what only reads needs no transaction (`beginning`).

    Raises the domain's error for a violated constraint that has a sentence, `DatabaseAway` when the database
    cannot be reached, and `UnauditedWrite` when rows changed without an audit entry. Of a refused one only stays
    what its refusal told somebody.
    """
    with away.told(), _one_try() as session:
        yield session


def in_transaction(work: Callable[[Session], T]) -> T:
    """Run `work` in a transaction; again where nothing came of the first try and another may go better.

    That is a bounded number of times after a deadlock or serialization failure, and once when the connection turned
    out dead before the database had answered anything.
    """
    with away.told():
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with _one_try() as session:
                    return work(session)
            except DBAPIError as error:
                if not _may_go_better(error, attempt):
                    raise
                if not isinstance(error, away.DeadOnArrival):
                    _pause(attempt)
    raise AssertionError("unreachable")


@contextmanager
def _one_try() -> Iterator[Session]:
    with Session(bound(), expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        try:
            yield session
            _finish(session)
        except DomainError:
            _undo(session)
            raise
        except IntegrityError as error:
            _undo(session)
            raise _as_domain_error(error) from error


def _may_go_better(error: DBAPIError, attempt: int) -> bool:
    if isinstance(error, away.DeadOnArrival):
        return attempt == 1 and isinstance(bound(), sa.Engine)
    return attempt < ATTEMPTS and _state_of(error) in RETRIED_STATES


def _finish(session: Session) -> None:
    session.flush()
    if session.info.get(_ONLY_READS) and session.info.get(_WROTE):
        raise WroteWhileReading("Rows were changed by what said that it reads.")
    if _rehearsed_on.get() is None:
        _write_audit(session)
        session.flush()
        if changed := session.info.pop(_CHANGED, None):
            live.send(session.connection(), changed)
    try:
        session.commit()
    except OperationalError as error:
        if error.connection_invalidated and session.info.get(_WROTE):
            raise OutcomeUnknown from error
        raise


def _undo(session: Session) -> None:
    session.rollback()
    for write in _REFUSAL_WRITERS if _rehearsed_on.get() is None else ():
        if write(session):
            session.commit()


def _write_audit(session: Session) -> None:
    for write in _AUDIT_WRITERS:
        if write(session):
            session.info[_AUDITED] = True
    if session.info.get(_WROTE) and not session.info.get(_AUDITED):
        raise UnauditedWrite("Rows were changed without an audit entry.")


def _pause(attempt: int) -> None:
    with Session(bound()) as session:
        session.execute(sa.text("SELECT pg_sleep(:s)"), {"s": random.uniform(0, 0.02 * attempt)})  # noqa: S311


def _state_of(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", "") or "")


def _as_domain_error(error: IntegrityError) -> Exception:
    make = CONSTRAINT_ERRORS.get(constraint_of(error))
    return make() if make else error


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that was violated; empty when the database names none."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""


@event.listens_for(Session, "after_transaction_create")
def _remember_before(session: Session, savepoint: SessionTransaction) -> None:
    if savepoint.nested:
        noted = {name: session.info[name] for name in _UNDONE_WITH_SAVEPOINT if name in session.info}
        kept = {name: list(value) if isinstance(value, list) else value for name, value in noted.items()}
        _BEFORE[savepoint] = kept


@event.listens_for(Session, "after_soft_rollback")
def _restore_before(session: Session, ended: SessionTransaction) -> None:
    """What a savepoint changed and noted is as undone as its rows: neither a write nor an entry is left of it."""
    before = _BEFORE.pop(ended, None)
    if before is not None:
        for name in _UNDONE_WITH_SAVEPOINT:
            session.info.pop(name, None)
        session.info.update(before)


@event.listens_for(Session, "after_begin")
def _hear_writes(session: Session, savepoint: SessionTransaction, connection: sa.Connection) -> None:
    """Note what is written while the session's transaction lasts, by whichever road."""
    if savepoint.parent is None:
        speaking = ref(session)

        def note(tables: frozenset[str]) -> None:
            if (writer := speaking()) is not None:
                if any(map(writes.wants_audit, tables)):
                    writer.info[_WROTE] = True
                live.note(writer, _CHANGED, filter(live.rings, tables))

        session.info[_STOPS_HEARING] = writes.listen(connection.connection.driver_connection, note)


@event.listens_for(Session, "after_transaction_end")
def _stop_hearing(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None and (stop := session.info.pop(_STOPS_HEARING, None)):
        stop()


@event.listens_for(Session, "do_orm_execute")
def _note_asked(state: ORMExecuteState) -> None:
    """A session's own statement counts even where it finds no row, so that the first test that runs it hears of it."""
    if isinstance(state.statement, sa.TextClause):
        asked = writes.tables_written(state.statement.text)
    elif state.is_insert or state.is_update or state.is_delete:
        asked = frozenset({state.statement.table.name})  # type: ignore[attr-defined]
    else:
        return
    if any(map(writes.wants_audit, asked)):
        state.session.info[_WROTE] = True
