"""All that stands against a time that was asked for: hard reasons, the reason to pass over them, what can be confirmed."""

from typing import Any

import reflex as rx

from hms_app import components as kit


def against(state: Any) -> rx.Component:
    """The sentences of a refusal, within the form of a `PlacingScreen`."""
    return rx.fragment(
        rx.cond(
            state.reasons.length() > 0,
            _sentences("This cannot be booked", state.reasons, "danger"),
            rx.fragment(),
        ),
        rx.cond(state.can_override, _override(state), rx.fragment()),
        rx.cond(
            state.conflicts.length() > 0,
            rx.fragment(
                _sentences("Be sure about this", state.conflicts, "warning"),
                kit.checkbox_field("It is meant so", "confirms"),
            ),
            rx.fragment(),
        ),
    )


def _override(state: Any) -> rx.Component:
    return kit.text_field(
        "Book it all the same, because",
        "override_reason",
        optional=True,
        problems=state.problems,
        hint="The double booking is shown in the calendar with your reason.",
    )


def _sentences(title: str, sentences: rx.Var[list[str]], tone: Any) -> rx.Component:
    lines = rx.el.ul(rx.foreach(sentences, lambda text: rx.el.li(text, key=text)), class_name="k-reasons")
    return rx.el.div(kit.callout(lines, tone=tone, title=title), role="alert")
