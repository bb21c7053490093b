"""What is shown of one appointment: its facts, its history, its buttons, and the questions they ask."""

import reflex as rx

from hms_app import components as kit
from hms_app.pages.scheduling.against import against
from hms_app.state.scheduling.appointment import AppointmentState as S


def appointment_drawer() -> rx.Component:
    """An appointment beside a calendar or a list."""
    return kit.drawer(
        S.shown["patient"],
        rx.el.div(
            rx.cond(S.asked, question(), rx.fragment(buttons(), facts(), history())),
            class_name="flex flex-col gap-4",
        ),
        id="look-at-appointment",
        open=S.shown["id"] != "",
        on_close=S.look(""),
        description=S.shown["when"],
        size="large",
        reopen=S.look_again(S.shown["id"], S.asked),
        actions=[kit.link_button("Open appointment", S.shown["href"])],
    )


def facts() -> rx.Component:
    """What is known of it."""
    shown = S.shown
    return rx.el.div(
        rx.el.div(
            kit.badge(shown["status"], shown["tone"]),
            rx.cond(shown["override"], kit.badge(shown["override"], "warning"), rx.fragment()),
            class_name="k-row k-wrap",
        ),
        kit.description_list(
            ("Patient", _patient()),
            ("When", shown["when"]),
            ("Service", shown["service"]),
            ("With", shown["practitioner"]),
            ("Room", shown["room"]),
            ("Equipment", shown["equipment"]),
            ("Department", shown["department"]),
            ("Reason for the visit", shown["reason"]),
            ("Number", shown["number"]),
            ("Booked", shown["booked"]),
            columns=2,
        ),
        rx.cond(
            shown["cancel_reason"],
            kit.callout(shown["cancel_reason"], title="Cancelled because", tone="warning"),
            rx.fragment(),
        ),
        class_name="flex flex-col gap-4",
    )


def _patient() -> rx.Component:
    shown = S.shown
    name = rx.el.span(shown["patient"], " ", rx.el.span(shown["mrn"], class_name="text-(--muted)"))
    return rx.cond(shown["patient_href"], kit.link(name, href=shown["patient_href"]), name)


def history() -> rx.Component:
    """What happened to it, newest first."""
    return rx.el.section(
        rx.el.h3("History", class_name="k-section-title"),
        kit.timeline(S.history, label="History of this appointment"),
    )


def buttons() -> rx.Component:
    """What this person may do with it now."""
    return rx.el.div(
        rx.cond(
            S.may_move, kit.button("Move…", icon="calendar-clock", on_click=S.ask("move")), rx.fragment()
        ),
        rx.foreach(
            S.acts,
            lambda act: rx.cond(
                act["is_danger"],
                kit.button(act["verb"], variant="ghost", on_click=S.ask(act["id"])),
                kit.button(act["verb"], on_click=S.ask(act["id"])),
            ),
        ),
        class_name="k-row k-wrap",
        role="group",
        aria_label="What can be done",
    )


def question() -> rx.Component:
    """The form of the step that wants more than a press."""
    return rx.cond(S.asked == "move", _move(), _reason())


def _reason() -> rx.Component:
    return kit.form(
        rx.el.p(S.shown["patient"], ", ", S.shown["when"]),
        kit.text_field("Reason", "reason", problems=S.problems, auto_focus=True),
        kit.form_actions(
            kit.submit_button(S.asked_verb, busy=S.is_saving, variant="danger"),
            kit.button("Keep as it is", on_click=S.ask("")),
        ),
        on_submit=S.answer,
        problem=S.problem,
        key=S.asked,
    )


def _move() -> rx.Component:
    return kit.form(
        rx.el.p(S.shown["patient"], ", ", S.shown["when"]),
        kit.form_row(
            kit.date_field("Day", "day", default_value=S.wanted["day"], problems=S.problems, auto_focus=True),
            kit.time_field("Time", "time", default_value=S.wanted["time"], problems=S.problems),
        ),
        kit.text_field("Why it is moved", "reason", optional=True, problems=S.problems),
        *[
            kit.unseen_field(name, S.wanted[name])
            for name in ("duration_minutes", "practitioner_id", "room_id")
        ],
        against(S),
        kit.form_actions(
            kit.submit_button("Move appointment", busy=S.is_saving),
            kit.button("Keep as it is", on_click=S.ask("")),
        ),
        on_submit=S.move,
        problem=S.problem,
    )
