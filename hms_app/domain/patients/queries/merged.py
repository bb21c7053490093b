"""Where the address of a merged record leads."""

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.queries.patients import find_visible


@use_case(Permission.PATIENTS_PATIENT_READ)
def find_survivor(session: Session, actor: Actor, *, patient_id: int) -> int | None:
    """The patient this merged record has become part of, by way of however many merges; None if it is not merged.

    Raises NotFound when the actor may not know of the survivor.
    """
    found = rows_of(
        session,
        Statement(
            "WITH RECURSIVE way AS (SELECT id, merged_into_id FROM patient WHERE id = %(patient_id)s UNION ALL"
            " SELECT p.id, p.merged_into_id FROM patient p JOIN way ON p.id = way.merged_into_id)"
            " SELECT id FROM way WHERE merged_into_id IS NULL AND id <> %(patient_id)s",
            {"patient_id": patient_id},
        ),
    )
    return int(find_visible(session, actor, found[0]["id"])["id"]) if found else None
