"""The calendar: a day or a week with a column for each practitioner or room, by pointer and by keyboard.

Drawn by `assets/calendar.jsx`, which only pages with a calendar load. All places are minutes on the day's axis, which the
server lays out (`domain/scheduling/rules/day_axis.py`): the browser's own zone and clock decide nothing.
"""

from typing import Any, Final

import reflex as rx

from hms_app.components.kinds import Flag, Text

_AXIS: Final = {
    "shown": str,
    "length": int,
    "step": int,
    "focus": int,
    "now": int,
    "marks": list[dict[str, Any]],
}


class _Calendar(rx.Component):
    library = "$/public/calendar.jsx"
    tag = "Calendar"

    calendar_id: rx.Var[str]
    label: rx.Var[str]
    shown: rx.Var[str]
    length: rx.Var[int]
    step: rx.Var[int]
    focus: rx.Var[int]
    now: rx.Var[int]
    marks: rx.Var[list[dict[str, Any]]]
    columns: rx.Var[list[dict[str, Any]]]
    spans: rx.Var[list[dict[str, Any]]]
    events: rx.Var[list[dict[str, Any]]]
    answered: rx.Var[int]
    can_book: rx.Var[bool]
    can_move: rx.Var[bool]

    @classmethod
    def get_event_triggers(cls) -> dict[str, Any]:
        """What it calls, and with what."""
        return {
            **super().get_event_triggers(),
            "on_open": rx.event.passthrough_event_spec(str),
            "on_create": rx.event.passthrough_event_spec(str, int, int),
            "on_move": rx.event.passthrough_event_spec(str, str, int),
            "on_resize": rx.event.passthrough_event_spec(str, str, int, int),
        }


def calendar(
    label: Text,
    *,
    id: str,
    axis: rx.Var[dict[str, Any]],
    columns: rx.Var[list[dict[str, Any]]],
    spans: rx.Var[list[dict[str, Any]]],
    events: rx.Var[list[dict[str, Any]]],
    on_open: Any,
    on_create: Any,
    on_move: Any,
    on_resize: Any,
    answered: int | rx.Var[int] = 0,
    can_book: Flag = True,
    can_move: Flag = True,
) -> rx.Component:
    """Columns of appointments by time.

    `axis`: `shown` (what day or week it is), `length` in minutes, `step` of its free times, `focus` (the minute that is
    seen first), `now` (-1 for none) and `marks` (`at`, `clock`, `label`) of its hours.
    `columns`: `id`, `title`, `initials`, `detail` ("6 booked, 2 h free"), `notes` (leave, for those who hear), `is_today`.
    `spans` are shut: `column`, `start`, `end`, `kind` (off, leave, absent), `label`.
    `events`: `id`, `column`, `start`, `end`, `title`, `lines`, `colour` ("1" to "8", or a tone), `status`, `status_word`,
    `flags` ("Double-booked"), `holds` (whether nobody else gets its time), `is_movable`.
    Calls `on_open(id)`, `on_create(column, start, end)`, `on_move(id, column, start)` and
    `on_resize(id, column, start, end)`; `answered` changes when a move was answered, also by a refusal.
    """
    parts = {name: axis[name].to(kind) for name, kind in _AXIS.items()}
    return _Calendar.create(
        calendar_id=id,
        label=label,
        columns=columns,
        spans=spans,
        events=events,
        answered=answered,
        can_book=can_book,
        can_move=can_move,
        on_open=on_open,
        on_create=on_create,
        on_move=on_move,
        on_resize=on_resize,
        **parts,
    )
