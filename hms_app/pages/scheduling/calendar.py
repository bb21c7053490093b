"""The calendar screen: a day or a week, filters, and on a phone a list."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.scheduling.appointment_parts import appointment_drawer
from hms_app.pages.scheduling.booking_form import booking_form
from hms_app.state.live import Live
from hms_app.state.scheduling.appointment import AppointmentState
from hms_app.state.scheduling.booking import BookingState
from hms_app.state.scheduling.calendar import CalendarState as S

TOPICS = ("appointment", "reservation", "schedule", "availability_exception", "healthcare_service")
"""The tables whose changes show in a calendar."""


@page_for(navigation.CALENDAR, on_load=[S.load], live=Live(S.refresh, *TOPICS))
def calendar_page() -> rx.Component:
    """Who sees whom, when and where; book, move and open appointments."""
    return frame(
        navigation.CALENDAR,
        kit.page_header(S.title, S.note, actions=_days()),
        _toolbar(),
        rx.cond(
            S.calendar_problem,
            kit.card(kit.error_state(S.calendar_problem, on_retry=S.load)),
            rx.cond(S.is_loading, kit.skeleton_card(), rx.fragment(_calendar(), _list())),
        ),
        appointment_drawer(),
        _booking(),
    )


def _days() -> rx.Component:
    return kit.row(
        kit.icon_button("Earlier", "chevron-left", variant="secondary", on_click=S.earlier),
        kit.button("Today", on_click=S.pick_day("")),
        kit.icon_button("Later", "chevron-right", variant="secondary", on_click=S.later),
        rx.el.div(
            kit.date_field("Day", "day", hide_label=True, default_value=S.day, key=S.day, on_pick=S.pick_day),
            class_name="w-40",
        ),
    )


def _booking() -> rx.Component:
    return kit.drawer(
        "Book appointment",
        booking_form(),
        id="book-appointment",
        open=BookingState.is_open,
        on_close=BookingState.close,
        size="large",
        reopen=BookingState.open_again(
            *(BookingState.chosen[name] for name in ("day", "time", "practitioner_id", "service_id"))
        ),
    )


def _toolbar() -> rx.Component:
    return kit.toolbar(
        kit.filter_chips(
            _choice("View", "view", [("", "Day"), ("week", "Week")]),
            _choice("Columns", "by", [("", "Practitioners"), ("room", "Rooms")]),
            _chip("Department", "department", S.departments),
            rx.cond(
                S.asked["by"] == "room",
                _chip("Room", "who", S.things),
                _chip("Practitioner", "who", S.things),
            ),
            _chip("Service", "service", S.services),
            _choice("Colour", "colour", [("", "By service"), ("status", "By status")]),
        ),
    )


def _chip(label: str, part: str, options: rx.Var[Any]) -> rx.Component:
    return kit.filter_chip(
        label,
        value=S.asked[part],
        options=options,
        on_choose=lambda value: S.narrow(part, value),
        shown=S.names[part],
    )


def _choice(label: str, part: str, choices: list[tuple[str, str]]) -> rx.Component:
    return kit.menu(
        kit.button(rx.match(S.asked[part], *choices, choices[0][1]), icon_end="chevron-down", size="small"),
        *[
            kit.menu_item(text, checked=S.asked[part] == value, on_click=S.narrow(part, value))
            for value, text in choices
        ],
        align="start",
        label=label,
    )


def _calendar() -> rx.Component:
    return rx.el.div(
        rx.cond(
            S.columns.length() > 0,
            kit.calendar(
                S.title,
                id="calendar",
                axis=S.axis,
                columns=S.columns,
                spans=S.spans,
                events=S.events,
                answered=S.answered,
                can_book=S.may_book,
                can_move=S.may_book,
                on_open=AppointmentState.look,
                on_create=S.create,
                on_move=S.move,
                on_resize=S.resize,
            ),
            _nobody(),
        ),
        class_name="hidden sm:block",
    )


def _nobody() -> rx.Component:
    return kit.card(
        kit.empty_state(
            "Nobody has hours or appointments here",
            "Choose another day, take away a filter, or enter schedules.",
            icon="calendar-x",
        )
    )


def _list() -> rx.Component:
    return rx.el.div(
        rx.cond(
            S.listed.length() > 0,
            rx.el.ul(rx.foreach(S.listed, _listed), class_name="k-stack-small"),
            _nobody(),
        ),
        class_name="sm:hidden",
    )


def _listed(row: Any) -> rx.Component:
    return rx.el.li(
        rx.cond(row["day"], rx.el.h2(row["day"], class_name="k-section-title"), rx.fragment()),
        rx.el.button(
            rx.el.span(
                rx.el.span(row["time"], class_name="k-mono"),
                kit.badge(row["status"], row["tone"]),
                class_name="flex justify-between gap-2",
            ),
            rx.el.strong(row["title"]),
            rx.el.span(row["detail"], class_name="k-hint"),
            type="button",
            class_name="k-card w-full text-left grid gap-1 p-3",
            on_click=AppointmentState.look(row["id"]),
        ),
        key=row["id"],
    )
