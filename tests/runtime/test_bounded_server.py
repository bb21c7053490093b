"""What strangers can make the web server hold: unfinished messages, headers and bodies that never end."""

import base64
import os
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
MEGABYTE = 1_000_000
TEXT, MORE, END = 1, 0, 0x80  # The kind of a frame, that it goes on another, and that it is the last.
LONG_SECONDS = 30
"""Far longer than anything here may take."""
STUCK_SECONDS = 2
"""How long nobody takes what is sent, until it is given up."""


@dataclass
class Server:
    """A running server: its port, and the process that serves."""

    port: int
    worker: psutil.Process

    def memory(self) -> int:
        """Bytes that the serving process has in memory."""
        return int(self.worker.memory_info().rss)

    def is_well(self) -> bool:
        """Whether it answers."""
        return _pid(self.port) == self.worker.pid


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.runtime.bounded_server", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (pid := _pid(port)):
        assert process.poll() is None
        threading.Event().wait(0.05)
    yield Server(port, psutil.Process(pid))
    process.terminate()
    process.wait(LONG_SECONDS)


def _pid(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=LONG_SECONDS) as answer:
            return int(answer.read())
    except OSError:
        return 0


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG_SECONDS) as line:
        yield line


@contextmanager
def websocket(server: Server) -> Iterator[socket.socket]:
    """An open websocket, to be fed with frames by hand."""
    host = f"127.0.0.1:{server.port}"
    key = base64.b64encode(os.urandom(16)).decode()
    with connected(server) as line:
        line.sendall(
            f"GET /_event HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        said = b""
        while not said.endswith(b"\r\n\r\n"):
            said += line.recv(1)
        assert b" 101 " in said
        yield line


def frame(data: bytes, kind: int) -> bytes:
    """A masked frame (with the mask of zeros)."""
    return struct.pack("!BBQ", kind, 0x80 | 127, len(data)) + bytes(4) + data


def is_cut_off(line: socket.socket, data: bytes, times: int) -> bool:
    """Whether the connection ends while so much is sent; who sends on may be stuck, but is told that it ended."""
    line.settimeout(STUCK_SECONDS)
    with suppress(OSError):
        for _ in range(times):
            line.sendall(data)
    line.settimeout(LONG_SECONDS)
    try:
        while line.recv(1000):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def test_a_whole_message_of_the_largest_size_arrives(server: Server) -> None:
    with websocket(server) as line:
        for _ in range(3):
            line.sendall(frame(b"a" * MEGABYTE, TEXT | END))
            assert line.recv(1000).endswith(b"1000000")


def test_a_message_that_does_not_end_is_cut_off_and_leaves_no_memory_behind(server: Server) -> None:
    before = server.memory()
    for _ in range(5):
        with websocket(server) as line:
            line.sendall(frame(b"a", TEXT))
            assert is_cut_off(line, frame(b"a" * MEGABYTE, MORE), 60)
    assert server.is_well()
    assert server.memory() - before < 80 * MEGABYTE


def test_many_small_pieces_and_one_that_is_announced_only_are_cut_off_as_well(server: Server) -> None:
    with websocket(server) as line:
        line.sendall(frame(b"a", TEXT))
        assert is_cut_off(line, frame(b"a" * 100, MORE) * 200, 400)
    with websocket(server) as line:
        line.sendall(struct.pack("!BBQ", TEXT | END, 0x80 | 127, 15 * MEGABYTE) + bytes(4))
        assert is_cut_off(line, b"a" * MEGABYTE, 14)
    assert server.is_well()


def test_a_whole_message_that_is_too_large_is_not_heard(server: Server) -> None:
    with websocket(server) as line:
        line.sendall(frame(b"a" * (MEGABYTE + 1), TEXT | END))
        assert not line.recv(1000).endswith(b"1000001")


@pytest.mark.parametrize(
    "begun",
    [
        "GET /healthz HTTP/1.1\r\nHost: x\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /form HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 100\r\n\r\na=",
        "POST /form HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Transfer-Encoding: chunked\r\n\r\n2\r\na=\r\n",
        "POST /healthz HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Length: 100\r\n\r\n",
    ],
    ids=["headers", "silence after an answer", "body", "chunked body", "body nobody reads"],
)
def test_a_request_that_does_not_go_on_is_ended(server: Server, begun: str) -> None:
    with connected(server) as line:
        line.sendall(begun.encode())
        while line.recv(1000):
            pass
    assert server.is_well()


def test_a_body_that_trickles_is_told_so(server: Server) -> None:
    with connected(server) as line:
        line.sendall(
            b"POST /form HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n"
        )
        done = threading.Event()
        trickle = threading.Thread(target=_trickle, args=(line, done))
        trickle.start()
        said = line.recv(1000)
        done.set()
        trickle.join()
    assert said.startswith(b"HTTP/1.1 5"), "The small application has no sentence for it; the routes do."


def _trickle(line: socket.socket, done: threading.Event) -> None:
    try:
        while not done.wait(0.05):
            line.sendall(b"a")
    except OSError:
        pass


def test_headers_that_are_too_long_are_refused(server: Server) -> None:
    with connected(server) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000)
        assert line.recv(1000).startswith(b"HTTP/1.1 431")


def test_only_the_protocol_that_browsers_speak_without_tls_is_spoken(server: Server) -> None:
    with connected(server) as line:
        line.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        assert not line.recv(1000).startswith(b"\0\0")
