"""A Redis of a test's own, with a password, that keeps nothing."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import redis

PASSWORD = "only-the-workers-know"


@contextmanager
def own_redis(directory: Path) -> Iterator[str]:
    """Its address, as long as it runs."""
    program = shutil.which("redis-server")
    assert program, "Redis is missing: install the package redis-server."
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = directory / "redis.conf"
    settings.write_text(
        f'bind 127.0.0.1\nport {port}\ndir {directory}\nrequirepass {PASSWORD}\nsave ""\nappendonly no\n'
    )
    process = subprocess.Popen([program, str(settings)], stdout=subprocess.DEVNULL)
    with closing(redis.Redis(port=port, password=PASSWORD)) as server:
        while not _answers(server):
            assert process.poll() is None
            threading.Event().wait(0.05)
    yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    process.terminate()
    assert process.wait(timeout=30) == 0


def _answers(server: "redis.Redis") -> bool:
    try:
        return bool(server.ping())
    except redis.RedisError:
        return False
