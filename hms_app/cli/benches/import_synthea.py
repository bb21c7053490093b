"""How fast an export is read, against PostgreSQL's own COPY of the same files into plain text columns."""

import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from psycopg import sql

from hms_app.cli.benches.figures import goal
from hms_app.cli.benches.sample import enlarge
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.interop.rules.files import FILES
from hms_app.domain.interop.service import import_synthea
from hms_app.runtime.database import connect

COPIES: Final = 40
_BLOCK: Final = 1 << 20
_MOST_MEMORY_MB: Final = 400


def run(database_url: str) -> dict[str, Any]:
    """Read an enlarged sample, read it again unchanged, and COPY its files; rows a second of each."""
    with TemporaryDirectory() as directory:
        export = Path(directory)
        rows = enlarge(export, copies=COPIES)
        engine = db.make_engine(database_url, pool_size=2)
        db.bind(engine)
        try:
            first, created = _timed_import(export)
            second, created_again = _timed_import(export)
        finally:
            db.bind(None)
            engine.dispose()
        copied = _copy_files(database_url, export)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "rows": rows,
        "created": created,
        "created_by_second_run": created_again,
        "import_rows_per_second": round(rows / first),
        "unchanged_rows_per_second": round(rows / second),
        "copy_rows_per_second": round(rows / copied),
        "ratio_to_copy": round(first / copied, 1),
        "peak_memory_mb": memory,
        "goals": {"peak_memory_mb": goal(memory, _MOST_MEMORY_MB)},
    }


def _timed_import(export: Path) -> tuple[float, int]:
    started = time.perf_counter()
    report = import_synthea(export, Actor.system("bench"))
    seconds = time.perf_counter() - started
    if report.problems:
        raise RuntimeError(f"The enlarged sample was not read whole: {report.problems[0]}")
    return seconds, sum(counts.created for counts in report.files.values())


def _copy_files(database_url: str, export: Path) -> float:
    with connect(database_url) as connection:
        started = time.perf_counter()
        for spec in FILES:
            path = export / f"{spec.stem}.csv"
            with path.open("rb") as file:
                names = file.readline().decode().strip().split(",")
                columns = sql.SQL(", ").join(
                    sql.SQL("{} text").format(sql.Identifier(name)) for name in names
                )
                table = sql.Identifier(f"plain_{spec.stem}")
                connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, columns))
                with connection.cursor().copy(
                    sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(table)
                ) as copy:
                    while block := file.read(_BLOCK):
                        copy.write(block)
        return time.perf_counter() - started
