"""What the tests of meaning share: reading resources in, and asking what became of them."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.interop.service import import_fhir
from hms_app.domain.interop.values import FhirReport
from tests.domain.interop import fhir_bundles as make

IMPORTER = Actor.system("import", HospitalLocale(country="DE"))
Json = dict[str, Any]


def read(directory: Path, *resources: Json) -> FhirReport:
    """Read these resources in, as one bundle."""
    return import_fhir(make.write(directory, told=make.bundle(*resources)), IMPORTER)


def rows(connection: sa.Connection, sql: str) -> list[tuple[Any, ...]]:
    """What a statement finds."""
    return [tuple(row) for row in connection.execute(sa.text(sql))]


def remarks(report: FhirReport) -> list[str]:
    """What a report says of those it took over."""
    return [remark.reason for remark in report.remarks]
