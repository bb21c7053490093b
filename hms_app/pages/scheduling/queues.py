"""Queues: whose they are, in which order people are called, and the letters before the numbers."""

import reflex as rx

from hms_app import navigation
from hms_app.domain.scheduling.values.queues import QUEUE_KIND_LABELS, QUEUE_ORDER_LABELS
from hms_app.pages.entries import choice_line, list_page, name_column, text_line
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column
from hms_app.state.live import Live
from hms_app.state.scheduling.queues import QueuesState as State

KINDS = [(kind.value, label) for kind, label in QUEUE_KIND_LABELS.items()]
ORDERS = [(order.value, label) for order, label in QUEUE_ORDER_LABELS.items()]


@page_for(
    navigation.QUEUES, on_load=[State.load], live=Live(State.refresh, "queue", "queue_entry", "department")
)
def queues_page() -> rx.Component:
    """Find a queue; add, change and close one."""
    return list_page(
        navigation.QUEUES,
        State,
        subtitle="Where people wait, and in which order they are called.",
        noun="queue",
        columns=[
            name_column(State),
            column(State, "owner"),
            column(State, "order_label"),
            column(State, "prefix", width="6rem", phone="hide"),
            column(State, "waiting", numeric=True, width="6rem"),
        ],
        filters=[chip(State, "Whose", "kind", KINDS)],
        fields=[
            text_line(State, "Name", "name", hint="As the board says it.", auto_focus=True),
            choice_line(State, "Whose queue", "kind", KINDS),
            choice_line(State, "Practitioner", "practitioner_id", State.practitioners, optional=True),
            choice_line(State, "Service", "service_id", State.services, optional=True),
            choice_line(
                State,
                "Department",
                "department_id",
                State.departments,
                optional=True,
                hint="Choose the one whose queue it is; the other two stay empty.",
            ),
            choice_line(State, "People are called by", "ordering", ORDERS),
            text_line(
                State,
                "Letters before the numbers",
                "prefix",
                optional=True,
                max_length=3,
                hint="Such as A for A1, A2; none is fine.",
            ),
        ],
        hint="Queues are made by themselves when somebody is checked in; add one to choose its order or letters.",
    )
