"""What hangs on the rows of a chunk, by where they come from and what they are."""

from typing import Final

import sqlalchemy as sa

from hms_app.domain.interop.rules.specs import TableSpec
from hms_app.domain.interop.service import fhir_parts, synthea_parts
from hms_app.domain.interop.service.people import number_patients
from hms_app.domain.interop.values import FHIR, SOURCE, FileCounts

_AFTER: Final = {SOURCE: synthea_parts.AFTER, FHIR: fhir_parts.AFTER}


def before_counts(connection: sa.Connection, spec: TableSpec) -> FileCounts:
    """Settle rows of `import_row` that are no rows of their own; they leave it, and are counted here."""
    if spec.table != "patient":
        return FileCounts()
    counts = FileCounts(unchanged=connection.execute(_LEAVE_MERGED).rowcount)
    if spec.source == FHIR:
        counts.add(fhir_parts.settle_patients(connection))
    return counts


_LEAVE_MERGED: Final = sa.text(
    "DELETE FROM import_row r USING patient p WHERE p.id = r.existing_id AND p.status = 'merged'"
)
"""A record that was merged changes no more; the survivor says who the patient is."""


def before_upsert(connection: sa.Connection, spec: TableSpec) -> None:
    """Give each new patient of `import_row` a medical record number."""
    if spec.table == "patient":
        number_patients(connection)


def after_upsert(connection: sa.Connection, spec: TableSpec) -> None:
    """Write what hangs on the rows of `import_row` that were created or updated."""
    for write in _AFTER[spec.source].get(spec.stem, ()):
        write(connection, spec)
