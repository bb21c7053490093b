"""What a page of patients shows beyond who they are; each column is one statement for the whole page."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.domain.patients.queries.listing import Narrowing
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.values import COLUMNS, ListedPatient, PatientRow

_IN_FORCE: Final = "entered_in_error_at IS NULL AND coalesce(ended_on > %(today)s, true)"
_COVERS: Final = """entered_in_error_at IS NULL
        AND coalesce(starts_on <= %(today)s, true) AND coalesce(ends_on > %(today)s, true)"""
_STATEMENTS: Final = {
    "phone": f"""SELECT DISTINCT ON (patient_id) patient_id, value FROM patient_contact_point
        WHERE patient_id = ANY(%(ids)s) AND system = 'phone' AND {_IN_FORCE}
        ORDER BY patient_id, use = 'mobile' DESC, id""",
    "city": f"""SELECT DISTINCT ON (patient_id) patient_id, city AS value FROM patient_address
        WHERE patient_id = ANY(%(ids)s) AND {_IN_FORCE} ORDER BY patient_id, use = 'home' DESC, id""",
    "payer": f"""SELECT DISTINCT ON (c.patient_id) c.patient_id, y.name AS value
        FROM coverage c JOIN payer y ON y.id = c.payer_id
        WHERE c.patient_id = ANY(%(ids)s) AND {_COVERS} ORDER BY c.patient_id, c.rank, c.id DESC""",
    "last_visit": "SELECT id AS patient_id, last_visit_at AS value FROM patient WHERE id = ANY(%(ids)s)",
}
_NAMED: Final = {"last_visit": "last_visit_at"}
"""What a row calls a column, where not by the column's own name."""


def with_columns(
    session: Session, actor: Actor, *, rows: Sequence[PatientRow], columns: Collection[str]
) -> list[ListedPatient]:
    """The patients with those columns that are not on their own row and that the actor may see."""
    found: dict[int, dict[str, Any]] = {row.id: {} for row in rows}
    values = {"ids": list(found), "today": actor.locale.today()}
    for name in columns if rows else ():
        permission = COLUMNS[name].permission
        if name in _STATEMENTS and (permission is None or actor.can(permission)):
            for one in rows_of(session, Statement(_STATEMENTS[name], values)):
                found[one["patient_id"]][_NAMED.get(name, name)] = one["value"]
    return [ListedPatient(row, **found[row.id]) for row in rows]


def covered_by(payer_id: int, today: dt.date) -> Narrowing:
    """The patients for whom a payer pays today."""
    return Narrowing.on(
        "coverage", f"t.payer_id = %(payer_id)s AND {_COVERS}", payer_id=payer_id, today=today
    )
