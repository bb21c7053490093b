"""People of today as the desk and the queue screens show them: everything a text, with the acts that are offered."""

from collections.abc import Iterable
from typing import Final, TypedDict

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.scheduling.values.queues import DelayRow, DeskRow
from hms_app.domain.scheduling.values.words import (
    APPOINTMENT_LIFE,
    QUEUE_LIFE,
    AppointmentStatus,
    QueueStage,
)

CHECK_IN: Final = "check_in"
UNDO_CHECK_IN: Final = "undo_check_in"
CALL: Final = "call"
ABSENT: Final = "absent"
NO_SHOW: Final = "no_show"
RESTORE: Final = "restore"
URGENT: Final = "urgent"
NOT_URGENT: Final = "not_urgent"
TO_STAGE: Final = "stage:"
"""Acts that are sent from a row; the last with the stage behind it."""
_Q = QueueStage
_NEXT: Final = {
    _Q.TO_NURSE: _Q.READY,
    _Q.READY: _Q.CALLED,
    _Q.CALLED: _Q.WITH_DOCTOR,
    _Q.WITH_DOCTOR: _Q.DONE,
    _Q.OUT_FOR_TESTS: _Q.READY,
    _Q.TO_CASHIER: _Q.DONE,
    _Q.TO_PHARMACY: _Q.DONE,
}
"""The step that comes next as a rule: the one visible button."""
_SHORT: Final = {
    "Start consultation": "Start",
    "Ready for the doctor": "Ready",
    "Back from tests": "Back",
}
"""What the button of a row says of acts whose whole name does not fit; the whole name is read out."""
_UNSAID: Final = (_Q.READY, _Q.WITH_DOCTOR)
"""The stages that the lane itself tells."""
_TONES: Final = {
    _Q.CALLED: "accent",
    _Q.WITH_DOCTOR: "info",
    _Q.OUT_FOR_TESTS: "info",
    _Q.DONE: "success",
    _Q.LEFT: "neutral",
}


class ActItem(TypedDict):
    """Something that can be done with somebody of today."""

    id: str
    label: str
    tone: str


class DayItem(TypedDict):
    """Somebody of today; what is not so is an empty text."""

    id: str
    name: str
    href: str
    mrn: str
    birth_date: str
    number: str
    time: str
    detail: str
    status: str
    status_tone: str
    late: str
    waited: str
    waited_words: str
    tone: str
    estimate: str
    estimate_words: str
    urgent: str
    absent: str
    next: str
    next_label: str
    next_short: str
    acts: list[ActItem]


class DelayItem(TypedDict):
    """Who runs late, and how much."""

    id: str
    text: str


def day_item(row: DeskRow, actor: Actor) -> DayItem:
    """A row of the day as texts, with what this person may do about it."""
    acts = list(_acts(row, actor))
    following = _next(row, acts)
    may_open = row.is_known and actor.can(Permission.PATIENTS_PATIENT_READ)
    return {
        "id": row.key,
        "name": row.name,
        "href": navigation.PATIENT_RECORD.address(patient_id=row.patient_id) if may_open else "",
        "mrn": row.mrn,
        "birth_date": row.birth_date,
        "number": row.number,
        "time": actor.locale.time(row.starts_at),
        "detail": _detail(row, actor),
        "status": _status(row),
        "status_tone": _TONES.get(row.stage, "neutral") if row.stage else "neutral",
        "late": _late(row),
        "waited": str(max(row.waited, 0)) if row.waited is not None else "",
        "waited_words": _waited_words(row, actor),
        "tone": row.tone,
        "estimate": _estimate(row),
        "estimate_words": _estimate_words(row),
        "urgent": row.urgent_reason,
        "absent": _absences(row.absences),
        "next": following["id"] if following else "",
        "next_label": following["label"] if following else "",
        "next_short": _SHORT.get(following["label"], following["label"]) if following else "",
        "acts": [act for act in acts if following is None or act["id"] != following["id"]],
    }


