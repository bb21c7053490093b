"""The desk: who is expected, who waits, who is being seen, on one screen for the day."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.scheduling.day_parts import delay_notes, lane, lanes, reason_dialog
from hms_app.state.live import Live
from hms_app.state.scheduling.desk import DELAY, WALK_IN
from hms_app.state.scheduling.desk import DeskState as S
from hms_app.state.shell import ShellState


@page_for(
    navigation.DESK,
    on_load=[S.load],
    live=Live(S.refresh, "appointment", "queue_entry", "delay", "queue", "patients"),
)
def desk_page() -> rx.Component:
    """Find who has come, check them in, and see where everybody is."""
    return frame(
        navigation.DESK,
        kit.page_header("Desk", actions=_actions()),
        rx.cond(
            S.problem != "", rx.cond(S.opened == "", kit.callout(S.problem, tone="danger"), rx.fragment())
        ),
        _finder(),
        delay_notes(S),
        lanes(
            lane(
                S,
                "Expected",
                S.expected,
                empty="Nobody else is expected today.",
                acts_as="expected",
            ),
            lane(S, "Waiting", S.waiting, empty="Nobody waits.", acts_as="waiting"),
            lane(S, "With the doctor", S.with_doctor, empty="Nobody is being seen.", acts_as="with-doctor"),
        ),
        rx.el.div(
            kit.disclosure(
                "Done, left or cancelled today",
                lane(S, "Over", S.over, empty="Nobody yet.", acts_as="over"),
            ),
            class_name="mt-4",
        ),
        reason_dialog(S),
        _walk_in(),
        _delay(),
    )


def _actions() -> rx.Component:
    return rx.fragment(
        rx.cond(
            S.may_book,
            kit.link_button("Book", navigation.BOOKING.route, icon="calendar-plus"),
            rx.fragment(),
        ),
        kit.button("Running late", icon="timer", on_click=S.open_delay),
        kit.button("Walk-in", icon="footprints", variant="primary", on_click=S.open_walk_in),
    )


def _finder() -> rx.Component:
    """One field for the scanner and for typing: what is typed narrows the lanes, Enter checks in by number."""
    return rx.el.div(
        kit.form(
            kit.search_field(
                "Scan a card, or find by name or number",
                on_search=S.search,
                name="scan",
                auto_focus=True,
                key=S.scan_key,
            ),
            on_submit=S.scan,
            guard_unsaved=False,
        ),
        kit.filter_chips(
            kit.filter_chip(
                "Department",
                value=rx.cond(S.asked["department"], S.asked["department"], ""),
                options=S.departments,
                shown=rx.cond(S.labels["department"], S.labels["department"], ""),
                on_choose=lambda value: S.narrow("department", value),
            ),
            kit.filter_chip(
                "Practitioner",
                value=rx.cond(S.asked["practitioner"], S.asked["practitioner"], ""),
                options=S.practitioners,
                shown=rx.cond(S.labels["practitioner"], S.labels["practitioner"], ""),
                on_choose=lambda value: S.narrow("practitioner", value),
            ),
        ),
        rx.el.div(
            rx.cond(S.scanned["text"] != "", kit.badge(S.scanned["text"], S.scanned["tone"]), rx.fragment()),
            role="status",
            aria_live="polite",
            class_name="w-full empty:hidden",
        ),
        class_name="k-desk-find",
    )


def _walk_in() -> rx.Component:
    body = kit.form(
        *_walk_in_fields(),
        kit.form_actions(
            kit.submit_button("Give a number", busy=S.is_saving),
            kit.button("Cancel", variant="ghost", on_click=S.close_form),
        ),
        on_submit=S.receive,
        problem=rx.cond(S.problems.length() > 0, "", S.problem),
        key=S.form_key,
    )
    return kit.drawer(
        "Walk-in",
        rx.cond(S.opened == WALK_IN, body, rx.fragment()),
        id="walk-in",
        open=S.opened == WALK_IN,
        on_close=S.close_form,
        reopen=S.open_walk_in,
    )


def _walk_in_fields() -> list[rx.Component]:
    register = kit.link_button(
        "Register a new patient", navigation.PATIENT_REGISTER.route, icon="user-round-plus", size="small"
    )
    return [
        kit.combobox(
            "Patient",
            "patient_id",
            on_search=S.find,
            options=S.found,
            problems=S.problems,
            empty="No patient matches. Register them first.",
            placeholder="Name, number, phone or date of birth",
            default_value=S.chosen,
            default_label=S.chosen_name,
            auto_focus=True,
        ),
        rx.cond(ShellState.registers_patients, rx.el.div(register), rx.fragment()),
        _choice("What they come for", "service_id", S.services, "Choose, or choose a queue"),
        _choice("Queue", "queue_id", S.queues, "The service's own"),
        _text("Reason for the visit", "reason"),
        _text("Urgent because", "urgent_reason", hint="Leave it empty unless they are to be seen first."),
        kit.checkbox_field("To the nurse first", "to_nurse"),
    ]


def _choice(label: str, name: str, options: Any, placeholder: str) -> rx.Component:
    return kit.select_field(label, name, options, placeholder=placeholder, problems=S.problems, optional=True)


def _text(label: str, name: str, hint: str = "") -> rx.Component:
    return kit.text_field(label, name, problems=S.problems, optional=True, max_length=200, hint=hint)


def _delay() -> rx.Component:
    return kit.dialog(
        "Running late",
        rx.cond(
            S.opened == DELAY,
            kit.form(
                kit.select_field(
                    "Who", "practitioner_id", S.practitioners, placeholder="Choose", problems=S.problems
                ),
                kit.text_field(
                    "Minutes",
                    "minutes",
                    problems=S.problems,
                    input_mode="numeric",
                    max_length=3,
                    hint="0 is on time again. Desk and board say it at once.",
                ),
                kit.form_actions(
                    kit.submit_button("Say so", busy=S.is_saving),
                    kit.button("Cancel", variant="ghost", on_click=S.close_form),
                ),
                on_submit=S.announce,
                problem=rx.cond(S.problems.length() > 0, "", S.problem),
                key=S.form_key,
            ),
            rx.fragment(),
        ),
        id="running-late",
        size="small",
        open=S.opened == DELAY,
        on_close=S.close_form,
        reopen=S.open_delay,
    )
