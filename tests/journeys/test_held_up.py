"""A real hospital that is sent what no browser sends, and whose worker is held up or grows too large."""

import json
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import httpx
import psutil
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.journeys.conftest import Hospital, start_hospital, stop_hospital, wait_until

MARK = "Zeplinskaja"
FORGED = f'{MARK}\n{{"event": "{MARK} was here", "level": "info"}}\r\n{MARK}\u2028\x1b[2J'
"""Somebody's name, and a line that looks like one of the log's."""
TEXT = json.dumps(FORGED)
ORDERED = """
import os, signal

def obey(*_):
    with open(os.environ["TEST_ORDER"]) as order:
        exec(order.read(), globals())

signal.signal(signal.SIGUSR2, obey)
"""
"""Python runs this before any program: at a signal its main thread, where the event loop is, obeys a file."""
MEGABYTES = 700
MESSAGES = (
    f'2/_event,["event",{TEXT}]',
    f'2/_event,["event",[{TEXT}]]',
    f'2/_event,["event",{{"name":{TEXT},"payload":{{"x":{TEXT}}}}}]',
    f'2/_event,["event",{{"name":"state.hydrate","router_data":{TEXT}}}]',
    f'2/_event,["event",{{"name":"state.hydrate","payload":{TEXT},"router_data":{{}}}}]',
    f'2/_event,["event",{{"name":"{MARK}","token":{TEXT},"router_data":{{"pathname":{TEXT}}}}}]',
    f'2/_event,["event",{{"payload":{TEXT}}}]',
    f'2/_event,["event",{TEXT},{TEXT}]',
    f'2/_event,["ping",{TEXT}]',
    f'2/_event,["client_error",{{"error_type":{TEXT},"message":{TEXT}}}]',
    f'2/_event,["{MARK}",{TEXT}]',
    f'2/{MARK},["event",{TEXT}]',
    f'2/_event,{{"{MARK}":1}}',
    f'2/_event,"{MARK}"',
    f"2/_event,[{TEXT}",
    f'2/_event,[["{MARK}"]]',
    f"3/_event,17[{TEXT}]",
    f'5/_event,1-["event",{{"_placeholder":true,"num":0,"{MARK}":1}}]',
    f"9{MARK}",
    FORGED,
    f'0/_event,{{"event":{TEXT},"state_schema":{TEXT}}}',
    f"0/_event,{TEXT}",
    f"4/_event,{TEXT}",
    f"1/{MARK},",
)
"""Socket.IO messages that no browser of ours sends; most end in an exception of some library."""


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that a worker obeys."""
    return tmp_path_factory.mktemp("order") / "order.py"


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, order: Path) -> Iterator[Hospital]:
    """An empty hospital of one worker that is watched closely."""
    hooks: Path = tmp_path_factory.mktemp("hooks")
    (hooks / "sitecustomize.py").write_text(ORDERED)
    settings = {"PYTHONPATH": str(hooks), "TEST_ORDER": str(order)}
    settings |= {"HMS_WATCHDOG_SECONDS": "10", "HMS_WORKER_MEMORY_MB": str(MEGABYTES)}
    started = start_hospital(tmp_path_factory.mktemp("held-up"), "run", settings=settings)
    yield started
    assert stop_hospital(started) == 0


def worker_of(hospital: Hospital) -> psutil.Process:
    """The one worker of the server."""
    wait_until(lambda: len(hospital.workers()) == 1)
    return hospital.workers()[0]


def command(hospital: Hospital, order: Path, code: str) -> psutil.Process:
    """Let the worker's event loop run this code; returns the worker."""
    worker = worker_of(hospital)
    order.write_text(code)
    worker.send_signal(signal.SIGUSR2)
    return worker


def socket_of(hospital: Hospital, token: str = "tab") -> ClientConnection:
    """A websocket like a page's, whatever is sent over it."""
    address = hospital.url.replace("http", "ws", 1)
    query = f"EIO=4&transport=websocket&token={quote(token)}"
    return connect(f"{address}/_event/?{query}", origin=hospital.url, open_timeout=30)  # type: ignore[call-overload]


