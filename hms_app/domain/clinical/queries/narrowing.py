"""What the patient list can be narrowed to by what happened to patients."""

from hms_app.domain.patients.queries import Narrowing

_TOOK_PLACE = "t.status IN ('in_progress', 'completed')"


def seen_by(practitioner_id: int) -> Narrowing:
    """The patients of a practitioner: those seen at least once."""
    condition = f"t.practitioner_id = %(practitioner_id)s AND {_TOOK_PLACE}"
    return Narrowing.on("encounter", condition, practitioner_id=practitioner_id)


def seen_in(department_id: int) -> Narrowing:
    """The patients of a department: those seen in it at least once."""
    condition = f"t.department_id = %(department_id)s AND {_TOOK_PLACE}"
    return Narrowing.on("encounter", condition, department_id=department_id)


def with_condition(code: str) -> Narrowing:
    """The patients who have, or had, the condition of this code."""
    condition = "t.code = %(condition_code)s AND t.status <> 'entered_in_error'"
    return Narrowing.on("condition", condition, condition_code=code)
