"""`run`: the whole hospital on one port, until it is told to stop."""

import logging
import sys
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from sqlmodel import Session

from hms_app.config import Settings, get_settings
from hms_app.core import clock, db
from hms_app.domain.audit import queries as trail
from hms_app.runtime import frontend, server
from hms_app.runtime.connection import ensure_same_clock
from hms_app.runtime.data_directory import sole_server
from hms_app.runtime.database import Database, open_migrated
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.kept_heads import KeptHeads
from hms_app.runtime.logs import configure_logging
from hms_app.runtime.redis_server import ensure_redis
from hms_app.runtime.repeating import repeated
from hms_app.runtime.work_process import working

logger = logging.getLogger("hms.run")
KEEP_SECONDS: Final = 60
"""How often the trail's head is noted: what is cut from the end within it is not missed."""


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine's browsers can reach it."""
        return self.host in {"127.0.0.1", "::1", "localhost"}

    @property
    def url(self) -> str:
        """What to type into a browser on this machine."""
        if self.is_local or self.host in {"0.0.0.0", "::"}:  # noqa: S104
            return f"http://localhost:{self.port}"
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Rebuild and restart when the code changes.")] = False,
) -> None:
    """Start the hospital."""
    settings = get_settings()
    if dev:
        settings = settings.model_copy(update={"mode": "development"})
    start(settings, Address(host or settings.host, port or settings.port), dev=dev)


def start(settings: Settings, address: Address, *, dev: bool = False, name: str = "hms") -> None:
    """Open the database, build what changed and serve until SIGTERM or Ctrl-C."""
    with sole_server(settings.data_dir, settings.public_url or address.url):
        server.ensure_port_free(address.host, address.port)
        ensure_redis(settings)
        _serve(settings, address, dev=dev, name=name)


def _serve(settings: Settings, address: Address, *, dev: bool, name: str) -> None:
    with open_migrated(settings, name=name) as database:
        configure_logging(settings.data_dir / "logs", level=logging.INFO)
        ensure_same_clock(database.app_url)
        server.prepare_environment(settings, app_url=database.app_url, host=address.host, port=address.port)
        get_settings.cache_clear()
        keeper = HeadKeeper(settings, database.app_url)
        with (
            repeated(keeper.keep, seconds=KEEP_SECONDS, name="keeping the audit trail's head"),
            working(memory_mb=settings.work_memory_mb),
        ):
            if dev:
                _banner(settings, database, address, keeper.problems)
                _serve_development(address)
                return
            with frontend.built() as web:
                _banner(settings, database, address, keeper.problems)
                server.serve(settings, host=address.host, port=address.port, web=web)


def _serve_development(address: Address) -> None:
    if server.serve_development(address.host, address.port) not in {0, 130, -2}:
        raise StartRefused("The development server stopped; its last lines above say why.")


class HeadKeeper:
    """Notes where the audit trail ends, outside of the database; `problems` is what contradicts what was noted."""

    def __init__(self, settings: Settings, app_url: str) -> None:
        self._heads, self._app_url = KeptHeads.of(settings), app_url
        self.problems: list[str] = []

    def keep(self) -> None:
        """Note the head of now; what is wrong goes to the log, each time that it is something else."""
        engine = db.make_engine(self._app_url, pool_size=1)
        try:
            with Session(engine) as session:
                head, at = trail.chain_head(session), clock.now().isoformat(timespec="seconds")
                problems = self._heads.keep(at, head.last_id, head.last_hash, trail.hashes_from(session))
        finally:
            engine.dispose()
        for problem in problems:
            if problem not in self.problems:
                logger.error("%s Run hms.py verify.", problem)
        self.problems = problems


def _banner(settings: Settings, database: Database, address: Address, problems: list[str]) -> None:
    lines = ["", f"  The hospital is at {settings.public_url or address.url}", *advice(settings, address)]
    lines += [f"  {problem} Run hms.py verify." for problem in problems]
    code = _setup_code(database)
    if code:
        lines += ["", f"  It is empty. Open the address and set it up with this one-time code: {code}"]
    print("\n".join([*lines, "", "  Stop with Ctrl-C.", ""]), file=sys.stderr, flush=True)


def advice(settings: Settings, address: Address) -> list[str]:
    """What would surprise people at their first sign-in; docs/operations.md says more."""
    lines = []
    if settings.public_url and not settings.trusted_proxies:
        lines += _warned(
            "Everyone seems to come from the proxy's address until HMS_TRUSTED_PROXIES names it."
        )
    if settings.has_tls or settings.plain_http or address.is_local:
        return lines
    return [
        *lines,
        "  Browsers of other machines keep a session over https only: put a proxy in front and set HMS_PUBLIC_URL,",
        "  or set HMS_PLAIN_HTTP=true for a network that nobody else listens on.",
    ]


def _warned(sentence: str) -> list[str]:
    """The line for the terminal, after the log has it too."""
    logger.warning(sentence)
    return [f"  {sentence}"]


def _setup_code(database: Database) -> str | None:
    """A fresh one-time code while there is no administrator, else None; new default rights are given first."""
    from hms_app.domain.security.service import issue_setup_code, seed_roles

    engine = db.make_engine(database.app_url, pool_size=1)
    db.bind(engine)
    try:
        with db.transaction() as session:
            seed_roles(session)
            return issue_setup_code(session)
    finally:
        db.bind(None)
        engine.dispose()
