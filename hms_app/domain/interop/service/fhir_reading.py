"""Where FHIR files are read: in this process for the hospital's own hand, in one of its own for what people send."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hms_app.core import clock
from hms_app.core.reading import a_whole_import, read_apart
from hms_app.domain.interop.errors import ImportRefused
from hms_app.domain.interop.rules.received.fhir_reading import FhirReader, Step, read_at
from hms_app.domain.interop.rules.received.spool import Spool
from hms_app.domain.interop.values import FhirReport

ReadFiles = Callable[[Path, Spool, str, Callable[[Step], None]], FhirReport]
"""Reads a directory into a spool, for a hospital in a country, and says how far it is."""


def read_files_here(directory: Path, spool: Spool, country: str, tell: Callable[[Step], None]) -> FhirReport:
    """Read the files in this process: a bundle as large as the memory is read whole."""
    reader = FhirReader(spool, country=country, today=_today())
    for step in reader.read(directory):
        tell(step)
    return reader.report


def read_files_apart(directory: Path, spool: Spool, country: str, tell: Callable[[Step], None]) -> FhirReport:
    """Read the files in a process of its own; raises ImportRefused when they take too much."""
    order = str(directory), str(spool.directory), country, _today()
    reading = read_apart(read_at, *order, allowance=a_whole_import(), refusal=ImportRefused)
    with closing(reading):
        for said in reading:
            if isinstance(said[0], str):
                tell(Step(*said))
            else:
                report, counts = said
    spool.found(counts)
    return FhirReport.from_json(report)


def _today() -> str:
    return clock.now().date().isoformat()
