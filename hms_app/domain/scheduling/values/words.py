"""Fixed words of scheduling, and the life cycles of appointments and of places in a queue."""

from enum import StrEnum
from typing import Final

from hms_app.core.life_cycle import LifeCycle, Move
from hms_app.core.permissions import Permission


class AppointmentStatus(StrEnum):
    """Where an appointment stands."""

    PROPOSED = "proposed"
    BOOKED = "booked"
    ARRIVED = "arrived"
    IN_CONSULTATION = "in_consultation"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


_S = AppointmentStatus
APPOINTMENT_LIFE: Final = LifeCycle(
    "appointment",
    "appointment",
    {
        _S.PROPOSED: "Proposed",
        _S.BOOKED: "Booked",
        _S.ARRIVED: "Arrived",
        _S.IN_CONSULTATION: "In consultation",
        _S.FULFILLED: "Fulfilled",
        _S.CANCELLED: "Cancelled",
        _S.NO_SHOW: "No-show",
        _S.EXPIRED: "Expired",
    },
    (
        Move(_S.PROPOSED, _S.BOOKED, "Approve", Permission.SCHEDULING_APPOINTMENT_APPROVE),
        Move(_S.PROPOSED, _S.CANCELLED, "Decline", Permission.SCHEDULING_APPOINTMENT_APPROVE),
        Move(_S.PROPOSED, _S.EXPIRED),
        Move(_S.BOOKED, _S.ARRIVED, "Check in", Permission.SCHEDULING_APPOINTMENT_CHECK_IN),
        Move(_S.ARRIVED, _S.IN_CONSULTATION, "Start consultation", Permission.SCHEDULING_QUEUE_WORK),
        Move(_S.IN_CONSULTATION, _S.FULFILLED, "Finish", Permission.SCHEDULING_QUEUE_WORK),
        Move(_S.BOOKED, _S.CANCELLED, "Cancel", Permission.SCHEDULING_APPOINTMENT_BOOK),
        Move(_S.ARRIVED, _S.CANCELLED, "Left without being seen", Permission.SCHEDULING_APPOINTMENT_CHECK_IN),
        Move(_S.IN_CONSULTATION, _S.CANCELLED, "Break off", Permission.SCHEDULING_QUEUE_WORK),
        Move(_S.BOOKED, _S.NO_SHOW, "Mark as no-show", Permission.SCHEDULING_APPOINTMENT_NO_SHOW),
        Move(
            _S.ARRIVED,
            _S.BOOKED,
            "Undo check-in",
            Permission.SCHEDULING_APPOINTMENT_CHECK_IN,
            is_undo=True,
        ),
        Move(
            _S.IN_CONSULTATION, _S.ARRIVED, "Back to waiting", Permission.SCHEDULING_QUEUE_WORK, is_undo=True
        ),
        Move(
            _S.FULFILLED, _S.IN_CONSULTATION, "Reopen", Permission.SCHEDULING_APPOINTMENT_REOPEN, is_undo=True
        ),
        Move(_S.NO_SHOW, _S.BOOKED, "Undo no-show", Permission.SCHEDULING_APPOINTMENT_NO_SHOW, is_undo=True),
        Move(
            _S.CANCELLED, _S.BOOKED, "Undo cancellation", Permission.SCHEDULING_APPOINTMENT_BOOK, is_undo=True
        ),
    ),
)
HOLDING_TIME: Final = (_S.PROPOSED, _S.BOOKED, _S.ARRIVED, _S.IN_CONSULTATION)
"""The states whose appointments hold their time: nobody else gets it."""
KEEPING_TIME: Final = (*HOLDING_TIME, _S.FULFILLED)
"""The states whose timed appointments have reservations: what took place keeps its own."""
HERE: Final = (_S.ARRIVED, _S.IN_CONSULTATION)
"""The states of patients who are in the house."""


class AppointmentSource(StrEnum):
    """Through which door an appointment came."""

    DESK = "desk"
    PORTAL = "portal"
    IMPORT = "import"


class ChangeKind(StrEnum):
    """What was done to an appointment."""

    BOOKED = "booked"
    MOVED = "moved"
    STATUS = "status"
    DETAILS = "details"


class ResourceKind(StrEnum):
    """What can be reserved beside the patient."""

    PRACTITIONER = "practitioner"
    ROOM = "room"
    EQUIPMENT = "equipment"


class ScheduleMode(StrEnum):
    """How the windows of a schedule are given out: as times of one's own, or as numbers for a session."""

    TIMED = "timed"
    TOKENS = "tokens"


class ExceptionKind(StrEnum):
    """What an exception does to weekly hours: takes time away, adds some, or replaces the day's."""

    CLOSED = "closed"
    EXTRA = "extra"
    INSTEAD = "instead"


