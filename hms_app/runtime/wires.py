"""What the kernel has received on a connection, whatever the web server did with it.

The web server gathers the pieces of a websocket message up to 64 MiB before anybody else sees one, and has no setting
for it. The kernel counts the bytes of each connection; who sends more than any message of ours may weigh without
ending one is cut off. Linux counts so since 4.1; elsewhere `wire_of` finds nothing and only the heartbeat, which an
unfinished message holds up, ends such a connection.
"""

import os
import socket
import stat
import struct
import sys
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Final

_DESCRIPTORS: Final = Path("/proc/self/fd")
_INFO_BYTES: Final = 192
_RECEIVED_AT: Final = 128
"""Where `tcpi_bytes_received` stands in `struct tcp_info` (linux/tcp.h)."""


class Wire:
    """One connection of this process; a second handle on it, which must be closed like any file."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._settled = self._received()

    def settle(self) -> None:
        """A message has arrived: what was received until now is accounted for."""
        self._settled = self._received()

    def unsettled(self) -> int:
        """Bytes received since the last whole message."""
        return self._received() - self._settled

    def cut(self) -> None:
        """End the connection at once."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let this handle go; the connection itself is the web server's."""
        self._connection.close()

    def _received(self) -> int:
        info = self._connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
        return int(struct.unpack_from("Q", info, _RECEIVED_AT)[0]) if len(info) >= _RECEIVED_AT + 8 else 0


def wire_of(address: str, port: int) -> Wire | None:
    """The connection of this process whose other end is there, or None where that cannot be found."""
    if sys.platform != "linux":
        return None
    for entry in _DESCRIPTORS.iterdir():
        with suppress(OSError):
            number = int(entry.name)
            if stat.S_ISSOCK(os.fstat(number).st_mode) and (found := _ends_at(number, address, port)):
                return Wire(found)
    return None


def _ends_at(descriptor: int, address: str, port: int) -> socket.socket | None:
    handle = socket.socket(fileno=os.dup(descriptor))
    with suppress(OSError):
        if handle.family in {socket.AF_INET, socket.AF_INET6}:
            found = handle.getpeername()
            if found[1] == port and _plain(found[0]) == _plain(address):
                return handle
    handle.close()
    return None


def _plain(address: str) -> str:
    parsed = ip_address(address.partition("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
