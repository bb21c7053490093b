"""One appointment on a page of its own."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.scheduling.appointment_parts import buttons, facts, history, question
from hms_app.state.live import Live
from hms_app.state.scheduling.appointment import AppointmentState as S


@page_for(navigation.APPOINTMENT, on_load=[S.load], live=Live(S.refresh, "appointment"))
def appointment_page() -> rx.Component:
    """What it is, what happened to it, and what can be done."""
    return frame(
        navigation.APPOINTMENT,
        rx.cond(
            S.load_problem,
            kit.error_state(S.load_problem, on_retry=S.load, title="This appointment cannot be shown"),
            rx.cond(S.is_loading, kit.skeleton_card(), _shown()),
        ),
    )


def _shown() -> rx.Component:
    return rx.el.div(
        kit.page_header(
            S.shown["patient"], S.shown["when"], actions=rx.cond(S.asked, rx.fragment(), buttons())
        ),
        rx.cond(S.asked, kit.narrow(kit.card(question())), rx.fragment()),
        kit.columns([kit.card(facts(), title="Appointment")], [kit.card(history())]),
        class_name="k-groups",
    )
