"""What files say of a patient and no row here has: the record itself says that something was left out, and why."""

from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.rules.fhir.specs import ResourceSpec
from hms_app.domain.interop.rules.specs import TableSpec
from hms_app.domain.interop.values import InteropAction

LeftOut = tuple[str, str, str, str, str]
"""The key of the patient, the type of resource, its own key, what it is called, and why it was left out."""


def note_left_out(actor: Actor, found: list[LeftOut]) -> None:
    """Note these in a transaction of their own."""
    db.in_transaction(lambda session: record_left_out(session, actor, found=found))


@use_case(Permission.INTEROP_IMPORT_RUN)
def record_left_out(session: Session, actor: Actor, *, found: list[LeftOut]) -> int:
    """Note what was left out of the records of patients who are here; answers how much of it is new."""
    columns = list(zip(*found, strict=True))
    names = ("patients", "types", "keys", "called", "reasons")
    values = {name: list(column) for name, column in zip(names, columns, strict=True)}
    noted = session.connection().execute(_NOTE, values).rowcount
    if noted:
        audit.record(session, actor, InteropAction.CHUNK_LOADED, "not_taken_over", after={"created": noted})
    return noted


def forget_left_out(connection: sa.Connection, spec: TableSpec) -> None:
    """What is taken over after all was not left out."""
    connection.execute(_FORGET, {"stem": spec.stem, "begins": len(_prefix(spec)) + 1})


def _prefix(spec: TableSpec) -> str:
    return spec.key_prefix if isinstance(spec, ResourceSpec) else ""


_NOTE: Final = sa.text(
    """INSERT INTO not_taken_over (patient_id, resource_type, display, reason, source_system, source_key)
       SELECT DISTINCT ON (f.key) k.patient_id, f.type, f.called, f.reason, 'fhir', f.key
       FROM unnest(CAST(:patients AS text[]), CAST(:types AS text[]), CAST(:keys AS text[]),
                   CAST(:called AS text[]), CAST(:reasons AS text[])) AS f (patient, type, key, called, reason)
       JOIN (SELECT coalesce(merged_into_id, id) AS patient_id, source_system, source_key FROM patient
             UNION ALL SELECT patient_id, source_system, source_key FROM patient_source) k
         ON k.source_system = 'fhir' AND k.source_key = coalesce(
            (SELECT min(i.source_key) FROM import_identifier i
             WHERE i.resource_type = 'Patient' AND '?' || i.name = f.patient HAVING count(*) = 1), f.patient)
       ORDER BY f.key, k.patient_id
       ON CONFLICT (source_system, source_key) DO UPDATE
         SET display = excluded.display, reason = excluded.reason
         WHERE (not_taken_over.display, not_taken_over.reason) IS DISTINCT FROM (excluded.display, excluded.reason)"""
)
_FORGET: Final = sa.text(
    """DELETE FROM not_taken_over n USING import_row r
       WHERE n.source_system = 'fhir' AND r.reason IS NULL
         AND n.source_key = CAST(:stem AS text) || '/' || substr(r.source_key, :begins)"""
)
