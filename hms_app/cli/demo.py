"""`demo`: a separate demo hospital with invented people and a sign-in for every role."""

import os
import sys
from typing import Annotated, Final

import typer

from hms_app.cli.run import Address, start
from hms_app.config import Settings, get_settings
from hms_app.core import db
from hms_app.domain.workflows.load_demo import DEMO_PASSWORD, demo_sign_ins, prepare_demo_hospital
from hms_app.runtime import server
from hms_app.runtime.database import open_migrated

REAL_HOSPITALS: Final = ("HMS_DATABASE_URL", "HMS_APP_DATABASE_URL", "HMS_REDIS_URL")
"""What names the real hospital's servers; the demo never touches them, whether the environment or `.env` says so."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help="Make it ready, but do not start it.")] = False,
) -> None:
    """Start a demo hospital of its own, apart from the real one."""
    settings = demo_settings()
    if prepare:
        _prepare(settings)
        return
    address = Address(host or settings.host, port or settings.port)
    server.ensure_port_free(address.host, address.port)
    _prepare(settings)
    _list_sign_ins()
    start(settings, address)


def demo_settings() -> Settings:
    """The demo's settings, put into the environment too, so that the server's workers read the same."""
    data_dir = get_settings().data_dir / "demo"
    os.environ.update(HMS_DATA_DIR=str(data_dir), HMS_DEMO="true", HMS_WORKERS="1")
    os.environ.update(dict.fromkeys(REAL_HOSPITALS, ""))
    # The real hospital's address stands in `.env`; who shows a demo to others gives it one of its own.
    os.environ.setdefault("HMS_PUBLIC_URL", "")
    get_settings.cache_clear()
    return get_settings()


def _prepare(settings: Settings) -> None:
    print("hms: preparing the demo hospital ...", file=sys.stderr, flush=True)
    with open_migrated(settings) as database:
        engine = db.make_engine(database.app_url, pool_size=2)
        db.bind(engine)
        try:
            prepare_demo_hospital()
        finally:
            db.bind(None)
            engine.dispose()


def _list_sign_ins() -> None:
    lines = ["", "  Sign-ins of the demo hospital (password for all: " + DEMO_PASSWORD + ")"]
    lines += [f"    {entry['role']:<16} {entry['email']}" for entry in demo_sign_ins()]
    print("\n".join(lines), file=sys.stderr, flush=True)
