"""Which tab hears of which change, how often, and what a refresh is not."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from reflex_base.event import Event
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.live import EVERY_RECORD, PATIENTS, record_topic
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.patients.tables import Patient
from hms_app.domain.security.tables import UserRole, UserSession
from hms_app.navigation import AUDIT_TRAIL, PATIENT_RECORD, USERS
from hms_app.state.live import APART, LIVE, SCREENS, LiveTabs
from tests.event_path import Browser, browser
from tests.factories.patients import make_patient
from tests.state.conftest import handler, sent

RECORD = "/patients/{}"
HEARD_WITHIN = 5.0


class Rung:
    """Collects what a tab would be refreshed with; a refresh lasts until it is let go."""

    def __init__(self) -> None:
        self.refreshed: list[tuple[str, str]] = []
        self.at: list[float] = []
        self.gone: set[str] = set()
        self.at_once = self.most_at_once = 0
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.tabs = LiveTabs()
        self.tabs.connect(self.refresh, lambda token: token not in self.gone)

    async def refresh(self, token: str, name: str) -> None:
        self.refreshed.append((token, name))
        self.at.append(asyncio.get_running_loop().time())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.began.set()
        await self.may_end.wait()
        self.at_once -= 1

    async def settled(self) -> None:
        """Wait until every tab's turn is over."""
        tasks = [tab.task for tab in self.tabs._tabs.values() if tab.task is not None]
        if tasks:
            await asyncio.wait(tasks)


def _with_rung(scene: Callable[[Rung], Awaitable[None]]) -> Rung:
    async def play() -> Rung:
        rung = Rung()
        await scene(rung)
        rung.tabs.stop()
        return rung

    return asyncio.run(play())


def test_only_tabs_that_watch_a_topic_hear_of_it() -> None:
    async def scene(rung: Rung) -> None:
        rung.tabs.watch("one", "record.refresh", [record_topic(1)])
        rung.tabs.watch("other", "record.refresh", [record_topic(2)])
        rung.tabs.watch("list", "patients.refresh", [PATIENTS])
        rung.tabs.ring(record_topic(1))
        await rung.settled()

    assert _with_rung(scene).refreshed == [("one", "record.refresh")]


def test_a_change_of_many_records_reaches_every_record_and_nothing_else() -> None:
    async def scene(rung: Rung) -> None:
        rung.tabs.watch("one", "record.refresh", [record_topic(1)])
        rung.tabs.watch("rooms", "rooms.refresh", ["room"])
        rung.tabs.ring(EVERY_RECORD)
        await rung.settled()

    assert _with_rung(scene).refreshed == [("one", "record.refresh")]


def test_a_tab_watches_what_its_latest_page_shows() -> None:
    async def scene(rung: Rung) -> None:
        rung.tabs.watch("one", "rooms.refresh", ["room"])
        rung.tabs.watch("one", "payers.refresh", ["payer"])
        for topic in ("room", "payer"):
            rung.tabs.ring(topic)
        await rung.settled()

    assert _with_rung(scene).refreshed == [("one", "payers.refresh")]


def test_a_burst_is_one_refresh_at_once_and_one_when_its_time_has_come() -> None:
    async def scene(rung: Rung) -> None:
        rung.tabs.watch("one", "rooms.refresh", ["room"])
        for _ in range(100):
            rung.tabs.ring("room")
            await asyncio.sleep(0)
        await rung.settled()

    rung = _with_rung(scene)
    assert len(rung.refreshed) == 2
    assert rung.at[1] - rung.at[0] >= APART


def test_no_second_refresh_of_a_tab_begins_before_the_first_has_ended() -> None:
    async def scene(rung: Rung) -> None:
        rung.may_end.clear()
        rung.tabs.watch("one", "rooms.refresh", ["room"])
        rung.tabs.ring("room")
        await rung.began.wait()
        rung.tabs.ring("room")
        asyncio.get_running_loop().call_later(2 * APART, rung.may_end.set)
        await rung.settled()

    rung = _with_rung(scene)
    assert (len(rung.refreshed), rung.most_at_once) == (2, 1)


def test_a_tab_that_was_left_is_forgotten() -> None:
    async def scene(rung: Rung) -> None:
        rung.tabs.watch("one", "rooms.refresh", ["room"])
        rung.tabs.watch("other", "rooms.refresh", ["room"])
        rung.gone.update({"one", "other"})
        rung.tabs.ring("room")
        await rung.settled()
        assert rung.tabs.watched("one") == frozenset()
        rung.gone = {"other"}
        rung.tabs.watch("one", "rooms.refresh", ["room"])
        assert rung.tabs.watched("other") == frozenset()

    assert _with_rung(scene).refreshed == []


