"""Rows of scheduling, and what the database refuses about them. Instants are UTC."""

from hms_app.domain.scheduling.tables.appointments import Appointment, AppointmentChange, Reservation
from hms_app.domain.scheduling.tables.availability import (
    AvailabilityException,
    Schedule,
    ScheduleService,
    ScheduleWindow,
    TokenSession,
)
from hms_app.domain.scheduling.tables.queues import Delay, Queue, QueueEntry
from hms_app.domain.scheduling.tables.services import HealthcareService, Resource, ServiceResource

__all__ = [
    "Appointment",
    "AppointmentChange",
    "AvailabilityException",
    "Delay",
    "HealthcareService",
    "Queue",
    "QueueEntry",
    "Reservation",
    "Resource",
    "Schedule",
    "ScheduleService",
    "ScheduleWindow",
    "ServiceResource",
    "TokenSession",
]
