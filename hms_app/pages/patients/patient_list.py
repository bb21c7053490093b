"""The patient list."""

from typing import Any, Final

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.core.live import PATIENTS
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.lists import (
    asked,
    band_chip,
    chip,
    column,
    if_offered,
    list_table,
    list_toolbar,
    lookup_chip,
)
from hms_app.pages.tailored_lists import (
    columns_menu,
    filter_drawer,
    filters_button,
    keeping_dialog,
    lookup_field,
    views_menu,
)
from hms_app.state.live import Live
from hms_app.state.patients.patient_list import PatientListState as S
from hms_app.state.shell import ShellState

SEXES: Final = [("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Unknown")]
LIVES: Final = [("no", "Living"), ("yes", "Deceased")]
RECORDS: Final = [("active", "Active"), ("inactive", "Inactive"), ("entered_in_error", "Entered in error")]
LAST_VISITS: Final = [
    ("30", "In the last 30 days"),
    ("182", "In the last six months"),
    ("365", "In the last year"),
    ("over-365", "More than a year ago"),
    ("over-1095", "More than three years ago"),
    ("never", "Never here"),
]
SHAPES: Final[dict[str, dict[str, Any]]] = {
    "name": {
        "phone": "title",
        "sortable": True,
        "cell": lambda row: kit.cell_link(row["name"], row["href"]),
    },
    "mrn": {
        "width": "140px",
        "sortable": True,
        "cell": lambda row: rx.el.span(row["mrn"], class_name="k-mono"),
    },
    "birth_date": {"width": "140px", "sortable": True},
    "age": {"width": "110px", "phone": "hide"},
    "sex": {"width": "100px"},
    "last_visit": {"sortable": True},
    "updated": {"sortable": True},
    "status": {
        "width": "200px",
        "phone": "badge",
        "cell": lambda row: kit.badge(row["status"], row["status_tone"]),
    },
}


@page_for(navigation.PATIENT_LIST, on_load=[S.load], live=Live(S.refresh, PATIENTS))
def patient_list() -> rx.Component:
    """Find a patient by any part of the name, number, phone, date of birth or identifier."""
    return frame(
        navigation.PATIENT_LIST,
        kit.page_header("Patients", "Everyone known to this hospital.", actions=_registering("primary")),
        list_toolbar(
            S,
            _filters(),
            search="Search patients",
            placeholder="Name, number, phone or date of birth",
            right=[columns_menu(S), views_menu(S, "All patients", icon="users-round")],
        ),
        list_table(
            S,
            [column(S, name, **SHAPES.get(name, {})) for name in S.listed.columns],
            label="Patients",
            empty=_empty(),
            href=lambda row: row["href"],
        ),
        filter_drawer(S, *_fields(), show="Show patients"),
        keeping_dialog(S, placeholder="My diabetics"),
    )


def _registering(variant: Any) -> rx.Component:
    there = navigation.PATIENT_REGISTER.route
    link = kit.link_button("Register patient", there, variant=variant, icon="user-round-plus")
    return rx.cond(ShellState.registers_patients, link, rx.fragment())


def _filters() -> list[rx.Component]:
    return [
        chip(S, "Sex", "sex", SEXES),
        band_chip(S, "Age", "age"),
        if_offered(S, "last_visit", chip(S, "Last visit", "last_visit", LAST_VISITS)),
        chip(S, "Life", "deceased", LIVES),
        chip(S, "Record", "status", RECORDS),
        lookup_chip(S, "Department", "department"),
        lookup_chip(S, "Practitioner", "practitioner"),
        lookup_chip(S, "Payer", "payer"),
        lookup_chip(S, "Condition", "condition"),
        filters_button(S),
    ]


def _fields() -> list[rx.Component]:
    return [
        kit.form_row(_age_field("From age", "age_from"), _age_field("To age", "age_to")),
        lookup_field(S, "Department", "department", placeholder="Any department"),
        lookup_field(S, "Practitioner", "practitioner", placeholder="Anybody"),
        lookup_field(S, "Condition", "condition", placeholder="Any condition", hint="Now or before."),
        lookup_field(S, "Payer", "payer", placeholder="Any payer", hint="Who pays today."),
    ]


def _age_field(label: str, part: str) -> rx.Component:
    return kit.text_field(
        label,
        part,
        default_value=asked(S, part),
        input_mode="numeric",
        max_length=3,
        optional=True,
        hint="Years",
    )


def _empty() -> rx.Component:
    return rx.cond(
        S.is_narrowed,
        kit.empty_state(
            "No patient matches",
            "Try fewer letters, another part of the name, the date of birth or the phone number, or remove a filter.",
            icon="search-x",
            action=kit.button("Clear search and filters", on_click=S.clear),
        ),
        kit.empty_state(
            "No patients yet",
            "Register the first one. An administrator brings in files under Administration, Imports.",
            icon="users-round",
            action=_registering("secondary"),
        ),
    )