class ExceptionCause(StrEnum):
    """Why the usual hours do not hold."""

    LEAVE = "leave"
    CLOSURE = "closure"
    PUBLIC_HOLIDAY = "public_holiday"
    OTHER = "other"


class ExceptionStatus(StrEnum):
    """A requested exception takes no time yet, and is a conflict that can be confirmed."""

    REQUESTED = "requested"
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class ServiceColour(StrEnum):
    """The eight hues of charts and calendars, by the roles of the tokens `--chart-1` to `--chart-8`."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX = "6"
    SEVEN = "7"
    EIGHT = "8"


class QueueKind(StrEnum):
    """To whom a queue belongs; a department's is for whoever is free next."""

    PRACTITIONER = "practitioner"
    SERVICE = "service"
    DEPARTMENT = "department"


class QueueOrder(StrEnum):
    """By what a queue is sorted within the same priority."""

    TIME = "time"
    ARRIVAL = "arrival"
    TOKEN = "token"  # noqa: S105  (a number in a queue, no secret)


class QueueStage(StrEnum):
    """Where somebody in a queue is."""

    TO_NURSE = "to_nurse"
    READY = "ready"
    CALLED = "called"
    WITH_DOCTOR = "with_doctor"
    OUT_FOR_TESTS = "out_for_tests"
    TO_CASHIER = "to_cashier"
    TO_PHARMACY = "to_pharmacy"
    DONE = "done"
    LEFT = "left"


_Q = QueueStage
_WORK = Permission.SCHEDULING_QUEUE_WORK
_CHECK_IN = Permission.SCHEDULING_APPOINTMENT_CHECK_IN
QUEUE_LIFE: Final = LifeCycle(
    "queue_entry",
    "place in the queue",
    {
        _Q.TO_NURSE: "To nurse",
        _Q.READY: "Ready",
        _Q.CALLED: "Called",
        _Q.WITH_DOCTOR: "With the doctor",
        _Q.OUT_FOR_TESTS: "Out for tests",
        _Q.TO_CASHIER: "To the cashier",
        _Q.TO_PHARMACY: "To the pharmacy",
        _Q.DONE: "Done",
        _Q.LEFT: "Left",
    },
    (
        Move(_Q.TO_NURSE, _Q.READY, "Ready for the doctor", _WORK),
        Move(_Q.TO_NURSE, _Q.CALLED, "Call", _WORK),
        Move(_Q.READY, _Q.CALLED, "Call", _WORK),
        Move(_Q.CALLED, _Q.WITH_DOCTOR, "Start consultation", _WORK),
        Move(_Q.CALLED, _Q.READY, "Absent", _WORK),
        Move(_Q.READY, _Q.TO_NURSE, "Back to nurse", _WORK, is_undo=True),
        Move(_Q.WITH_DOCTOR, _Q.OUT_FOR_TESTS, "Out for tests", _WORK),
        Move(_Q.OUT_FOR_TESTS, _Q.READY, "Back from tests", _WORK),
        Move(_Q.WITH_DOCTOR, _Q.TO_CASHIER, "To the cashier", _WORK),
        Move(_Q.WITH_DOCTOR, _Q.TO_PHARMACY, "To the pharmacy", _WORK),
        Move(_Q.TO_CASHIER, _Q.TO_PHARMACY, "To the pharmacy", _WORK),
        Move(_Q.WITH_DOCTOR, _Q.DONE, "Finish", _WORK),
        Move(_Q.TO_CASHIER, _Q.DONE, "Finish", _CHECK_IN),
        Move(_Q.TO_PHARMACY, _Q.DONE, "Finish", _CHECK_IN),
        Move(_Q.WITH_DOCTOR, _Q.READY, "Back to waiting", _WORK, is_undo=True),
        Move(_Q.DONE, _Q.WITH_DOCTOR, "Reopen", Permission.SCHEDULING_APPOINTMENT_REOPEN, is_undo=True),
        Move(_Q.TO_NURSE, _Q.LEFT, "Left without being seen", _CHECK_IN),
        Move(_Q.READY, _Q.LEFT, "Left without being seen", _CHECK_IN),
        Move(_Q.CALLED, _Q.LEFT, "Left without being seen", _CHECK_IN),
        Move(_Q.OUT_FOR_TESTS, _Q.LEFT, "Left", _CHECK_IN),
        Move(_Q.WITH_DOCTOR, _Q.LEFT, "Break off", _WORK),
        Move(_Q.LEFT, _Q.READY, "Back in the queue", _CHECK_IN, is_undo=True),
    ),
)
WAITING: Final = (_Q.TO_NURSE, _Q.READY, _Q.CALLED)
"""The stages in which somebody waits to be seen."""
OVER: Final = (_Q.DONE, _Q.LEFT)
