"""Appointments and their histories as texts."""

from typing import Final, TypedDict

from hms_app import navigation
from hms_app.core.locale import HospitalLocale
from hms_app.domain.scheduling.values.rows import AppointmentChangeRow, AppointmentRow
from hms_app.domain.scheduling.values.words import (
    APPOINTMENT_LIFE,
    AppointmentSource,
    AppointmentStatus,
    ChangeKind,
)
from hms_app.state.scheduling.calendar_rows import DOUBLE, STATUS_TONES, TAKEN, status_word

SOURCES: Final = {
    AppointmentSource.DESK: "At the desk",
    AppointmentSource.PORTAL: "By the patient",
    AppointmentSource.IMPORT: "From an old diary",
}
_DONE: Final = {
    ChangeKind.BOOKED: "Booked",
    ChangeKind.MOVED: "Moved",
    ChangeKind.DETAILS: "Corrected",
}


class AppointmentItem(TypedDict):
    """An appointment in a list or a drawer."""

    id: str
    version: str
    href: str
    number: str
    patient: str
    patient_href: str
    mrn: str
    when: str
    day: str
    time: str
    minutes: str
    service: str
    practitioner: str
    room: str
    department: str
    equipment: str
    status: str
    tone: str
    reason: str
    booked: str
    source: str
    override: str
    cancel_reason: str


class ChangeItem(TypedDict):
    """One step of an appointment's history, for a timeline."""

    id: str
    day: str
    kind: str
    kind_label: str
    title: str
    detail: str
    time: str


NO_APPOINTMENT: Final = AppointmentItem(
    **dict.fromkeys(AppointmentItem.__annotations__, "")  # type: ignore[typeddict-item]
)


def appointment_item(row: AppointmentRow, locale: HospitalLocale) -> AppointmentItem:
    """What is shown of an appointment."""
    local, ends = locale.local(row.starts_at), locale.time(row.ends_at)
    number = "" if row.token_number is None else f", number {row.token_number}"
    return AppointmentItem(
        id=str(row.id),
        version=str(row.version),
        href=navigation.APPOINTMENT.address(appointment_id=row.id),
        number=row.number,
        patient=row.patient or TAKEN,
        patient_href=navigation.PATIENT_RECORD.address(patient_id=row.patient_id) if row.patient_id else "",
        mrn=row.mrn,
        when=f"{locale.moment(row.starts_at)}–{ends}{number}",
        day=local.date().isoformat(),
        time=local.strftime("%H:%M"),
        minutes=str(int((row.ends_at - row.starts_at).total_seconds() // 60)),
        service=row.service,
        practitioner=row.practitioner,
        room=row.room,
        department=row.department,
        equipment=", ".join(row.equipment),
        status=status_word(row.status),
        tone=STATUS_TONES[row.status],
        reason=row.reason,
        booked=f"{locale.moment(row.booked_at)}, {SOURCES[row.source].lower()}",
        source=SOURCES[row.source],
        override=f"{DOUBLE}: {row.override_reason}" if row.override_reason else "",
        cancel_reason=row.cancel_reason,
    )


def change_items(history: tuple[AppointmentChangeRow, ...], locale: HospitalLocale) -> list[ChangeItem]:
    """The history, newest first, for a timeline."""
    items: list[ChangeItem] = []
    day = ""
    for place, change in reversed(list(enumerate(history))):
        todays = locale.date_of(change.at)
        items.append(
            ChangeItem(
                id=str(place),
                day=todays if todays != day else "",
                kind="encounter",
                kind_label="Appointment",
                title=_title(change),
                detail=". ".join(text for text in (_moved(change, locale), change.reason, change.by) if text),
                time=locale.time(change.at),
            )
        )
        day = todays
    return items


def _title(change: AppointmentChangeRow) -> str:
    if change.kind in _DONE:
        return _DONE[change.kind]
    move = next(
        (
            one
            for one in APPOINTMENT_LIFE.moves
            if (one.start, one.end) == (change.from_status, change.to_status)
        ),
        None,
    )
    if move is not None and move.is_undo:
        return move.verb
    return status_word(AppointmentStatus(change.to_status)) if change.to_status else "Changed"


def _moved(change: AppointmentChangeRow, locale: HospitalLocale) -> str:
    if change.kind is not ChangeKind.MOVED:
        return ""
    pairs = (
        (locale.moment(change.from_starts_at), locale.moment(change.to_starts_at)),
        (change.from_practitioner, change.to_practitioner),
        (change.from_room, change.to_room),
    )
    return ", ".join(f"{old or 'none'} to {new or 'none'}" for old, new in pairs if old != new)
