"""Two workers share what the screens know through Redis; where one dies, its tabs go on with the other."""

import pickle
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from playwright.sync_api import Page, expect

from tests.journeys.actions import (
    FIRST_ADMINISTRATOR,
    FIRST_PASSWORD,
    give_password,
    open_screen,
    set_up,
)
from tests.journeys.conftest import Hospital, start_hospital, stop_hospital, wait_until
from tests.redis_server import own_redis

WORKERS = 2
MOST_TABS = 20
"""More than enough that each worker gets one."""


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of our own."""
    with own_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Hospital]:
    """An empty hospital served by two workers."""
    directory: Path = tmp_path_factory.mktemp("two-workers")
    shared = {"HMS_WORKERS": str(WORKERS), "HMS_REDIS_URL": redis_url}
    started = start_hospital(directory, "run", settings=shared)
    everyone = [*_workers(started)]
    yield started
    everyone += _workers(started)
    assert stop_hospital(started) == 0
    assert [worker.pid for worker in everyone if worker.is_running()] == []


def test_open_tabs_go_on_when_either_worker_dies(page: Page, hospital: Hospital, redis_url: str) -> None:
    set_up(page, hospital)
    other = page.context.new_page()
    for tab in (page, other):
        open_screen(tab, hospital, "/hospital/departments")
    with closing(redis.Redis.from_url(redis_url)) as server:
        assert list(server.scan_iter("*departments_state*")) != []
    for turn, worker in enumerate(_workers(hospital)):
        worker.kill()
        worker.wait(10)
        wait_until(lambda: len(_workers(hospital)) == WORKERS)
        for tab, name in ((page, f"Cardiology {turn}"), (other, f"Radiology {turn}")):
            _add_department(tab, name)
    open_screen(page, hospital, "/hospital/departments")
    expect(page.get_by_role("row").filter(has_text="ology")).to_have_count(4)


def test_what_one_worker_changes_is_seen_by_the_tabs_of_the_other(
    page: Page, hospital: Hospital, redis_url: str
) -> None:
    page.goto(f"{hospital.url}/sign-in")
    give_password(page, FIRST_ADMINISTRATOR, FIRST_PASSWORD)
    page.wait_for_url(f"{hospital.url}/")
    tabs = [page]
    open_screen(page, hospital, "/hospital/departments")
    while len(_serving(redis_url)) < WORKERS:
        assert len(tabs) < MOST_TABS
        tabs.append(page.context.new_page())
        open_screen(tabs[-1], hospital, "/hospital/departments")
    _add_department(page, "Neurology")
    for tab in tabs:
        expect(tab.get_by_role("row").filter(has_text="Neurology")).to_be_visible()


def _serving(redis_url: str) -> set[str]:
    """The workers that hold a connection of a tab."""
    with closing(redis.Redis.from_url(redis_url)) as server:
        records: list[Any] = [server.get(key) for key in server.scan_iter("*token_manager_socket_record_*")]
    return {pickle.loads(record).instance_id for record in records if record is not None}


def _add_department(tab: Page, name: str) -> None:
    tab.locator("main").get_by_role("button", name="Add department").first.click()
    tab.locator("[name=name]").fill(name)
    tab.locator("[name=code]").fill(name[:4] + name[-1])
    tab.get_by_role("dialog").get_by_role("button", name="Add department").click()
    expect(tab.get_by_text(f"{name} was added.")).to_be_visible()


def _workers(hospital: Hospital) -> list[psutil.Process]:
    return hospital.workers()
