"""`bench`: measure the hospital on this machine, each measurement in a database of its own."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from hms_app.cli.benches.figures import machine
from hms_app.cli.benches.kept import KEPT_UNDER
from hms_app.config import Settings, get_settings
from hms_app.runtime.database import application_role, connect, open_database, open_migrated
from hms_app.runtime.errors import StartRefused


@dataclass(frozen=True)
class Bench:
    """A measurement: the module whose `run` makes it, and whether that is given an empty database's URL.

    One that `keeps` what it loads is given `OpenDatabase` instead.
    """

    module: str
    needs_database: bool
    keeps: bool = False

    def load(self) -> Callable[..., dict[str, Any]]:
        """The module's `run`."""
        run: Callable[..., dict[str, Any]] = import_module(f"hms_app.cli.benches.{self.module}").run
        return run


BENCHES: Final = {
    "patient-search": Bench("patient_search", needs_database=True),
    "patient-register": Bench("patient_register", needs_database=True),
    "patient-match": Bench("patient_match", needs_database=True),
    "patient-list": Bench("patient_list", needs_database=True),
    "list-page": Bench("list_page", needs_database=True),
    "import-synthea": Bench("import_synthea", needs_database=True),
    "import-fhir": Bench("import_fhir", needs_database=True),
    "footprint": Bench("footprint", needs_database=False),
    "event-roundtrip": Bench("event_roundtrip", needs_database=False),
    "slot-search": Bench("slot_search", needs_database=True, keeps=True),
    "booking": Bench("booking", needs_database=True),
    "live": Bench("live", needs_database=False),
    "calendar-live": Bench("calendar_live", needs_database=False),
    "endurance": Bench("endurance", needs_database=False),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    name: Annotated[str | None, typer.Argument(help="One of: " + ", ".join(BENCHES))] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure one thing, or all."""
    if name is not None and name not in BENCHES:
        raise StartRefused(f"There is no bench {name}; choose one of {', '.join(BENCHES)}.")
    report: dict[str, Any] = {"machine": machine(), "benches": {}}
    for chosen in [name] if name else list(BENCHES):
        print(f"hms: measuring {chosen} ...", file=sys.stderr, flush=True)
        report["benches"][chosen] = _measure(BENCHES[chosen])
    print(json.dumps(report, indent=1) if as_json else _in_words(report))


@contextmanager
def scratch_database(settings: Settings, name: str = "hms_bench") -> Iterator[str]:
    """The owner's URL of an empty, migrated database on the hospital's server; it is dropped afterwards."""
    with open_database(settings) as hospital:
        owner = make_url(hospital.owner_url)
        scratch = owner.set(database=name)
        _drop(hospital.owner_url, name)
        with connect(hospital.owner_url) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = scratch.render_as_string(hide_password=False)
        own = settings.model_copy(update={"database_url": SecretStr(url), "app_database_url": None})
        try:
            with open_migrated(own):
                yield url
        finally:
            _drop(hospital.owner_url, name)


@contextmanager
def kept_database(name: str, holds: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
    """The owner's URL of a database, and whether it is one that was kept and holds what is looked for."""
    settings, directory = get_settings(), os.environ.get(KEPT_UNDER, "")
    full_name = f"hms_bench_{name}"
    if not directory:
        with scratch_database(settings, full_name) as url:
            yield url, False
        return
    settings = settings.model_copy(update={"data_dir": Path(directory).resolve()})
    with open_database(settings) as server:
        url = make_url(server.owner_url).set(database=full_name).render_as_string(hide_password=False)
        own = settings.model_copy(update={"database_url": SecretStr(url), "app_database_url": None})
        if _exists(server.owner_url, full_name):
            with open_migrated(own):
                if holds(url):
                    yield url, True
                    return
        _drop(server.owner_url, full_name)
        with connect(server.owner_url) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(full_name)))
        with open_migrated(own):
            yield url, False


def _exists(owner_url: str, name: str) -> bool:
    with connect(owner_url) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def _measure(chosen: Bench) -> dict[str, Any]:
    run = chosen.load()
    if chosen.keeps:
        return run(kept_database)
    if not chosen.needs_database:
        return run()
    with scratch_database(get_settings()) as url:
        return run(url)


def _drop(owner_url: str, name: str) -> None:
    role = sql.Identifier(application_role(name))
    with connect(owner_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))


def _in_words(report: dict[str, Any]) -> str:
    lines = [", ".join(f"{key} {value}" for key, value in report["machine"].items())]
    for name, figures in report["benches"].items():
        lines += ["", name, *_lines(figures, "  ")]
    return "\n".join(lines)


def _lines(figures: dict[str, Any], indent: str) -> list[str]:
    lines = []
    for key, value in figures.items():
        if isinstance(value, dict) and "limit" in value:
            verdict = "met" if value["met"] else "NOT MET"
            lines.append(f"{indent}{key}: {value['value']} (at most {value['limit']}: {verdict})")
        elif isinstance(value, dict) and "at_least" in value:
            verdict = "met" if value["met"] else "NOT MET"
            lines.append(f"{indent}{key}: {value['value']} (at least {value['at_least']}: {verdict})")
        elif isinstance(value, dict):
            lines += [f"{indent}{key}", *_lines(value, indent + "  ")]
        else:
            lines.append(f"{indent}{key}: {value}")
    return lines
