"""The web server: Reflex's backend and the built frontend on one port, served by Granian in this process group."""

import gc
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer as Granian

from hms_app.config import Settings
from hms_app.runtime import frontend
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.logs import WEB_SERVER_LOGGING, mute_prints, silence_libraries
from hms_app.runtime.paths import ROOT
from hms_app.runtime.stopping import die_with_parent, postponed
from hms_app.runtime.watchdog import watched

STOP_SECONDS: Final = 10
"""How long open connections may keep a worker that was told to stop."""
MEMORY_LOOK_SECONDS: Final = 5
MEMORY_LOOKS: Final = 3
"""A worker is replaced once it was above its memory limit at so many looks in a row."""
HEADER_SECONDS: Final = 15
"""How long a request's headers may take, and how long a connection may say nothing between two requests."""
HEADER_BYTES: Final = 64 * 1024
MOST_CONNECTIONS: Final = 4096
"""Of all workers together; who comes later waits in the system's queue."""
_OWN_FILES: Final = 256
"""Files a process has open beside its visitors': database connections, logs, libraries."""
_SOCKET_SECONDS: Final = 30
"""How long a browser's heartbeat may fail before its websocket is ended."""
_FIRST_TO_GO: Final = "500"
"""Where the machine's memory ends, its kernel ends a worker before it ends the database or the launcher."""


def ensure_port_free(host: str, port: int) -> None:
    """Raise StartRefused with a sentence when nobody can listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise StartRefused(f"There is no address {host} on this machine.") from error
    except PermissionError as error:
        raise StartRefused(
            f"Port {port} needs more rights than this user has; choose one above 1023."
        ) from error
    except OSError as error:
        raise StartRefused(
            f"Port {port} on {host} is in use or not available; choose another with --port."
        ) from error


def prepare_environment(settings: Settings, *, app_url: str, host: str, port: int) -> None:
    """Set what the workers read from the process environment."""
    os.environ.update(frontend.environment())
    os.environ.update(
        HMS_APP_DATABASE_URL=app_url,
        HMS_DATA_DIR=str(settings.data_dir),
        HMS_HOST=host,
        HMS_PORT=str(port),
        HMS_MODE=settings.mode,
        REFLEX_FRONTEND_PORT=str(port),
        REFLEX_BACKEND_PORT=str(port),
        GRANIAN_WORKERS=str(settings.workers),
        REFLEX_SOCKET_TIMEOUT=str(_SOCKET_SECONDS),
    )


def serve(settings: Settings, *, host: str, port: int, web: Path) -> None:
    """Serve until SIGTERM or Ctrl-C, with the built frontend in `web`; the environment must be prepared."""
    os.chdir(ROOT)
    with postponed():
        target = _load_application(web)
    silence_libraries()
    os.register_at_fork(after_in_child=_become_worker)
    web_server = make_web_server(target, settings, host=host, port=port)
    try:
        with watched(web_server, settings.data_dir / "pulse", seconds=settings.watchdog_seconds):
            web_server.serve()
    except SystemExit as ended:
        if ended.code:
            raise StartRefused(
                "The web server ended by itself; the log in HMS_DATA_DIR says more."
            ) from ended
        raise


def make_web_server(target: str, settings: Settings, *, host: str, port: int) -> Any:
    """The web server that starts workers, and others for those that fail or have grown too large.

    It has bounds on connections that were not heard yet.
    """
    _allow_connections(MOST_CONNECTIONS)
    return Granian(
        target,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        # Browsers speak HTTP/2 over TLS only, which is the proxy's; its bounds and its faults are not needed here.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEADER_BYTES),
        backlog=MOST_CONNECTIONS,
        workers=settings.workers,
        workers_kill_timeout=STOP_SECONDS,
        workers_max_rss=settings.worker_memory_mb or None,
        rss_sample_interval=MEMORY_LOOK_SECONDS,
        rss_samples=MEMORY_LOOKS,
        respawn_failed_workers=True,
        log_level=LogLevels.info,
        log_dictconfig=WEB_SERVER_LOGGING,
    )


def _allow_connections(number: int) -> None:
    """Let this process and its workers have so many files open, as far as the system permits."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + _OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _load_application(web: Path) -> str:
    """Import the application before the workers are forked, which then share its memory; answers where it is."""
    from reflex.utils import exec as reflex_exec
    from reflex.utils import prerequisites
    from reflex_base.constants import Env
    from reflex_base.environment import environment

    environment.REFLEX_WEB_WORKDIR.set(web)
    environment.REFLEX_ENV_MODE.set(Env.PROD)
    environment.REFLEX_SKIP_COMPILE.set(True)
    environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.set(True)
    prerequisites.get_app()
    gc.collect()
    gc.freeze()
    return reflex_exec.get_app_instance_from_file()


def serve_development(host: str, port: int) -> int:
    """Serve with hot reload until stopped; returns Reflex's exit status."""
    command = [sys.executable, "-m", "reflex", "run", "--env", "preview"]
    command += ["--frontend-port", str(port), "--backend-host", host]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**frontend.environment(), "REFLEX_WEB_WORKDIR": str(frontend.development_directory())},
        preexec_fn=die_with_parent if os.name != "nt" else None,
    )
    try:
        return process.wait()
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        raise


def _become_worker() -> None:
    """Until a worker has handlers of its own it ends at once when it is told to, not when its parent's say so."""
    for request in (signal.SIGTERM, signal.SIGINT):
        signal.signal(request, signal.SIG_DFL)
    mute_prints()
    die_with_parent()
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
