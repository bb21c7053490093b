"""Whom the gate let in serves the first read of that event, and nothing else."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from reflex_base.event.context import EventContext
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.organization.queries import get_hospital_face
from hms_app.domain.security.service import mark_notices_read
from hms_app.state import admission
from tests.event_path import browser

ANNA = Actor(1, "Anna", frozenset(), session_id=1)
READS, CHANGES = get_hospital_face, mark_notices_read


def in_an_event(check: Callable[[], Any]) -> Any:
    """What `check` finds inside a context such as an event's."""

    async def run() -> Any:
        async with browser() as client:
            context = client.processor._root_context
            assert context is not None
            EventContext.set(context.fork(token="one"))
            return check()

    return asyncio.run(run())


def admit(asked_at: float | None = None) -> None:
    admission.admit(ANNA, "token", asked_at=time.monotonic() if asked_at is None else asked_at)


def test_the_first_read_of_an_event_asks_nobody_again() -> None:
    def check() -> Actor | None:
        admit()
        taken = admission.take(READS, "token")
        return taken.actor_now() if taken else None

    assert in_an_event(check) == ANNA


def test_a_second_read_asks_again() -> None:
    def check() -> object:
        admit()
        admission.take(READS, "token")
        return admission.take(READS, "token")

    assert in_an_event(check) is None


def test_what_may_change_something_asks_again_and_so_does_what_reads_after_it() -> None:
    def check() -> list[object]:
        admit()
        return [admission.take(CHANGES, "token"), admission.take(READS, "token")]

    assert in_an_event(check) == [None, None]


def test_another_session_is_another_person() -> None:
    def check() -> object:
        admit()
        return admission.take(READS, "another")

    assert in_an_event(check) is None


def test_an_event_that_follows_from_this_one_inherits_nobody() -> None:
    def check() -> object:
        admit()
        EventContext.set(EventContext.get().fork())
        return admission.take(READS, "token")

    assert in_an_event(check) is None


def test_what_waited_for_more_than_a_second_asks_again() -> None:
    def check() -> Actor | None:
        admit(asked_at=time.monotonic() - admission.GOOD_FOR_SECONDS - 0.1)
        taken = admission.take(READS, "token")
        assert taken is not None
        return taken.actor_now()

    assert in_an_event(check) is None


def test_who_was_dismissed_is_not_remembered() -> None:
    def check() -> object:
        admit()
        admission.dismiss()
        return admission.take(READS, "token")

    assert in_an_event(check) is None


def test_a_change_by_what_said_that_it_reads_is_not_committed(connection: sa.Connection) -> None:
    def change(session: Session) -> None:
        db.only_read(session)
        session.execute(sa.text("UPDATE payer SET name = name"))

    with pytest.raises(db.WroteWhileReading):
        db.in_transaction(change)
