"""Departments: which parts the hospital has."""

import reflex as rx

from hms_app import navigation
from hms_app.pages.entries import list_page, name_column, text_line
from hms_app.pages.guard import page_for
from hms_app.pages.lists import column
from hms_app.state.live import Live
from hms_app.state.organization.departments import DepartmentsState as State


@page_for(navigation.DEPARTMENTS, on_load=[State.load], live=Live(State.refresh, "department"))
def departments_page() -> rx.Component:
    """Find a department; add, change and close one."""
    return list_page(
        navigation.DEPARTMENTS,
        State,
        subtitle="The parts of the hospital that rooms and practitioners belong to.",
        noun="department",
        columns=[
            name_column(State),
            column(State, "code", width="8rem"),
            column(State, "rooms", numeric=True, width="9rem"),
            column(State, "practitioners", numeric=True, width="9rem"),
        ],
        fields=[
            text_line(State, "Name", "name", auto_focus=True),
            text_line(
                State,
                "Code",
                "code",
                hint="Short and unique, such as CARD. Up to 12 letters, digits or hyphens.",
                max_length=12,
            ),
        ],
        hint="Start with the ones patients are sent to. Rooms and practitioners come next.",
    )
