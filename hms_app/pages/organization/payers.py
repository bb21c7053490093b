"""Payers: who pays for patients."""

import reflex as rx

from hms_app import navigation
from hms_app.domain.organization.values import PAYER_KIND_LABELS
from hms_app.pages.entries import choice_line, list_page, name_column, text_line
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column
from hms_app.pages.organization.address_fields import address_fields
from hms_app.state.live import Live
from hms_app.state.organization.payers import PayersState as State

KINDS = [(kind.value, label) for kind, label in PAYER_KIND_LABELS.items()]


@page_for(navigation.PAYERS, on_load=[State.load], live=Live(State.refresh, "payer"))
def payers_page() -> rx.Component:
    """Find a payer; add, change and close one."""
    return list_page(
        navigation.PAYERS,
        State,
        subtitle="Insurances, public schemes and employers that pay for patients.",
        noun="payer",
        columns=[
            name_column(State),
            column(State, "kind_label"),
            column(State, "phone"),
            column(State, "address", phone="hide"),
        ],
        filters=[chip(State, "Kind", "only", KINDS)],
        fields=[
            text_line(State, "Name", "name", auto_focus=True),
            choice_line(State, "Kind", "kind", KINDS),
            *address_fields(State.problems, lambda name: State.form[name]),
            text_line(State, "Phone", "phone", type="tel", optional=True, max_length=40),
        ],
        hint="Add those whose members you treat.",
    )
