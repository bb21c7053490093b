"""The calendar as the kit shows it: free, booked, double-booked, shut."""

from typing import Any

import reflex as rx

from hms_app import components as kit

_MARKS = [{"at": hour * 60, "clock": hour * 60, "label": f"{hour:02}:00"} for hour in range(24)]
AXIS: rx.Var[dict[str, Any]] = rx.Var.create(
    {"shown": "kit", "length": 1440, "step": 15, "focus": 480, "now": 620, "marks": _MARKS}
)
COLUMNS: rx.Var[list[dict[str, Any]]] = rx.Var.create(
    [
        {"id": "1", "title": "Dr Amina Okafor", "initials": "AO", "detail": "5 booked, 5 h 15 free", "notes": "", "is_today": True},
        {"id": "2", "title": "Dr Jonas Weber", "initials": "JW", "detail": "1 booked, 3 h free",
         "notes": "Leave from 13:00", "is_today": True},
    ]
)  # fmt: skip
SPANS: rx.Var[list[dict[str, Any]]] = rx.Var.create(
    [
        {"column": "1", "start": 0, "end": 480, "kind": "off", "label": ""},
        {"column": "1", "start": 1020, "end": 1440, "kind": "off", "label": ""},
        {"column": "2", "start": 0, "end": 540, "kind": "off", "label": ""},
        {"column": "2", "start": 780, "end": 1440, "kind": "leave", "label": "Leave"},
    ]
)


def _event(number: int, column: str, start: int, end: int, **parts: Any) -> dict[str, Any]:
    rest = {
        "lines": ["Follow-up", "Room 3"],
        "flags": [],
        "status": "booked",
        "status_word": "Booked",
        "colour": "1",
    }
    of_it = {
        "id": str(number),
        "column": column,
        "start": start,
        "end": end,
        "holds": True,
        "is_movable": True,
    }
    return {**rest, **of_it, **parts}


EVENTS: rx.Var[list[dict[str, Any]]] = rx.Var.create(
    [
        _event(1, "1", 495, 510, title="Lena Müller", status="fulfilled", status_word="Fulfilled", is_movable=False),
        _event(2, "1", 540, 570, title="Adaeze Okafor", status="arrived", status_word="Arrived", colour="2"),
        _event(3, "1", 600, 660, title="José Eduardo Gómez", colour="3"),
        _event(4, "1", 615, 645, title="Sam O’Connor-Fitzgerald", flags=["Double-booked"], colour="1"),
        _event(5, "1", 720, 750, title="Nguyễn Thị Hoa", status="no_show", status_word="No-show", holds=False,
               is_movable=False),
        _event(6, "2", 570, 615, title="Lena Müller", status="proposed", status_word="Proposed", colour="6"),
    ]
)  # fmt: skip


def calendar_sample() -> rx.Component:
    """A day of two practitioners; nothing that is moved here stays moved."""
    return kit.calendar(
        "Appointments on 23 Nov 2026",
        id="kit-calendar",
        axis=AXIS,
        columns=COLUMNS,
        spans=SPANS,
        events=EVENTS,
        on_open=lambda *_: rx.toast.info("Opened"),
        on_create=lambda *_: rx.toast.info("Booking begins"),
        on_move=lambda *_: rx.toast.info("Moved"),
        on_resize=lambda *_: rx.toast.info("Resized"),
    )
