"""How fast FHIR bundles are read, against parsing the same JSON alone."""

import json
import re
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hms_app.cli.benches.figures import goal
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.interop.service import import_fhir
from hms_app.runtime.paths import ROOT

COPIES: Final = 15
SAMPLE: Final = ROOT / "hms_app" / "demo_data" / "fhir"
_SHARED: Final = ("hospitalInformation", "practitionerInformation")
_ID: Final = re.compile(r"\b[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)")
_OFFICIAL: Final = re.compile(r'"(999-\d\d-\d{4}|S\d{8}|X\d{7,9}X)"')
_MOST_MEMORY_MB: Final = 400


def run(database_url: str) -> dict[str, Any]:
    """Read the sample's patients many times over, read them again unchanged, and parse their files alone."""
    with TemporaryDirectory() as directory:
        bundles = Path(directory)
        files = _enlarge(bundles, copies=COPIES)
        parsed, resources = _parse(bundles)
        engine = db.make_engine(database_url, pool_size=2)
        db.bind(engine)
        try:
            first, created = _timed_import(bundles)
            second, created_again = _timed_import(bundles)
        finally:
            db.bind(None)
            engine.dispose()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "bundles": files,
        "resources": resources,
        "created": created,
        "created_by_second_run": created_again,
        "import_resources_per_second": round(resources / first),
        "unchanged_resources_per_second": round(resources / second),
        "parse_resources_per_second": round(resources / parsed),
        "ratio_to_parsing": round(first / parsed, 1),
        "peak_memory_mb": memory,
        "goals": {"peak_memory_mb": goal(memory, _MOST_MEMORY_MB)},
    }


def _enlarge(target: Path, *, copies: int) -> int:
    """Write the sample `copies` times, each time about other people; the hospitals and practitioners stay the same."""
    target.mkdir(parents=True, exist_ok=True)
    shared = _ids_of_shared()
    written = 0
    for path in sorted(SAMPLE.glob("*.json")):
        content = path.read_text(encoding="utf-8")
        for copy in range(1 if path.name.startswith(_SHARED) else copies):
            (target / f"{path.stem}-{copy}.json").write_text(
                _about_others(content, copy, shared), encoding="utf-8"
            )
            written += 1
    return written


def _ids_of_shared() -> frozenset[str]:
    found: set[str] = set()
    for path in SAMPLE.glob("*.json"):
        for entry in json.loads(path.read_bytes())["entry"]:
            if entry["resource"]["resourceType"] in {"Organization", "Practitioner"}:
                found.add(entry["resource"]["id"][:8])
    return frozenset(found)


def _about_others(content: str, copy: int, shared: frozenset[str]) -> str:
    if copy == 0:
        return content

    def other(match: re.Match[str]) -> str:
        return match[0] if match[0] in shared else f"{int(match[0], 16) ^ (copy << 8):08x}"

    return _OFFICIAL.sub(lambda match: f'"{match[1]}/{copy}"', _ID.sub(other, content))


def _parse(bundles: Path) -> tuple[float, int]:
    started, resources = time.perf_counter(), 0
    for path in sorted(bundles.iterdir()):
        with path.open(encoding="utf-8") as file:
            resources += len(json.load(file)["entry"])
    return time.perf_counter() - started, resources


def _timed_import(bundles: Path) -> tuple[float, int]:
    started = time.perf_counter()
    report = import_fhir(bundles, Actor.system("bench"))
    seconds = time.perf_counter() - started
    if report.problems:
        raise RuntimeError(f"The enlarged sample was not read whole: {report.problems[0]}")
    return seconds, sum(counts.created for counts in report.resources.values())
