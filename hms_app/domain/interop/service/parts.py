"""What hangs on the rows of a chunk, by where they come from and what they are."""

from typing import Final

import sqlalchemy as sa

from hms_app.domain.interop.rules.specs import TableSpec
from hms_app.domain.interop.service import fhir_parts, synthea_parts
from hms_app.domain.interop.service.fhir_left_out import forget_left_out
from hms_app.domain.interop.service.known_patients import Settled, settle_patients
from hms_app.domain.interop.service.people import number_patients
from hms_app.domain.interop.values import FHIR, SOURCE, FileCounts

_AFTER: Final = {SOURCE: synthea_parts.AFTER, FHIR: fhir_parts.AFTER}


def before_counts(connection: sa.Connection, spec: TableSpec) -> Settled:
    """Settle rows of `import_row` that are no rows of their own; they leave it, and are counted here."""
    if spec.table != "patient":
        return Settled()
    merged = connection.execute(_LEAVE_MERGED).rowcount
    settled = settle_patients(connection) if spec.source == FHIR else Settled()
    settled.counts.add(FileCounts(unchanged=merged))
    return settled


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
    if spec.source == FHIR and spec.stays_with_patient:
        forget_left_out(connection, spec)
