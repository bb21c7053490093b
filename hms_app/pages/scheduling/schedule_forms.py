"""The forms of somebody's time: weekly hours, leave and other hours, closures."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child
from hms_app.components.versions import versioned
from hms_app.domain.scheduling.values.schedules import MODE_LABELS
from hms_app.pages.entries import choice_line, text_line
from hms_app.state.scheduling.schedule import CLOSURE, EXCEPTION
from hms_app.state.scheduling.schedule import ScheduleState as State

MODES = [(mode.value, label) for mode, label in MODE_LABELS.items()]
KINDS = [
    ("closed", "Away: leave, a course, a meeting"),
    ("extra", "Extra hours beside the usual ones"),
    ("instead", "Other hours instead of the usual ones"),
]
USUAL = ("Mon-Fri 8-12, 13-17", "Mon-Fri 9-17", "Mon-Fri 8-13")


def drawers() -> rx.Component:
    """The drawers of the screen, one open at most."""
    is_schedule = (State.opened != "") & (State.opened != EXCEPTION) & (State.opened != CLOSURE)
    return rx.fragment(
        kit.drawer(
            rx.cond(State.opened == "new", "Add weekly hours", "Change weekly hours"),
            rx.cond(is_schedule, _schedule_form(), rx.fragment()),
            id="schedule-form",
            open=is_schedule,
            on_close=State.close_form,
            size="large",
            reopen=State.open_schedule(State.opened),
        ),
        _exception_drawer(EXCEPTION, "Add leave or other hours", _kind(), _days(), _note(), _request()),
        _exception_drawer(CLOSURE, "Close hospital or department", _department(), _days(), _note()),
    )


def _schedule_form() -> rx.Component:
    form = kit.form(
        _hours(),
        _valid(),
        choice_line(State, "Place", "room_id", State.places, placeholder="No fixed room", optional=True),
        kit.radio_group(
            "Booked as", "mode", MODES, default_value=State.form["mode"], problems=State.problems
        ),
        _grid(),
        _services(),
        text_line(State, "Name", "name", optional=True, hint="Such as Consulting hours."),
        _actions("Save hours"),
        on_submit=State.save_schedule,
        problem=State.refusal,
        key=State.form_key,
    )
    keep_theirs = kit.button("Keep theirs", variant="ghost", on_click=State.close_form)
    return versioned(State, form, on_submit=State.save_schedule, leave=keep_theirs)


def _valid() -> Child:
    return kit.form_row(
        kit.date_field("From", "valid_from", problems=State.problems, default_value=State.form["valid_from"]),
        kit.date_field(
            "Until",
            "valid_to",
            problems=State.problems,
            default_value=State.form["valid_to"],
            hint="The last day; empty for no end.",
            optional=True,
        ),
    )


def _grid() -> Child:
    return kit.form_row(
        text_line(
            State,
            "Times every",
            "slot_minutes",
            suffix="minutes",
            input_mode="numeric",
            max_length=4,
            hint="Counted from the start of each window.",
        ),
        text_line(
            State,
            "Numbers a session",
            "capacity",
            input_mode="numeric",
            max_length=4,
            optional=True,
            hint="Only for numbers.",
        ),
    )


def _services() -> Child:
    return kit.choices_field(
        "For these services",
        "services",
        State.services,
        chosen=State.form["services"],
        hint="None ticked means all.",
        empty="There are no services yet.",
        problems=State.problems,
        optional=True,
    )


def _hours() -> Child:
    quick = [
        kit.button(text, size="small", on_click=State.use_hours(text), aria_label=f"Use {text}")
        for text in USUAL
    ]
    return rx.el.div(
        kit.textarea_field(
            "Hours",
            "hours",
            rows=3,
            hint="A line for days with the same hours: Mon-Fri 8-12, 13-17 or Sat 9-13. 22-6 ends the next day.",
            problems=State.problems,
            default_value=State.form["hours"],
            on_change=State.type_hours.debounce(250),
            key=State.hours_key,
            max_length=2000,
            auto_focus=True,
        ),
        rx.el.div(*quick, class_name="flex flex-wrap gap-2 py-2"),
        rx.cond(
            State.preview_problem != "",
            rx.el.p(State.preview_problem, class_name="k-hint pb-2", role="status"),
            rx.fragment(),
        ),
        rx.el.div(
            rx.foreach(State.preview, _day),
            class_name="k-preview",
            role="group",
            aria_label="The week as typed",
        ),
    )


def _day(day: Any) -> rx.Component:
    copy = kit.menu(
        kit.icon_button(f"Hours of {day['label']}", "ellipsis", size="small", tip=False),
        kit.menu_item("Copy to Mon-Fri", icon="copy", on_click=State.copy_day(day["id"], "week")),
        kit.menu_item("Copy to every day", icon="copy", on_click=State.copy_day(day["id"], "all")),
        kit.menu_item("Leave this day free", icon="eraser", on_click=State.copy_day(day["id"], "none")),
    )
    return rx.el.div(
        rx.el.div(
            day["label"], rx.cond(day["hours"] != "", copy, rx.fragment()), class_name="k-preview-head"
        ),
        rx.el.div(day["hours"], class_name="whitespace-pre-line tabular-nums"),
        key=day["id"],
    )


def _exception_drawer(what: str, title: str, *fields: Child) -> rx.Component:
    form = kit.form(
        *fields,
        _actions("Close these days" if what == CLOSURE else "Save"),
        on_submit=State.save_exception,
        problem=State.refusal,
        key=State.form_key,
    )
    return kit.drawer(
        title,
        rx.cond(State.opened == what, form, rx.fragment()),
        id=f"{what}-form",
        open=State.opened == what,
        on_close=State.close_form,
        reopen=State.open_exception(what),
    )


def _kind() -> Child:
    return kit.radio_group("What", "kind", KINDS, default_value=State.form["kind"], problems=State.problems)


def _department() -> Child:
    return choice_line(
        State,
        "What closes",
        "department_id",
        State.departments,
        placeholder="The whole hospital",
        optional=True,
    )


def _days() -> Child:
    hint = "Without times whole days are meant."
    return kit.form_section(
        "When",
        kit.form_row(
            kit.date_field("First day", "starts_on", problems=State.problems),
            kit.date_field("Last day", "ends_on", problems=State.problems, optional=True),
        ),
        kit.form_row(
            kit.time_field("From", "start_time", problems=State.problems, optional=True, hint=hint),
            kit.time_field("To", "end_time", problems=State.problems, optional=True),
        ),
    )


def _note() -> Child:
    return text_line(State, "Note", "note", optional=True, hint="Seen by everybody who sees schedules.")


def _request() -> Child:
    return kit.checkbox_field(
        "It still needs somebody's approval",
        "is_request",
        hint="Until it is granted the time can still be booked, with a warning.",
        problems=State.problems,
    )


def _actions(verb: str) -> Child:
    return kit.form_actions(
        kit.submit_button(verb, busy=State.is_saving),
        kit.button("Cancel", variant="ghost", on_click=State.close_form),
    )
