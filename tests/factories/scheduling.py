"""Rows of scheduling for tests."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from hms_app.domain.audit.service.entries import unwritten
from hms_app.domain.scheduling.service import services
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.tables import AvailabilityException, Schedule, ScheduleWindow
from hms_app.domain.scheduling.values.schedules import ScheduleInput
from hms_app.domain.scheduling.values.services import EquipmentInput, EquipmentRow, ServiceInput, ServiceRow
from hms_app.domain.scheduling.values.words import ResourceKind
from tests.factories.organization import SYSTEM, make_practitioner


def make_resource(session: Session, **overrides: Any) -> int:
    """The resource of a new practitioner."""
    return resource_of(session, ResourceKind.PRACTITIONER, make_practitioner(session, **overrides).id)


def put_schedule(session: Session, resource_id: int, windows: Iterable[str], **overrides: Any) -> int:
    """A schedule as rows, of windows such as "1 08:00-12:00" (1 is Monday; a "+" at the end: on the next day)."""
    schedule = Schedule(resource_id=resource_id, **{"valid_from": dt.date(2026, 1, 1), **overrides})
    session.add(schedule)
    session.flush()
    for window in windows:
        weekday, hours = window.split()
        start, end = map(dt.time.fromisoformat, hours.rstrip("+").split("-"))
        session.add(
            ScheduleWindow(
                schedule_id=schedule.key,
                weekday=int(weekday),
                start_time=start,
                end_time=end,
                is_overnight=hours.endswith("+"),
            )
        )
    session.flush()
    return schedule.key


def put_exception(session: Session, first: str, last: str = "", **fields: Any) -> int:
    """An exception as a row, by default a closure of whole days."""
    row = AvailabilityException(
        **{
            "kind": "closed",
            "starts_on": dt.date.fromisoformat(first),
            "ends_on": dt.date.fromisoformat(last or first),
            **fields,
        }
    )
    session.add(row)
    session.flush()
    return row.key


def make_service(session: Session, **overrides: Any) -> ServiceRow:
    """A visit of 30 minutes with a practitioner."""
    fields = {"name": "Visit", "duration_minutes": "30", "needs_practitioner": "on", **overrides}
    return services.add_service(session, SYSTEM, request=ServiceInput.from_form(fields))


def make_equipment(session: Session, **overrides: Any) -> EquipmentRow:
    """A piece of equipment, by default Ultrasound 1."""
    request = EquipmentInput.from_form({"name": "Ultrasound 1", **overrides})
    return services.add_equipment(session, SYSTEM, request=request)


def trail_of(session: Session, subject: str) -> list[dict[str, Any]]:
    """What the trail will say about a subject such as "scheduling.service", in order."""
    return [entry for entry in unwritten(session) if entry["action"].startswith(f"{subject}.")]


def schedule_form(**overrides: Any) -> ScheduleInput:
    """Monday mornings from 2026 on, as a form says it."""
    return ScheduleInput.from_form({"hours": "Mon 8-12", "valid_from": "2026-01-01", **overrides})
