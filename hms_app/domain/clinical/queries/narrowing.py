"""What the patient list can be narrowed to by what happened to patients."""

from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.clinical.tables import IS_NO_ERROR, TOOK_PLACE, Condition
from hms_app.domain.patients.queries import Narrowing


def seen_by(practitioner_id: int) -> Narrowing:
    """The patients of a practitioner: those seen at least once."""
    condition = f"t.practitioner_id = %(practitioner_id)s AND t.{TOOK_PLACE}"
    return Narrowing.on("encounter", condition, practitioner_id=practitioner_id)


def seen_in(department_id: int) -> Narrowing:
    """The patients of a department: those seen in it at least once."""
    condition = f"t.department_id = %(department_id)s AND t.{TOOK_PLACE}"
    return Narrowing.on("encounter", condition, department_id=department_id)


def with_condition(code: str) -> Narrowing:
    """The patients who have, or had, the condition of this code."""
    condition = f"t.code = %(condition_code)s AND t.{IS_NO_ERROR}"
    return Narrowing.on("condition", condition, condition_code=code)


@use_case(Permission.CLINICAL_CONDITION_READ)
def get_condition_name(session: Session, actor: Actor, *, code: str) -> str:
    """What records call the condition of a code; raises NotFound when none names it."""
    named = select(Condition.display).where(Condition.code == code)
    name = session.exec(named.order_by(col(Condition.patient_id)).limit(1)).first()
    if name is None:
        raise NotFound("condition")
    return name
