"""Equipment that can be booked with a visit."""

import reflex as rx

from hms_app import navigation
from hms_app.pages.entries import choice_line, list_page, name_column, text_line
from hms_app.pages.guard import page_for
from hms_app.pages.lists import column
from hms_app.state.live import Live
from hms_app.state.scheduling.equipment import EquipmentState as State


@page_for(navigation.EQUIPMENT, on_load=[State.load], live=Live(State.refresh, "resource", "department"))
def equipment_page() -> rx.Component:
    """Find a piece of equipment; add, change and close one."""
    return list_page(
        navigation.EQUIPMENT,
        State,
        subtitle="What is reserved together with a visit, so that nobody else has it at that time.",
        noun="equipment",
        columns=[
            name_column(State),
            column(State, "department"),
            column(State, "services", numeric=True, width="7rem"),
        ],
        fields=[
            text_line(State, "Name", "name", hint="One piece each, such as Ultrasound 2.", auto_focus=True),
            choice_line(
                State, "Department", "department_id", State.departments, placeholder="None", optional=True
            ),
        ],
        hint="Add what can be had by one patient at a time, such as an ultrasound. Services then name it.",
    )
