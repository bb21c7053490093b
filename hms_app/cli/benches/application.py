"""The real application, started as an operator starts it, and real browsers' tabs on its websocket."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

import httpx
import psutil
from simple_websocket import AioClient, ConnectionClosed  # type: ignore[import-untyped]

from hms_app.cli.benches.sample import enlarge
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.paths import ROOT

START_SECONDS: Final = 300
STOP_SECONDS: Final = 60
ANSWER_SECONDS: Final = 30
_NAMESPACE: Final = "/_event"
_PROTOCOL: Final = "bench"
"""What the server answers with; the tab's token stands beside it, in no address."""
_SUFFIX: Final = "_rx_state_"
"""What the names of a state's variables end with on their way."""
_ANYTHING: Final = object()
Until = Callable[[dict[str, Any]], bool]
"""Says of the variables that an event has shown so far, by state, whether that is all."""
_UNSET: Final = (
    *("HMS_DATABASE_URL", "HMS_APP_DATABASE_URL", "HMS_REDIS_URL", "HMS_SECRET_KEY"),
    *("HMS_PUBLIC_URL", "HMS_PLAIN_HTTP", "HMS_WORKERS"),
)
"""Settings of the operator's own hospital; a measurement never touches it."""


@dataclass
class Application:
    """A started application: where it listens, what it runs as, and how long it took to answer."""

    port: int
    data_dir: Path
    process: subprocess.Popen[bytes]
    seconds_to_ready: float

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def worker(self) -> psutil.Process:
        """The process that serves the screens: a fork of the launcher."""
        launcher = psutil.Process(self.process.pid)
        return next(child for child in launcher.children() if child.cmdline() == launcher.cmdline())

    @property
    def database(self) -> psutil.Process:
        """The embedded server."""
        lock = next(self.data_dir.rglob("postmaster.pid"))
        return psutil.Process(int(lock.read_text(encoding="utf-8").split()[0]))

    def is_ready(self) -> bool:
        """Whether it answers and its database does."""
        return _is_ready(self.port)

    def memory_mb(self) -> float:
        """Resident memory of all its processes and its database's; shared pages are counted once (on Linux)."""
        return round(sum(_resident(process) for process in self._processes()) / 2**20, 1)

    def _processes(self) -> list[psutil.Process]:
        roots = (psutil.Process(self.process.pid), self.database)
        found = {process.pid: process for root in roots for process in (root, *root.children(recursive=True))}
        return list(found.values())


