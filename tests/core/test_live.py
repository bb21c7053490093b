"""What a worker's listener hears: what was committed, by its topic, also after its connection was cut."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.listening import NAME, Listener
from hms_app.core.live import EVERY_RECORD, MOST_RECORDS, PATIENTS, record_topic
from hms_app.domain.audit import service as audit
from hms_app.domain.organization import service as organization
from hms_app.domain.organization.values import PayerInput
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import PatientAction
from hms_app.runtime.connection import libpq
from tests.factories.patients import make_patient

HEARD_WITHIN = 5.0


class Heard:
    """What a worker's listener hears."""

    def __init__(self) -> None:
        self.topics: list[str] = []
        self.again = 0
        self._changed = asyncio.Event()

    def topic(self, name: str) -> None:
        self.topics.append(name)
        self._changed.set()

    def once_more(self) -> None:
        self.again += 1
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(HEARD_WITHIN):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def _listening(engine: sa.Engine) -> AsyncIterator[Heard]:
    heard, url = Heard(), engine.url
    listener = Listener(libpq(url), url.password, on_topic=heard.topic, on_again=heard.once_more)
    task = asyncio.create_task(listener.run())
    async with asyncio.timeout(HEARD_WITHIN):
        while not _listeners(engine):
            await asyncio.sleep(0)
    yield heard
    task.cancel()
    await asyncio.wait({task}, timeout=HEARD_WITHIN)
    assert task.done()


_LISTENS = (
    "application_name = :name AND query LIKE 'LISTEN%' AND state = 'idle' AND datname = current_database()"
)


def _listeners(engine: sa.Engine) -> list[int]:
    with engine.connect() as connection:
        found = connection.execute(
            sa.text(f"SELECT pid FROM pg_stat_activity WHERE {_LISTENS}"), {"name": NAME}
        )
        return list(found.scalars())


def _add_payer(name: str, everyone: Actor) -> None:
    request = PayerInput.from_form({"name": name, "kind": "private"})
    db.in_transaction(lambda session: organization.add_payer(session, everyone, request=request))


def _register(session: Session, actor: Actor) -> int:
    patient = make_patient(session)
    audit.record(session, actor, PatientAction.PATIENT_REGISTERED, patient, patient_id=patient.key)
    return patient.key


async def _in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.to_thread(work, *arguments)


def test_a_change_is_heard_once_it_is_committed_by_its_table(
    committing: sa.Engine, everyone_allowed: Actor
) -> None:
    async def scene() -> list[str]:
        async with _listening(committing) as heard:
            await _in_thread(_add_payer, "Sick Fund", everyone_allowed)
            await heard.until(lambda: "payer" in heard.topics)
            return heard.topics

    topics = asyncio.run(scene())
    assert not [topic for topic in topics if topic.startswith("audit")]


def test_what_changed_a_patient_rings_for_the_record_and_for_lists(
    committing: sa.Engine, everyone_allowed: Actor
) -> None:
    made: list[int] = []

    def make(count: int) -> None:
        def work(session: Session) -> None:
            made.extend(_register(session, everyone_allowed) for _ in range(count))

        db.in_transaction(work)

    async def scene() -> tuple[list[str], list[str]]:
        async with _listening(committing) as heard:
            await _in_thread(make, 1)
            await heard.until(lambda: record_topic(made[0]) in heard.topics)
            one = list(heard.topics)
            heard.topics.clear()
            await _in_thread(make, MOST_RECORDS + 1)
            await heard.until(lambda: EVERY_RECORD in heard.topics)
            return one, heard.topics

    one, many = asyncio.run(scene())
    assert PATIENTS in one
    assert PATIENTS in many
    assert [topic for topic in many if topic.startswith("patient:")] == [EVERY_RECORD]


def test_what_was_undone_and_what_was_only_looked_at_is_not_heard(
    committing: sa.Engine, everyone_allowed: Actor
) -> None:
    def undo() -> None:
        with pytest.raises(ZeroDivisionError):
            db.in_transaction(lambda session: _register(session, everyone_allowed) // 0)

    async def scene() -> list[str]:
        async with _listening(committing) as heard:
            await _in_thread(undo)
            await _in_thread(db.in_transaction, lambda session: session.exec(select(Patient)).all())
            await _in_thread(_add_payer, "Sick Fund", everyone_allowed)
            await heard.until(lambda: "payer" in heard.topics)
            return heard.topics

    assert not [topic for topic in asyncio.run(scene()) if topic.startswith("patient")]


def test_a_listener_whose_connection_is_cut_hears_again_and_has_all_looked_at_once(
    committing: sa.Engine, owner_engine: sa.Engine, everyone_allowed: Actor
) -> None:
    async def scene() -> tuple[int, list[str]]:
        async with _listening(committing) as heard:
            (process,) = _listeners(committing)
            with owner_engine.connect() as connection:
                connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": process})
            await heard.until(lambda: heard.again > 0)
            await _in_thread(_add_payer, "Sick Fund", everyone_allowed)
            await heard.until(lambda: "payer" in heard.topics)
            return heard.again, heard.topics

    again, _topics = asyncio.run(scene())
    assert again == 1
