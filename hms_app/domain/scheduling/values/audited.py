"""What the audit trail says about scheduling."""

from enum import StrEnum

from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import describe


class SchedulingAction(StrEnum):
    """`scheduling.<subject>.<past participle>`."""

    SERVICE_ADDED = "scheduling.service.added"
    SERVICE_CHANGED = "scheduling.service.changed"
    SERVICE_CLOSED = "scheduling.service.closed"
    SERVICE_REOPENED = "scheduling.service.reopened"
    EQUIPMENT_ADDED = "scheduling.equipment.added"
    EQUIPMENT_CHANGED = "scheduling.equipment.changed"
    EQUIPMENT_CLOSED = "scheduling.equipment.closed"
    EQUIPMENT_REOPENED = "scheduling.equipment.reopened"
    SCHEDULE_ADDED = "scheduling.schedule.added"
    SCHEDULE_CHANGED = "scheduling.schedule.changed"
    SCHEDULE_CLOSED = "scheduling.schedule.closed"
    EXCEPTION_ADDED = "scheduling.exception.added"
    EXCEPTION_CHANGED = "scheduling.exception.changed"
    EXCEPTION_WITHDRAWN = "scheduling.exception.withdrawn"
    HOLIDAYS_ADDED = "scheduling.holidays.added"
    APPOINTMENT_BOOKED = "scheduling.appointment.booked"
    APPOINTMENT_PROPOSED = "scheduling.appointment.proposed"
    APPOINTMENT_APPROVED = "scheduling.appointment.approved"
    APPOINTMENT_CORRECTED = "scheduling.appointment.corrected"
    APPOINTMENT_MOVED = "scheduling.appointment.moved"
    APPOINTMENT_CANCELLED = "scheduling.appointment.cancelled"
    APPOINTMENT_EXPIRED = "scheduling.appointment.expired"
    APPOINTMENT_CHECKED_IN = "scheduling.appointment.checked_in"
    APPOINTMENT_STARTED = "scheduling.appointment.started"
    APPOINTMENT_FULFILLED = "scheduling.appointment.fulfilled"
    APPOINTMENT_MISSED = "scheduling.appointment.missed"
    APPOINTMENT_UNDONE = "scheduling.appointment.undone"
    APPOINTMENTS_IMPORTED = "scheduling.appointments.imported"
    APPOINTMENTS_EXPORTED = "scheduling.appointments.exported"
    QUEUE_ADDED = "scheduling.queue.added"
    QUEUE_CHANGED = "scheduling.queue.changed"
    QUEUE_CLOSED = "scheduling.queue.closed"
    QUEUE_REOPENED = "scheduling.queue.reopened"
    PLACE_TAKEN = "scheduling.place.taken"
    PLACE_MOVED = "scheduling.place.moved"
    PLACE_CHANGED = "scheduling.place.changed"
    DELAY_ANNOUNCED = "scheduling.delay.announced"
    CLINIC_STARTED = "scheduling.clinic.started"


_READERS: dict[str, tuple[Permission, tuple[str, ...]]] = {
    "service": (
        Permission.SCHEDULING_SERVICE_READ,
        (
            *("id", "name", "is_active", "catalogue_item_id", "department_id", "colour", "duration_minutes"),
            *(
                "preparation_minutes",
                "cleanup_minutes",
                "needs_practitioner",
                "needs_room",
                "needs_equipment",
            ),
            *("is_bookable_online", "needs_approval", "notice_minutes", "ahead_days", "latest_change_hours"),
            *(
                "most_open",
                "wait_warning_minutes",
                "wait_danger_minutes",
                "practitioners",
                "rooms",
                "equipment",
            ),
        ),
    ),
    "equipment": (
        Permission.SCHEDULING_SERVICE_READ,
        ("id", "kind", "name", "department_id", "is_active", "practitioner_id", "room_id"),
    ),
    "schedule": (
        Permission.SCHEDULING_SCHEDULE_READ,
        (
            *("id", "resource_id", "name", "mode", "slot_minutes", "capacity", "valid_from", "valid_to"),
            *("room_id", "department_id", "is_active", "windows", "services"),
        ),
    ),
    "exception": (
        Permission.SCHEDULING_SCHEDULE_READ,
        (
            *("id", "kind", "cause", "status", "resource_id", "department_id", "starts_on", "ends_on"),
            *("start_time", "end_time", "slot_minutes", "room_id", "note"),
        ),
    ),
    "holidays": (Permission.SCHEDULING_SCHEDULE_READ, ("country", "year", "days")),
    "appointment": (
        Permission.SCHEDULING_APPOINTMENT_READ,
        (
            *("id", "number", "patient_id", "service_id", "department_id", "practitioner_id", "room_id"),
            *("equipment", "status", "source", "starts_at", "ends_at", "preparation_minutes"),
            *("cleanup_minutes", "session_id", "reason", "booked_at", "booked_by_user_id"),
            *("arrived_at", "started_at", "fulfilled_at", "cancelled_at", "cancel_reason", "is_unseen"),
            *("override_reason", "expires_at", "source_system", "source_key"),
        ),
    ),
    "appointments": (Permission.SCHEDULING_APPOINTMENT_READ, ("file", "rows", "count", "filters")),
    "queue": (
        Permission.SCHEDULING_QUEUE_READ,
        (
            "id",
            "name",
            "kind",
            "ordering",
            "resource_id",
            "service_id",
            "department_id",
            "is_active",
            "prefix",
        ),
    ),
    "place": (
        Permission.SCHEDULING_QUEUE_READ,
        (
            *("id", "queue_id", "appointment_id", "patient_id", "service_id", "day", "number", "status"),
            *("is_urgent", "urgent_reason", "reason", "sorted_at", "arrived_at", "called_at", "started_at"),
            *("finished_at", "room_id", "counter", "absences"),
        ),
    ),
    "delay": (Permission.SCHEDULING_QUEUE_READ, ("id", "resource_id", "day", "minutes", "announced_at")),
    "clinic": (Permission.SCHEDULING_SERVICE_READ, ("kind", "services", "hours")),
}
for _subject, (_reader, _fields) in _READERS.items():
    describe(
        [action for action in SchedulingAction if action.startswith(f"scheduling.{_subject}.")],
        {_reader: _fields},
        reason=_reader,
    )
