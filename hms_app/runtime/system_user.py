"""Whom PostgreSQL runs as when the launcher is root, which it refuses for itself."""

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from typing import Final

from hms_app.runtime.errors import StartRefused

SYSTEM_USER: Final = "hms-postgres"


def system_user() -> tuple[int, int]:
    """The unprivileged user PostgreSQL runs as when we are root; made when it can be, else `nobody`."""
    import pwd

    for name in (SYSTEM_USER, "nobody"):
        if name == SYSTEM_USER and sys.platform == "linux":
            _make_system_user()
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise StartRefused("PostgreSQL may not run as root, and there is no unprivileged user to run it as.")


def _make_system_user() -> None:
    import pwd

    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        program = shutil.which(
            "useradd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
        )
        if program:
            command = shlex.split(
                f"{program} --system --no-create-home --shell /usr/sbin/nologin {SYSTEM_USER}"
            )
            subprocess.run(command, capture_output=True, check=False)
