"""A line between a browser and the hospital that can be cut: a plain TCP relay."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.journeys.conftest import Hospital

PIECE = 65_536


@dataclass
class Line:
    """Relays what comes to `url` while it is whole; while it is cut, nothing gets through."""

    url: str
    door: socket.socket
    target: tuple[str, int] = ("", 0)
    is_whole: bool = True
    open_ends: set[socket.socket] = field(default_factory=set)

    def cut(self) -> None:
        """Break every connection, and take no new one."""
        self.is_whole = False
        for end in list(self.open_ends):
            self._close(end)

    def mend(self) -> None:
        """Let everything through again."""
        self.is_whole = True

    def lead_to(self, hospital: Hospital) -> None:
        """Let new connections end at this hospital."""
        self.target = ("127.0.0.1", urlsplit(hospital.url).port or 0)

    def serve(self) -> None:
        """Take connections until the door is closed."""
        with suppress(OSError):
            while True:
                near, _ = self.door.accept()
                self._relay(near)

    def _relay(self, near: socket.socket) -> None:
        try:
            if not self.is_whole:
                raise OSError("the line is cut")
            far = socket.create_connection(self.target)
        except OSError:
            near.close()
            return
        self.open_ends |= {near, far}
        for source, drain in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(source, drain), daemon=True).start()

    def _pass_on(self, source: socket.socket, drain: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                drain.sendall(piece)
        self._close(source)
        self._close(drain)

    def _close(self, end: socket.socket) -> None:
        self.open_ends.discard(end)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def line_to(hospital: Hospital) -> Iterator[Line]:
    """A line to a running hospital, under an address of its own."""
    door = socket.create_server(("127.0.0.1", 0))
    line = Line(f"http://localhost:{door.getsockname()[1]}", door)
    line.lead_to(hospital)
    threading.Thread(target=line.serve, daemon=True).start()
    yield line
    line.cut()
    door.close()
