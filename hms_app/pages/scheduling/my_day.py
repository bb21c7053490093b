"""My day: the next patient, the queue, and the gaps of whoever sees patients."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.scheduling.day_parts import delay_notes, lane, lanes, reason_dialog
from hms_app.state.live import Live
from hms_app.state.scheduling.my_day import ALL
from hms_app.state.scheduling.my_day import MyDayState as S


@page_for(
    navigation.MY_DAY,
    on_load=[S.load],
    live=Live(S.refresh, "appointment", "queue_entry", "delay", "queue", "patients"),
)
def my_day_page() -> rx.Component:
    """Call the next person, start, finish; and see who waits."""
    return frame(
        navigation.MY_DAY,
        kit.page_header(
            "My day",
            actions=kit.button("Call next", icon="megaphone", variant="primary", on_click=S.call),
        ),
        rx.cond(
            S.problem != "", rx.cond(S.opened == "", kit.callout(S.problem, tone="danger"), rx.fragment())
        ),
        _where(),
        delay_notes(S),
        lanes(
            lane(
                S,
                rx.cond(S.has_own, "With me", "With the doctor"),
                S.with_doctor,
                empty="Nobody is with you. Call the next person.",
                acts_as="with-me",
            ),
            lane(S, "Waiting", S.waiting, empty="Nobody waits in this queue.", acts_as="waiting"),
            rx.el.div(
                _gaps(), lane(S, "Done", S.over, empty="Nobody yet.", acts_as="done"), class_name="k-stack"
            ),
        ),
        reason_dialog(S),
    )


def _where() -> rx.Component:
    own = rx.cond(S.has_own, rx.el.option("All of mine", value=ALL), rx.fragment())
    return rx.el.div(
        _choice("Queue", S.queue, S.queues, S.choose_queue, own, rx.el.option("Choose a queue", value="")),
        _choice("Room", S.room, S.rooms, S.choose_room, rx.el.option("No room", value="")),
        class_name="flex flex-wrap items-end gap-3 mb-3",
    )


def _choice(
    label: str, value: rx.Var[str], options: rx.Var[object], on_change: object, *first: rx.Component
) -> rx.Component:
    name = label.lower()
    return rx.el.label(
        rx.el.span(label, class_name="k-label"),
        rx.el.div(
            rx.el.select(
                *first,
                rx.foreach(
                    options, lambda one: rx.el.option(one["label"], value=one["value"], key=one["value"])
                ),
                value=value,
                on_change=on_change,
                name=name,
                class_name="k-input k-select",
            ),
            rx.el.span(kit.icon("chevron-down"), class_name="k-affix k-affix-end"),
            class_name="k-affixed",
        ),
        class_name="flex flex-col gap-1 min-w-52",
    )


def _gaps() -> rx.Component:
    return rx.cond(
        S.gaps.length() > 0,
        kit.card(
            rx.el.ul(
                rx.foreach(S.gaps, lambda gap: rx.el.li(kit.badge(gap, plain=True), key=gap)),
                class_name="flex flex-wrap gap-2",
            ),
            title="Free today",
        ),
        rx.fragment(),
    )
