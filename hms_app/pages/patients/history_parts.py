"""What the pages of a record's past share: the filters, the days and the pager."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child
from hms_app.navigation import Screen


def history_list(
    screen: Screen,
    state: Any,
    entry: Callable[[Any], rx.Component],
    *more_filters: Child,
    note: str,
    nothing: str,
    never: str,
) -> rx.Component:
    """The filters over a card of entries, newest first, and the pager below."""
    return kit.stack(
        _filters(state, more_filters),
        kit.card(
            rx.el.p(note, class_name="text-(--muted) text-[13px] pb-3"),
            rx.cond(
                state.rows.length() > 0,
                rx.el.ol(rx.foreach(state.rows, entry), class_name="flex flex-col", aria_label=screen.title),
                rx.cond(
                    state.is_filtered,
                    kit.empty_state(
                        nothing, "Widen the dates, or remove a filter.", icon=screen.icon, compact=True
                    ),
                    kit.empty_state(nothing, never, icon=screen.icon, compact=True),
                ),
            ),
            footer=kit.pager(
                has_previous=state.has_previous,
                has_next=state.has_next,
                on_previous=state.previous_page,
                on_next=state.next_page,
            ),
        ),
    )


def day_heading(row: Any) -> rx.Component:
    """The day, on the first entry of it."""
    return rx.cond(
        row["day"],
        rx.el.h3(row["day"], class_name="text-[13px] font-semibold pt-4 pb-1"),
        rx.fragment(),
    )


def _filters(state: Any, more: tuple[Child, ...]) -> rx.Component:
    return kit.filter_form(
        kit.select_field(
            "Person",
            "person",
            state.people,
            placeholder="Anybody",
            default_value=state.filters["person"],
            optional=True,
        ),
        *more,
        _day("From", "from", state),
        _day("To", "to", state),
        on_submit=state.apply,
        on_all=state.apply({}),
        key=state.filter_key,
    )


def _day(label: str, name: str, state: Any) -> rx.Component:
    return kit.date_field(
        label, name, default_value=state.filters[name], problems=state.problems, optional=True
    )