@contextmanager
def running(command: str, data_dir: Path, **settings: str) -> Iterator[Application]:
    """Run `hms.py COMMAND` on a free port until it is ready, and stop it afterwards; raises StartRefused.

    `settings` are further variables of its environment.
    """
    port = _free_port()
    environment = os.environ | dict.fromkeys(_UNSET, "")
    environment |= {"HMS_DATA_DIR": str(data_dir), "HMS_HOST": "127.0.0.1", "HMS_MODE": "production"}
    environment |= settings
    started = time.perf_counter()
    log = data_dir / "bench.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hms_app.cli", command, "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        while not _is_ready(port):
            if process.poll() is not None or time.perf_counter() - started > START_SECONDS:
                last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
                raise StartRefused(f"The application did not start: {' '.join(last)}")
            threading.Event().wait(0.1)
        yield Application(port, data_dir, process, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        process.kill()


def fill(data_dir: Path, *, copies: int) -> int:
    """Read so many copies of the sample's 27 people into a running demo hospital; answers how many people."""
    with TemporaryDirectory() as directory:
        enlarge(Path(directory), copies=copies, stems=frozenset({"patients"}))
        done = command_in(data_dir, "import", "synthea", directory, "--json")
        if done.returncode:
            raise StartRefused(f"The patients could not be read: {done.stderr.strip()}")
        return (Path(directory) / "patients.csv").read_text(encoding="utf-8").count("\n") - 1


def command_in(data_dir: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run another command of `hms.py` in the demo hospital of a data directory."""
    return subprocess.run(
        [sys.executable, "-m", "hms_app.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(_UNSET, ""), "HMS_DATA_DIR": str(data_dir / "demo")},
        capture_output=True,
        text=True,
        check=False,
    )


async def sign_in(application: Application, email: str, password: str) -> str:
    """Sign in through the form and return the session's cookie."""
    async with httpx.AsyncClient(base_url=application.url) as client:
        answer = await client.post(
            "/auth/sign-in",
            data={"email": email, "password": password},
            headers={"Origin": application.url},
            timeout=ANSWER_SECONDS,
        )
    for cookie in answer.headers.get_list("set-cookie"):
        if cookie.startswith("hms_session="):
            return cookie.partition(";")[0]
    raise StartRefused(f"Signing in as {email} failed with status {answer.status_code}.")


def shows(name: str, value: Any = _ANYTHING) -> Until:
    """Whether some state has shown the variable `name`, and that its latest value is `value`."""

    def is_shown(states: dict[str, Any]) -> bool:
        found = [
            now
            for variables in states.values()
            for variable, now in variables.items()
            if variable.removesuffix(_SUFFIX) == name
        ]
        return bool(found) and (value is _ANYTHING or value in found)

    return is_shown


class _Websocket(AioClient):  # type: ignore[misc]
    """A websocket that names its port in `Host`, as browsers do."""

    host: str
    port: int

    async def handshake(self) -> None:
        self.host = f"{self.host}:{self.port}"
        await super().handshake()


@dataclass
class Tab:
    """A browser's tab: its own websocket and its own state on the server."""

    application: Application
    cookie: str
    page: str
    token: str = field(default_factory=lambda: uuid4().hex)
    headers: dict[str, str] = field(default_factory=dict)
    """Further ones, for a tab that comes through a proxy."""
    _socket: Any = None
    _listener: "asyncio.Task[None] | None" = None
    _heard: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)

    async def open(self) -> None:
        """Connect and say hello as Socket.IO wants it."""
        self._socket = await _Websocket.connect(
            f"ws://127.0.0.1:{self.application.port}{_NAMESPACE}/?EIO=4&transport=websocket",
            subprotocols=[_PROTOCOL, f"hms-tab.{self.token}"],
            headers={"Cookie": self.cookie, "Origin": self.application.url, **self.headers},
        )
        self._heard = asyncio.Queue()
        self._listener = asyncio.create_task(_listen(self._socket, self._heard))
        await self._received("0")
        await self._socket.send(f"40{_NAMESPACE},")
        await self._received(f"40{_NAMESPACE},")

    async def close(self) -> None:
        """Hang up."""
        if self._listener:
            self._listener.cancel()
        with suppress(Exception):
            await self._socket.close()

    async def send(self, name: str, payload: dict[str, Any] | None = None, *, until: Until) -> dict[str, Any]:
        """Send one event and wait until what its state has shown is the answer; raises TimeoutError.

        No message says that it is an event's last one, so the caller says what it waits for. What brings nothing but
        events of the browser's own (a toast, another address) is a refusal, and ends the wait too.
        """
        await self.tell(name, payload)
        shown: dict[str, Any] = {}
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                update = await self._update()
                for state, values in (update.get("delta") or {}).items():
                    shown.setdefault(state, {}).update(values)
                if until(shown) or (update.get("events") and not update.get("delta")):
                    return shown

    async def tell(self, name: str, payload: dict[str, Any] | None = None) -> None:
        """Send one event and wait for nothing."""
        event = {
            "name": name,
            "payload": payload or {},
            "token": self.token,
            "router_data": {"pathname": self.page, "asPath": self.page, "query": {}},
        }
        await self._socket.send(f"42{_NAMESPACE},{json.dumps(['event', event])}")

    async def _update(self) -> dict[str, Any]:
        """The next update of a state."""
        while True:
            message = await self._received(f"42{_NAMESPACE},")
            kind, update = json.loads(message.split(",", 1)[1])
            if kind == "event":
                read: dict[str, Any] = json.loads(update) if isinstance(update, str) else update
                return read

    async def hears(self, wanted: str) -> None:
        """Wait until the server says something in which this text stands, unasked."""
        while wanted not in await self._received(f"42{_NAMESPACE},"):
            pass

    async def _received(self, prefix: str) -> str:
        """The next message that starts so; raises StartRefused once the server has hung up."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while (message := await self._heard.get()) is not None:
                if message.startswith(prefix):
                    return message
        raise StartRefused("The application hung up on a tab.")


async def _listen(socket: Any, heard: "asyncio.Queue[str | None]") -> None:
    """Hear what the server says, and answer its pings also while nobody waits: else it would hang up."""
    try:
        while True:
            message = str(await socket.receive())
            if message == "2":
                await socket.send("3")
            else:
                heard.put_nowait(message)
    except ConnectionClosed:
        heard.put_nowait(None)


def _resident(process: psutil.Process) -> int:
    try:
        return int(getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss)
    except psutil.Error:
        return 0


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
