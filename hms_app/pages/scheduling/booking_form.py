"""The booking form: who, what, with whom, and a slot picker; on a page of its own and in the calendar's drawer."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.scheduling.against import against
from hms_app.state.scheduling.booking import BookingState as S


def booking_form() -> rx.Component:
    """Choose a patient, a service and a free time, then book."""
    return kit.form(
        kit.form_section("Who and what", _patient(), _service()),
        kit.form_section("When, with whom and where", _with_whom(), _picker()),
        kit.textarea_field(
            "Reason for the visit",
            "reason",
            rows=2,
            optional=True,
            default_value=S.chosen["reason"],
            problems=S.problems,
            hint="For the desk; it stands in no notice.",
        ),
        against(S),
        kit.form_actions(
            kit.submit_button("Book appointment", busy=S.is_saving, icon="calendar-plus"),
            rx.cond(
                S.summary,
                rx.el.p(S.summary, class_name="k-count self-center", role="status"),
                rx.fragment(),
            ),
        ),
        on_submit=S.submit,
        problem=S.problem,
        key=S.form_key,
    )


def _patient() -> rx.Component:
    return rx.el.div(
        kit.combobox(
            "Patient",
            "patient_id",
            on_search=S.find_patients,
            options=S.patients,
            default_value=S.chosen["patient_id"],
            default_label=S.chosen["patient"],
            problems=S.problems,
            placeholder="Name, record number, birth date or phone",
            auto_focus=True,
        ),
        rx.cond(
            S.may_register,
            kit.link("Register a patient", href=navigation.PATIENT_REGISTER.route),
            rx.fragment(),
        ),
        class_name="k-stack-small",
    )


def _service() -> rx.Component:
    return _select("Service", "service_id", S.services, placeholder="Choose a service")


def _with_whom() -> rx.Component:
    return kit.form_row(
        _select("Practitioner", "practitioner_id", S.practitioners, placeholder="Anybody", optional=True),
        _select("Room", "room_id", S.rooms, placeholder="As the schedule says", optional=True),
    )


def _select(label: str, name: str, options: rx.Var[Any], **props: Any) -> rx.Component:
    return kit.select_field(
        label,
        name,
        options,
        problems=S.problems,
        mark=False,
        value=S.chosen[name],
        on_change=lambda value: S.choose(name, value),
        **props,
    )


def _picker() -> rx.Component:
    return rx.el.div(
        rx.cond(
            S.chosen["service_id"],
            rx.fragment(_next_free(), _strip(), _columns()),
            rx.el.p("What is free is shown once a service is chosen.", class_name="k-hint"),
        ),
        kit.form_row(
            kit.date_field(
                "Day",
                "day",
                id="booking-day",
                default_value=S.chosen["day"],
                key=S.chosen["day"],
                problems=S.problems,
                on_pick=S.show_day,
            ),
            kit.time_field(
                "Time",
                "time",
                default_value=S.chosen["time"],
                key=S.chosen["time"],
                problems=S.problems,
                hint="Taken from above, or typed.",
            ),
        ),
        class_name="k-stack-small",
        id="slot-picker",
    )


def _next_free() -> rx.Component:
    slot = S.next_free
    return rx.cond(
        slot["id"],
        rx.el.button(
            kit.icon("zap", size=16),
            rx.el.span("Next free: ", rx.el.strong(slot["label"])),
            rx.el.span(slot["detail"], class_name="k-hint"),
            type="button",
            class_name="k-slot-next",
            on_click=_take(slot),
        ),
        rx.el.p("Nothing is free in the coming months.", class_name="k-hint"),
    )


def _strip() -> rx.Component:
    return rx.el.div(
        kit.icon_button("Earlier days", "chevron-left", on_click=S.earlier),
        rx.el.div(rx.foreach(S.days, _day), class_name="k-slot-days", role="group", aria_label="Days"),
        kit.icon_button("Later days", "chevron-right", on_click=S.later),
        class_name="k-row",
    )


def _day(day: Any) -> rx.Component:
    return rx.el.button(
        rx.el.strong(day["label"]),
        rx.el.span(day["free"]),
        type="button",
        aria_pressed=rx.cond(day["is_chosen"], "true", "false"),
        class_name="k-slot-day",
        on_click=S.show_day(day["day"]),
        key=day["day"],
    )


def _columns() -> rx.Component:
    return rx.cond(
        S.columns.length() > 0,
        rx.el.div(rx.foreach(S.columns, _column), class_name="k-slot-columns"),
        rx.el.p("Nothing is free on this day.", class_name="k-hint"),
    )


def _column(column: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(column["name"], class_name="k-label"),
        rx.el.div(
            rx.foreach(column["slots"], _slot), class_name="k-slots", role="group", aria_label=column["name"]
        ),
        key=column["id"],
    )


def _slot(slot: Any) -> rx.Component:
    is_taken = (S.chosen["time"] == slot["time"]) & (S.chosen["with_id"] == slot["practitioner_id"])
    return rx.el.button(
        slot["time"],
        type="button",
        aria_pressed=rx.cond(is_taken, "true", "false"),
        class_name="k-slot",
        on_click=_take(slot),
        key=slot["id"],
    )


def _take(slot: Any) -> Any:
    return S.take(slot["day"], slot["time"], slot["practitioner_id"], slot["room_id"])
