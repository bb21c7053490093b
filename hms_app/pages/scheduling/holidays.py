"""Public holidays: the days of a country and year on which the hospital is closed."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.state.live import Live
from hms_app.state.scheduling.holidays import TICK
from hms_app.state.scheduling.holidays import HolidaysState as State


@page_for(navigation.HOLIDAYS, on_load=[State.load], live=Live(State.refresh, "availability_exception"))
def holidays_page() -> rx.Component:
    """See the public holidays of a country, choose those that count here, and add them in one go."""
    subtitle = "Weekly hours do not hold on these days. Extra hours that are given for such a day do."
    return frame(
        navigation.HOLIDAYS,
        kit.page_header(navigation.HOLIDAYS.title, subtitle),
        kit.narrow(
            kit.stack(
                kit.form_row(
                    kit.select_field(
                        "Country",
                        "country",
                        State.countries,
                        value=State.country,
                        on_change=State.choose_country,
                    ),
                    kit.field("Year", _year(), id="field-year"),
                ),
                rx.cond(State.holidays.length() > 0, _form(), _none()),
            )
        ),
    )


def _year() -> rx.Component:
    return rx.el.select(
        rx.foreach(State.years, lambda year: rx.el.option(year, value=year, key=year)),
        id="field-year",
        value=State.year,
        on_change=State.choose_year,
        class_name="k-input k-select",
    )


def _form() -> rx.Component:
    return kit.form(
        rx.el.fieldset(
            rx.el.legend("Closed on", class_name="k-label"),
            rx.el.div(rx.foreach(State.holidays, _day), class_name="k-stack pt-2"),
            rx.cond(State.problems["days"], kit.field_error(State.problems["days"]), rx.fragment()),
        ),
        kit.form_actions(kit.submit_button("Add these holidays", busy=State.is_saving)),
        on_submit=State.add,
        problem=State.problem,
        key=State.form_key,
    )


def _day(row: Any) -> rx.Component:
    tick = rx.el.input(
        type="checkbox",
        name=TICK + row["id"].to(str),
        value="on",
        default_checked=True,
        class_name="k-checkbox",
    )
    added = kit.badge("Added", "success", icon="circle-check")
    return rx.el.label(
        rx.cond(row["is_added"] != "", rx.fragment(), tick),
        rx.el.span(row["day"], class_name="tabular-nums w-40"),
        rx.el.span(row["name"], class_name="k-grow"),
        rx.cond(row["is_added"] != "", added, rx.fragment()),
        class_name="k-tick",
        key=row["id"],
    )


def _none() -> rx.Component:
    return kit.empty_state(
        "No public holidays known",
        "Choose another country or year, or close single days on the screen of schedules.",
        icon="calendar-x",
    )
