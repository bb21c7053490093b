"""Services: what patients come for, how long it takes, and who offers it."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.components.kinds import Child
from hms_app.domain.scheduling.values.clinics import CLINIC_LABELS
from hms_app.domain.scheduling.values.services import COLOUR_LABELS
from hms_app.pages.entries import choice_line, list_page, name_cell, text_line
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column
from hms_app.state.live import Live
from hms_app.state.scheduling.services import ServicesState as State

HUES = {colour.value: label for colour, label in COLOUR_LABELS.items()}


@page_for(
    navigation.SERVICES,
    on_load=[State.load],
    live=Live(State.refresh, "healthcare_service", "service_resource", "department"),
)
def services_page() -> rx.Component:
    """Find a service; add, change and close one."""
    return list_page(
        navigation.SERVICES,
        State,
        subtitle="What patients come for, how long it takes, and who offers it.",
        noun="service",
        columns=[
            column(State, "name", cell=_name, phone="title"),
            column(State, "code", phone="hide", width="7rem"),
            column(State, "department", phone="hide"),
            column(State, "length", numeric=True, width="6rem"),
            column(State, "around", phone="hide"),
            column(State, "offered_by"),
            column(State, "places", phone="hide"),
            column(State, "online", width="8rem", phone="hide"),
        ],
        filters=[chip(State, "Department", "only", State.departments, shown=State.filter_label)],
        fields=[_what(), _takes(), _who(), _patients(), _waiting()],
        hint="Start with the usual services of a kind of clinic, or add what patients come for one by one.",
        start=_start,
    )


def _start() -> rx.Component:
    return kit.menu(
        kit.button("Start from a kind of clinic", icon="sparkles"),
        *[
            kit.menu_item(label, icon="stethoscope", on_click=State.start_clinic(kind.value))
            for kind, label in CLINIC_LABELS.items()
        ],
        label="Kinds of clinics",
    )


def _name(row: Any) -> rx.Component:
    return rx.el.div(
        kit.swatch(row["colour"]), name_cell(State, row), class_name="flex items-center gap-2 min-w-0"
    )


def _minutes(label: str, name: str, **props: Any) -> rx.Component:
    return text_line(State, label, name, input_mode="numeric", max_length=5, suffix="minutes", **props)


def _tick(label: str, name: str, hint: str = "") -> rx.Component:
    return kit.checkbox_field(
        label, name, hint=hint, problems=State.problems, default_checked=State.form[name] == "on"
    )


def _choices(label: str, name: str, options: Any, **props: Any) -> rx.Component:
    return kit.choices_field(
        label, name, options, chosen=State.form[name], problems=State.problems, optional=True, **props
    )


def _what() -> Child:
    return kit.form_section(
        "What it is",
        text_line(
            State, "Name", "name", hint="As you say it to patients, such as First visit.", auto_focus=True
        ),
        choice_line(
            State, "Department", "department_id", State.departments, placeholder="None", optional=True
        ),
        kit.combobox(
            "Code",
            "catalogue_item_id",
            on_search=State.find_codes,
            options=State.items,
            default_value=State.form["catalogue_item_id"],
            default_label=State.form["code"],
            problems=State.problems,
            hint="Its item of the catalogue: prices and reports go by it.",
            optional=True,
        ),
        kit.colour_field(
            "Colour in the calendar",
            "colour",
            HUES,
            default_value=State.form["colour"],
            problems=State.problems,
        ),
    )


def _takes() -> Child:
    return kit.form_section(
        "How long it takes",
        _minutes("Duration", "duration_minutes", hint="With the patient."),
        kit.form_row(
            _minutes("Preparation", "preparation_minutes", hint="Kept free before."),
            _minutes("Clean-up", "cleanup_minutes", hint="Kept free after."),
        ),
    )


def _who() -> Child:
    return kit.form_section(
        "Who and what it needs",
        _tick("A practitioner", "needs_practitioner"),
        _tick(
            "A room", "needs_room", "Without, the practitioner's own place is meant and no room is reserved."
        ),
        _tick("Equipment", "needs_equipment"),
        _choices(
            "Offered by",
            "practitioners",
            State.practitioners,
            hint="Only who is ticked can be booked for it.",
            empty="Add practitioners first.",
        ),
        _choices(
            "In the rooms",
            "rooms",
            State.rooms,
            hint="None ticked means any room of its department.",
            empty="There are no rooms yet.",
        ),
        _choices(
            "With one of",
            "equipment",
            State.equipment,
            hint="Each piece that will do.",
            empty="There is no equipment yet.",
        ),
    )


def _patients() -> Child:
    return kit.form_section(
        "What patients may do themselves",
        _tick("They can book it online", "is_bookable_online"),
        _tick("Somebody here approves each booking first", "needs_approval"),
        kit.form_row(
            text_line(
                State,
                "Booked at the latest",
                "notice_hours",
                suffix="hours before",
                input_mode="numeric",
                max_length=5,
            ),
            text_line(
                State,
                "At the earliest",
                "ahead_days",
                suffix="days before",
                input_mode="numeric",
                max_length=4,
            ),
        ),
        kit.form_row(
            text_line(
                State,
                "Moved or cancelled until",
                "latest_change_hours",
                suffix="hours before",
                input_mode="numeric",
                max_length=5,
            ),
            text_line(
                State,
                "Open bookings at once",
                "most_open",
                hint="Of this service for one patient; 0 for any number.",
                input_mode="numeric",
                max_length=4,
            ),
        ),
    )


def _waiting() -> Child:
    return kit.form_section(
        "When waiting is too long",
        kit.form_row(
            _minutes("Warn after", "wait_warning_minutes", hint="The desk sees the wait in amber."),
            _minutes("Alarm after", "wait_danger_minutes", hint="And then in red."),
        ),
    )
