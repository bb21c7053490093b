"""What a page of patients shows beyond who they are; each column is one statement for the whole page."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.listing import Narrowing
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.values import COLUMNS

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
_WRITTEN: Final[dict[str, Callable[[Any, HospitalLocale], str]]] = {
    "phone": lambda value, locale: rules.written(value, locale.country),
    "last_visit": lambda value, locale: locale.date_of(value),
}


def column_texts(
    session: Session, actor: Actor, *, patient_ids: Sequence[int], columns: Collection[str]
) -> Mapping[int, dict[str, str]]:
    """For each patient the texts of those columns that are not on the patient's own row and that the actor may see."""
    texts: dict[int, dict[str, str]] = {patient_id: {} for patient_id in patient_ids}
    values = {"ids": list(patient_ids), "today": actor.locale.today()}
    for name in columns:
        permission = COLUMNS[name].permission
        if name not in _STATEMENTS or (permission is not None and not actor.can(permission)):
            continue
        write = _WRITTEN.get(name, _as_it_is)
        for found in rows_of(session, Statement(_STATEMENTS[name], values)):
            texts[found["patient_id"]][name] = write(found["value"], actor.locale)
    return texts


def _as_it_is(value: Any, _locale: HospitalLocale) -> str:
    return str(value or "")


def covered_by(payer_id: int, today: dt.date) -> Narrowing:
    """The patients for whom a payer pays today."""
    return Narrowing.on(
        "coverage", f"t.payer_id = %(payer_id)s AND {_COVERS}", payer_id=payer_id, today=today
    )
