"""The catalogue: what can be booked, ordered and sold."""

import reflex as rx

from hms_app import navigation
from hms_app.domain.catalogue.values import CATEGORY_LABELS
from hms_app.pages.entries import choice_line, list_page, name_column, text_line
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column
from hms_app.state.catalogue.items import CatalogueState as State
from hms_app.state.live import Live

CATEGORIES = [(category.value, label) for category, label in CATEGORY_LABELS.items()]


@page_for(navigation.CATALOGUE, on_load=[State.load], live=Live(State.refresh, "catalogue_item"))
def catalogue_page() -> rx.Component:
    """Find an item; add, change and close one."""
    return list_page(
        navigation.CATALOGUE,
        State,
        subtitle="What can be booked, ordered and sold, each by one code.",
        noun="catalogue item",
        columns=[
            name_column(State, sortable=True),
            column(State, "code", sortable=True),
            column(State, "category_label"),
        ],
        filters=[chip(State, "Category", "category", CATEGORIES)],
        fields=[
            text_line(State, "Name", "name", auto_focus=True),
            text_line(
                State,
                "Code",
                "code",
                max_length=32,
                hint="Short and unique, such as LAB-GLU; capitals make no difference.",
            ),
            choice_line(State, "Category", "category", CATEGORIES),
        ],
        hint="Add what patients are booked for, what is ordered for them and what is sold.",
    )