def send(hospital: Hospital, message: str, *, token: str = "tab") -> None:
    """Send a message over a connection of its own, and wait until the server has gone on to the next."""
    with suppress(WebSocketException, TimeoutError), socket_of(hospital, token) as socket:
        socket.send("40/_event,")
        while "/_event" not in str(socket.recv(timeout=10)):
            pass
        socket.send("4" + message)
        socket.send('42/_event,["ping"]')
        while "ping" not in str(socket.recv(timeout=3)):
            pass


def logged(hospital: Hospital, mark: str) -> list[str]:
    """What was said since the banner, once a request for `/mark` is among it."""
    httpx.get(f"{hospital.url}/{mark}")
    wait_until(lambda: f'"/{mark}"' in "".join(hospital.lines))
    said = list(hospital.lines)
    start = next(number for number, line in enumerate(said) if "Stop with Ctrl-C" in line)
    return [line for line in said[start + 1 :] if line.strip()]


def test_nothing_that_was_sent_stands_in_the_log_and_no_line_of_it_is_forged(hospital: Hospital) -> None:
    for message in MESSAGES:
        send(hospital, message)
    send(hospital, MESSAGES[0], token=FORGED)
    httpx.post(
        f"{hospital.url}/_event/?EIO=4&transport=polling",
        content=f"4{FORGED}",
        headers={"Origin": hospital.url},
    )
    httpx.get(f"{hospital.url}/readyz?name={quote(FORGED)}", headers={"X-Name": MARK, "Cookie": f"a={MARK}"})
    httpx.get(f"{hospital.url}/%0A%7B%22event%22:%22forged%22%7D")
    lines = logged(hospital, "after-the-messages")
    assert [line for line in lines if MARK in line] == []
    assert {type(json.loads(line)) for line in lines} == {dict}
    kept = Path(hospital.environment["HMS_DATA_DIR"], "logs", "hms.log").read_text()
    assert MARK not in kept
    assert all(json.loads(line)["event"] != "forged" for line in kept.splitlines())


@pytest.mark.parametrize(
    "code",
    [
        f"print({FORGED!r})",
        f"import sys; sys.stderr.write({FORGED!r})",
        f"import warnings; warnings.warn({FORGED!r})",
        f"import logging; logging.getLogger('some.library').error({FORGED!r})",
        f"import logging; logging.getLogger('hms.some').error('%s %s', {FORGED!r})",
        f"import threading; threading.Thread(target=int, args=({FORGED!r},)).start()",
        f"import asyncio; asyncio.get_event_loop().create_future().set_exception(ValueError({FORGED!r}))",
        f"import logging; logging.getLogger('engineio.server').exception({FORGED!r})",
    ],
)
def test_nothing_that_a_library_prints_stands_in_the_log(hospital: Hospital, order: Path, code: str) -> None:
    command(hospital, order, f"{code}\nimport logging; logging.getLogger('hms.test').warning('obeyed')")
    mark = f"after-{abs(hash(code))}"
    lines = logged(hospital, mark)
    assert [line for line in lines if MARK in line] == []
    assert {type(json.loads(line)) for line in lines} == {dict}
    assert any("obeyed" in line for line in lines)


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(3600)"])
def test_a_worker_that_does_not_answer_is_replaced(hospital: Hospital, order: Path, code: str) -> None:
    held = command(hospital, order, code)
    wait_until(lambda: not held.is_running())
    hospital.wait_until_ready()
    assert f"worker {held.pid} does not answer and is replaced" in "".join(hospital.lines)


def test_a_worker_that_grows_too_large_is_replaced_and_people_notice_nothing(
    hospital: Hospital, order: Path
) -> None:
    grown = command(hospital, order, f"kept = bytearray(b'x') * {MEGABYTES * 1_000_000}")
    refused: list[Exception] = []

    def is_replaced() -> bool:
        try:
            assert httpx.get(f"{hospital.url}/healthz", timeout=10).status_code == 200
        except httpx.HTTPError as error:
            refused.append(error)
        return not grown.is_running()

    wait_until(is_replaced)
    assert refused == []
    hospital.wait_until_ready()
    assert "RSS over threshold" in "".join(hospital.lines)
