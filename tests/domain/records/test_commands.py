"""A command happens once, however often and from however many connections its form is sent."""

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.jobs.service import ask_for
from hms_app.domain.jobs.values import TRIMMING
from hms_app.domain.organization.queries import get_payer
from hms_app.domain.organization.service import add_payer
from hms_app.domain.organization.tables import Payer
from hms_app.domain.organization.values import PayerInput, PayerRow
from hms_app.domain.records.errors import SentBySomebodyElse, SentWithOtherContent
from hms_app.domain.records.rules import command_digest
from hms_app.domain.records.service import forget_commands, once
from hms_app.domain.records.service.commands import KEPT_FOR
from hms_app.domain.records.tables import Command
from tests.factories.jobs import work_next

COMMAND = "tests.add_payer"
CALLERS = 30


@pytest.fixture
def key() -> str:
    """The key of a form that was just opened."""
    return str(uuid4())


def _asked(name: str = "Once Insurance") -> PayerInput:
    return PayerInput.from_form({"name": name, "kind": "private"})


def _add(session: Session, actor: Actor, key: str, asked: PayerInput, *, command: str = COMMAND) -> PayerRow:
    return once(
        session,
        actor,
        key=key,
        command=command,
        content=asked,
        do=lambda: add_payer(session, actor, request=asked).id,
        read=lambda payer_id: get_payer(session, actor, payer_id=payer_id),
    )


def _names(session: Session) -> list[str]:
    return list(session.execute(sa.select(col(Payer.name)).order_by(col(Payer.id))).scalars())


def _trail(session: Session) -> list[str]:
    return list(session.execute(sa.text("SELECT action FROM audit_entry ORDER BY id")).scalars())


@pytest.fixture
def crowded(committing: sa.Engine) -> Iterator[sa.Engine]:
    """A connection for each of the callers at once."""
    engine = db.make_engine(committing.url, pool_size=CALLERS)
    db.bind(engine)
    yield engine
    engine.dispose()


@pytest.mark.usefixtures("crowded")
def test_thirty_connections_with_one_key_make_one_row_and_get_the_same_answer(
    everyone_allowed: Actor, key: str
) -> None:
    barrier = Barrier(CALLERS)

    def call(_: int) -> tuple[int, PayerRow]:
        def work(session: Session) -> tuple[int, PayerRow]:
            backend = session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
            barrier.wait(timeout=60)
            return backend, _add(session, everyone_allowed, key, _asked())

        return db.in_transaction(work)

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(call, range(CALLERS)))
    assert len({backend for backend, _ in answers}) == CALLERS
    assert [answer for _, answer in answers] == [answers[0][1]] * CALLERS
    with db.transaction() as session:
        assert _names(session) == ["Once Insurance"]
        assert _trail(session) == ["organization.payer.added"]


@pytest.mark.usefixtures("committing")
def test_what_was_undone_leaves_the_key_free(everyone_allowed: Actor, key: str) -> None:
    class Broken(Exception):
        """What went wrong after the work was done."""

    with pytest.raises(Broken), db.transaction() as session:
        _add(session, everyone_allowed, key, _asked("First"))
        raise Broken
    with db.transaction() as session:
        assert _add(session, everyone_allowed, key, _asked("Second")).name == "Second"
    with db.transaction() as session:
        assert _names(session) == ["Second"]


def test_a_refused_command_can_be_sent_again_once_it_is_right(
    connection: sa.Connection, everyone_allowed: Actor, key: str
) -> None:
    with db.transaction() as session:
        add_payer(session, everyone_allowed, request=_asked("Taken"))
    with pytest.raises(DomainError), db.transaction() as session:
        _add(session, everyone_allowed, key, _asked("Taken"))
    with db.transaction() as session:
        assert _add(session, everyone_allowed, key, _asked("Free")).name == "Free"


def test_whoever_waits_does_it_when_the_first_one_is_undone(
    committing: sa.Engine, everyone_allowed: Actor, key: str
) -> None:
    first = Session(committing)
    _add(first, everyone_allowed, key, _asked("First"))
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(
            db.in_transaction, lambda session: _add(session, everyone_allowed, key, _asked("Second"))
        )
        _wait_until_somebody_waits(committing)
        first.rollback()
        assert second.result(timeout=30).name == "Second"
    first.close()