async def _watching(client: Browser, route: str, **at: Any) -> None:
    await client.send(handler("live_state.watch"), {"route": route}, **at)
    assert client.failures == []


async def _refreshed(client: Browser, topic: str, tab: str) -> None:
    """Ring, as the listener does, and wait until the tab's refresh is done."""
    done = asyncio.Event()

    async def refresh(token: str, name: str) -> None:
        future = await client.processor.enqueue(token, Event(name=name, payload={}))
        await future.wait_all()
        done.set()

    client.updates.clear()
    LIVE.connect(refresh, lambda _token: True)
    LIVE.ring(topic)
    async with asyncio.timeout(HEARD_WITHIN):
        await done.wait()
    LIVE.leave(tab)


def test_a_refresh_shows_what_changed_and_is_neither_a_look_nor_activity(
    session: Session,
    as_role: Callable[[str], str],
) -> None:
    patient = make_patient(session, family_name="Before")
    token = as_role("receptionist")
    at: dict[str, Any] = {"session": token, "tab": "one-tab", "address": RECORD.format(patient.key)}
    quiet = clock.now() - dt.timedelta(minutes=5)

    async def scene() -> tuple[dict[str, Any], int, int]:
        async with browser() as client:
            await _watching(client, PATIENT_RECORD.route, **at)
            await client.send(handler("patient_record_state.load"), **at)
            session.execute(sa.update(UserSession).values(last_seen_at=quiet))
            session.execute(
                sa.update(Patient).where(col(Patient.id) == patient.key).values(family_name="After")
            )
            session.commit()
            entries = _entries(session)
            await _refreshed(client, record_topic(patient.key), "one-tab")
            assert client.failures == []
            return sent(client, "patient_head_state"), entries, _entries(session)

    head, before, after = asyncio.run(scene())
    assert "After" in head["banner"]["name"]
    assert before == after
    assert set(session.exec(select(UserSession.last_seen_at)).all()) == {quiet}


@pytest.mark.parametrize("route", sorted(SCREENS))
def test_a_refresh_of_any_screen_leaves_no_entry_and_no_problem(
    session: Session,
    as_role: Callable[..., str],
    route: str,
) -> None:
    patient = make_patient(session)
    token = as_role("administrator", "doctor", "receptionist")
    address = route.replace("[patient_id]", str(patient.key)).replace("[job_id]", "1")
    at: dict[str, Any] = {"session": token, "tab": "one-tab", "address": address}
    name = SCREENS[route].handler

    async def scene() -> tuple[int, str]:
        async with browser() as client:
            await client.send(f"{name.rpartition('.')[0]}.load", **at)
            before = _entries(session)
            await client.send(name, **at)
            assert client.failures == []
            return _entries(session) - before, client.sent_text()

    written, text = asyncio.run(scene())
    assert written == 0
    assert "_refuse" not in text
    assert "not permitted" not in text.lower()


def _entries(session: Session) -> int:
    return int(session.execute(sa.select(sa.func.count()).select_from(AuditEntry)).scalar_one())


def test_who_lost_the_right_is_refreshed_with_nothing(
    session: Session,
    as_role: Callable[[str], str],
) -> None:
    patient = make_patient(session, family_name="Hidden")
    token = as_role("receptionist")
    at: dict[str, Any] = {"session": token, "tab": "one-tab", "address": RECORD.format(patient.key)}

    async def scene() -> tuple[str, str]:
        async with browser() as client:
            await _watching(client, PATIENT_RECORD.route, **at)
            session.execute(sa.delete(UserRole))
            session.commit()
            await _refreshed(client, record_topic(patient.key), "one-tab")
            return client.sent_text(), str(sent(client, "patient_head_state"))

    text, head = asyncio.run(scene())
    assert "Hidden" not in text
    assert "Hidden" not in head


def test_a_page_that_shows_nothing_live_takes_the_tab_off(
    session: Session,
    as_role: Callable[[str], str],
) -> None:
    token = as_role("administrator")

    async def scene() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        async with browser() as client:
            LIVE.connect(client.processor.enqueue, lambda _token: True)  # type: ignore[arg-type]
            at: dict[str, Any] = {"session": token, "tab": "one-tab"}
            await _watching(client, USERS.route, address=USERS.route, **at)
            users = LIVE.watched("one-tab")
            await _watching(client, PATIENT_RECORD.route, address="/patients/0", **at)
            nobody = LIVE.watched("one-tab")
            await _watching(client, USERS.route, address=USERS.route, **at)
            await _watching(client, AUDIT_TRAIL.route, address=AUDIT_TRAIL.route, **at)
            return users, nobody, LIVE.watched("one-tab")

    users, nobody, left = asyncio.run(scene())
    assert users == set(SCREENS[USERS.route].topics)
    assert (nobody, left) == (frozenset(), frozenset())