def delay_item(row: DelayRow) -> DelayItem:
    """How late somebody runs, as a sentence."""
    return {"id": str(row.practitioner_id), "text": f"{row.practitioner} runs {row.minutes} minutes late"}


def _acts(row: DeskRow, actor: Actor) -> Iterable[ActItem]:
    if row.appointment_status is AppointmentStatus.BOOKED:
        yield from _of_expected(row, actor)
        return
    if row.appointment_status is AppointmentStatus.NO_SHOW and row.place_id is None:
        if actor.can(Permission.SCHEDULING_APPOINTMENT_NO_SHOW):
            yield _act(RESTORE, "Undo no-show")
        return
    if row.stage is None or row.place_id is None:
        return
    for move in QUEUE_LIFE.offered(row.stage, actor):
        if (move.start, move.end) == (_Q.CALLED, _Q.READY):
            yield _act(ABSENT, move.verb)
        elif move.end is _Q.CALLED:
            yield _act(CALL, move.verb)
        else:
            yield _act(f"{TO_STAGE}{move.end.value}", move.verb, "danger" if move.end is _Q.LEFT else "")
    if row.stage in (_Q.TO_NURSE, _Q.READY) and actor.can(Permission.SCHEDULING_QUEUE_WORK):
        yield _act(NOT_URGENT, "Not urgent after all") if row.is_urgent else _act(URGENT, "Mark as urgent")
    if row.appointment_status is AppointmentStatus.ARRIVED and actor.can(
        Permission.SCHEDULING_APPOINTMENT_CHECK_IN
    ):
        yield _act(UNDO_CHECK_IN, "Undo check-in")


def _of_expected(row: DeskRow, actor: Actor) -> Iterable[ActItem]:
    for move in APPOINTMENT_LIFE.offered(AppointmentStatus.BOOKED, actor):
        if move.end is AppointmentStatus.ARRIVED:
            yield _act(CHECK_IN, move.verb)
        if move.end is AppointmentStatus.NO_SHOW and row.is_late:
            yield _act(NO_SHOW, move.verb, "danger")


def _act(act: str, label: str, tone: str = "") -> ActItem:
    return {"id": act, "label": label, "tone": tone}


def _next(row: DeskRow, acts: list[ActItem]) -> ActItem | None:
    if row.appointment_status is AppointmentStatus.BOOKED:
        wanted = CHECK_IN
    else:
        stage = _NEXT.get(row.stage) if row.stage else None
        wanted = CALL if stage is _Q.CALLED else f"{TO_STAGE}{stage.value}" if stage else ""
    return next((act for act in acts if act["id"] == wanted), None)


def _detail(row: DeskRow, actor: Actor) -> str:
    time = actor.locale.time(row.starts_at) if row.number else ""
    return " · ".join(part for part in (time, row.room, row.service, row.practitioner) if part)


def _status(row: DeskRow) -> str:
    """What the lane does not tell by itself."""
    if row.appointment_status is AppointmentStatus.BOOKED or row.stage in _UNSAID:
        return ""
    if row.stage is None:
        return APPOINTMENT_LIFE.labels[row.appointment_status] if row.appointment_status else ""
    return QUEUE_LIFE.labels[row.stage]


def _late(row: DeskRow) -> str:
    return "Late" if row.is_late else ""


def _waited_words(row: DeskRow, actor: Actor) -> str:
    """Who came early is not waiting yet: their time is said."""
    if row.waited is None:
        return ""
    if row.waited < 0:
        return f"early for {actor.locale.time(row.starts_at)}"
    return "min"


def _estimate(row: DeskRow) -> str:
    if row.estimate is None:
        return ""
    return "next" if row.estimate <= 0 else f"~{row.estimate} min"


def _estimate_words(row: DeskRow) -> str:
    if row.estimate is None:
        return ""
    return "Is next" if row.estimate <= 0 else f"Is seen in about {row.estimate} minutes"


def _absences(count: int) -> str:
    return "" if not count else "Absent once" if count == 1 else f"Absent {count} times"
