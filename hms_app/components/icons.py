"""Icons: drawn beside words, hidden from screen readers, sized in pixels."""

from typing import Any

import reflex as rx

from hms_app.components.kinds import Text

TONE_ICONS = {
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "octagon-alert",
    "info": "info",
    "accent": "circle-dot",
}


def icon(name: str, *, size: int = 16, **props: Any) -> rx.Component:
    """A Lucide icon by its literal name. Decorative: the words beside it carry the meaning."""
    return rx.icon(name, size=size, stroke_width=1.75, aria_hidden="true", **props)


def tone_icon(tone: Text, *, size: int = 14) -> rx.Component:
    """The icon that goes with a tone, so that a status is never told by colour alone."""
    if isinstance(tone, str):
        return icon(TONE_ICONS.get(tone, "circle"), size=size)
    cases = [(name, icon(drawing, size=size)) for name, drawing in TONE_ICONS.items()]
    return rx.match(tone, *cases, icon("circle", size=size))


def logo(*, size: int = 28) -> rx.Component:
    """The application's mark: a square with a pulse, in the accent colour."""
    return rx.el.span(
        rx.el.svg(
            rx.el.svg.rect(width="32", height="32", rx="8", fill="var(--accent)"),
            rx.el.svg.path(
                d="M6.5 17h4.2l2.6-7.5 5 14 3-9 1.4 2.5h2.8",
                fill="none",
                stroke="var(--on-accent)",
                stroke_width="2.4",
                stroke_linecap="round",
                stroke_linejoin="round",
            ),
            view_box="0 0 32 32",
            width=str(size),
            height=str(size),
            aria_hidden="true",
        ),
        class_name="k-logo",
    )