def _wait_until_somebody_waits(engine: sa.Engine) -> None:
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')"
    with engine.connect() as connection:
        for _ in range(1000):
            if connection.execute(sa.text(waiting)).scalar_one():
                return
            connection.execute(sa.text("SELECT pg_sleep(0.01)"))
    raise AssertionError("Nobody waited.")


def test_a_key_with_other_content_is_refused_and_nothing_more_is_saved(
    session: Session, everyone_allowed: Actor, key: str
) -> None:
    _add(session, everyone_allowed, key, _asked())
    with pytest.raises(SentWithOtherContent, match="says something else now"):
        _add(session, everyone_allowed, key, _asked("Another"))
    assert _names(session) == ["Once Insurance"]


def test_a_key_of_another_command_is_refused(session: Session, everyone_allowed: Actor, key: str) -> None:
    _add(session, everyone_allowed, key, _asked())
    with pytest.raises(SentWithOtherContent):
        _add(session, everyone_allowed, key, _asked(), command="tests.add_another")


@pytest.mark.parametrize("name", ["Once Insurance", "Another"])
def test_a_key_of_somebody_else_is_refused_whatever_it_asks(
    session: Session, everyone_allowed: Actor, key: str, name: str
) -> None:
    _add(session, everyone_allowed, key, _asked())
    for other in (replace(everyone_allowed, user_id=2), Actor.system("a job")):
        with pytest.raises(SentBySomebodyElse, match="Somebody else sent this form already"):
            _add(session, other, key, _asked(name))
    assert _names(session) == ["Once Insurance"]


def test_the_answer_wants_the_rights_of_now(
    session: Session, actor_with: Callable[..., Actor], everyone_allowed: Actor, key: str
) -> None:
    _add(session, everyone_allowed, key, _asked())
    with pytest.raises(NotPermitted):
        _add(session, actor_with(Permission.ORGANIZATION_PAYER_EDIT), key, _asked())


def test_the_answer_is_the_row_as_it_is_now(session: Session, everyone_allowed: Actor, key: str) -> None:
    row = _add(session, everyone_allowed, key, _asked())
    session.execute(sa.update(Payer).where(col(Payer.id) == row.id).values(city="Bonn"))
    session.expire_all()
    assert _add(session, everyone_allowed, key, _asked()) == replace(row, city="Bonn")


def test_nothing_that_people_typed_is_kept_with_a_key(
    session: Session, everyone_allowed: Actor, key: str
) -> None:
    row = _add(session, everyone_allowed, key, _asked("Zquist Insurance"))
    kept = session.execute(sa.text("SELECT to_jsonb(c) FROM command c")).scalar_one()
    assert kept | {"at": None, "digest": None} == {
        "key": key,
        "command": COMMAND,
        "user_id": everyone_allowed.user_id,
        "digest": None,
        "result_id": row.id,
        "at": None,
    }
    assert "zquist" not in str(kept).lower()


def test_the_same_content_has_one_digest_however_it_is_ordered_and_no_two_keys_share_it() -> None:
    one: dict[str, Any] = {"amount": Decimal("12.50"), "on": dt.date(2026, 11, 28), "of": {"b": 1, "a": [1]}}
    turned: dict[str, Any] = {
        "of": {"a": [1], "b": 1},
        "on": dt.date(2026, 11, 28),
        "amount": Decimal("12.50"),
    }
    digest = command_digest("k", "c", one)
    assert digest == command_digest("k", "c", turned)
    others = (("l", "c", one), ("k", "d", one), ("k", "c", one | {"amount": Decimal("12.51")}))
    assert digest not in {command_digest(*other) for other in others}


def _sent(session: Session, actor: Actor, key: str, *, ago: dt.timedelta) -> None:
    with time_machine.travel(clock.now() - ago, tick=False):
        _add(session, actor, key, _asked(f"Sent {ago.days} days ago"))


def test_keys_are_forgotten_after_a_month_by_the_nightly_job(
    session: Session, everyone_allowed: Actor
) -> None:
    old, fresh = str(uuid4()), str(uuid4())
    _sent(session, everyone_allowed, old, ago=KEPT_FOR + dt.timedelta(days=1))
    _sent(session, everyone_allowed, fresh, ago=KEPT_FOR - dt.timedelta(days=1))
    ask_for(session, Actor.system("a test"), TRIMMING)
    session.flush()
    assert work_next()
    assert list(session.execute(sa.select(col(Command.key))).scalars()) == [fresh]
    assert forget_commands(session) == 0
