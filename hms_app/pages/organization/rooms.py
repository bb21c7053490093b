"""Rooms: where patients are seen, treated and kept."""

import reflex as rx

from hms_app import navigation
from hms_app.domain.organization.values import ROOM_KIND_LABELS
from hms_app.pages.entries import choice_line, list_page, name_column, text_line
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column
from hms_app.state.live import Live
from hms_app.state.organization.rooms import RoomsState as State

KINDS = [(kind.value, label) for kind, label in ROOM_KIND_LABELS.items()]


@page_for(navigation.ROOMS, on_load=[State.load], live=Live(State.refresh, "room", "department"))
def rooms_page() -> rx.Component:
    """Find a room; add, change and close one."""
    return list_page(
        navigation.ROOMS,
        State,
        subtitle="Where patients are seen, treated and kept.",
        noun="room",
        columns=[
            name_column(State),
            column(State, "department"),
            column(State, "kind_label"),
        ],
        filters=[
            chip(State, "Department", "only", State.departments, shown=State.filter_label),
        ],
        fields=[
            text_line(State, "Name", "name", hint="As it stands on the door.", auto_focus=True),
            choice_line(State, "Department", "department_id", State.departments),
            choice_line(State, "Kind", "kind", KINDS),
        ],
        hint="A room belongs to a department: add that first.",
    )
