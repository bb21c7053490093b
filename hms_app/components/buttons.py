"""Buttons: verbs a person may press. One primary button a screen."""

from typing import Any, Literal

import reflex as rx

from hms_app.components.icons import icon as draw
from hms_app.components.kinds import Flag, Text

Variant = Literal["primary", "secondary", "ghost", "danger"]
Size = Literal["small", "medium", "large"]

VARIANTS: dict[str, str] = {
    "primary": "k-button k-button-primary",
    "secondary": "k-button k-button-secondary",
    "ghost": "k-button k-button-ghost",
    "danger": "k-button k-button-danger",
}
SIZES: dict[str, str] = {"small": "k-small", "medium": "", "large": "k-large"}


def _classes(variant: Variant, size: Size, wide: bool, icon_only: bool = False) -> str:
    parts = [VARIANTS[variant], SIZES[size], "k-wide" if wide else "", "k-icon-only" if icon_only else ""]
    return " ".join(part for part in parts if part)


def _face(label: Text, icon: str, icon_end: str, busy: Flag) -> list[rx.Component]:
    face: list[rx.Component] = []
    if busy is not False:
        face.append(rx.el.span(class_name="k-spinner", aria_hidden="true"))
    if icon:
        face.append(draw(icon))
    face.append(rx.el.span(label))
    if icon_end:
        face.append(draw(icon_end))
    return face


def button(
    label: Text,
    *,
    variant: Variant = "secondary",
    size: Size = "medium",
    icon: str = "",
    icon_end: str = "",
    busy: Flag = False,
    disabled: Flag = False,
    wide: bool = False,
    type: Literal["button", "submit", "reset"] = "button",
    **props: Any,
) -> rx.Component:
    """A button. While `busy` it cannot be pressed, shows a spinner and says so to screen readers."""
    off: Any = disabled if busy is False else (busy if disabled is False else rx.Var.create(busy) | disabled)
    if busy is not False:
        props["aria_busy"] = rx.cond(busy, "true", "false")
    return rx.el.button(
        *_face(label, icon, icon_end, busy),
        type=type,
        disabled=off,
        class_name=_classes(variant, size, wide),
        **props,
    )


def submit_button(label: Text, *, busy: Flag = False, icon: str = "", **props: Any) -> rx.Component:
    """The primary button at the foot of a form; its label says the verb ("Book appointment")."""
    props.setdefault("variant", "primary")
    return button(label, type="submit", busy=busy, icon=icon, **props)


def link_button(
    label: Text,
    href: Text,
    *,
    variant: Variant = "secondary",
    size: Size = "medium",
    icon: str = "",
    icon_end: str = "",
    wide: bool = False,
    external: bool = False,
    **props: Any,
) -> rx.Component:
    """A link that looks like a button. `external`: a plain link for files and server routes."""
    face = _face(label, icon, icon_end, busy=False)
    classes = _classes(variant, size, wide)
    if external:
        # The framework's `a` changes pages by itself; without this it never asks the server.
        return rx.el.a(*face, href=href, reload_document=True, class_name=classes, **props)
    return link(*face, href=href, class_name=classes, **props)


def icon_button(
    label: Text,
    icon: str,
    *,
    variant: Variant = "ghost",
    size: Size = "medium",
    disabled: Flag = False,
    tip: bool = True,
    **props: Any,
) -> rx.Component:
    """A button that shows only an icon; `label` is its name and its tooltip."""
    if tip:
        props["data_tip"] = label
    props.setdefault("type", "button")
    return rx.el.button(
        draw(icon, size=18 if size != "small" else 16),
        aria_label=label,
        disabled=disabled,
        class_name=_classes(variant, size, wide=False, icon_only=True),
        **props,
    )


def link(*children: Any, href: Text, **props: Any) -> rx.Component:
    """A link inside the application: changes the page without loading it anew."""
    props.setdefault("class_name", "k-link")
    return _RouterLink.create(*children, to=href, **props)


class _RouterLink(rx.Component):
    """React Router's link; the framework's own link part would bring Radix Themes along."""

    library = "react-router"
    tag = "Link"
    alias = "KitLink"

    to: rx.Var[str]
    role: rx.Var[str]
    tab_index: rx.Var[int]
    title: rx.Var[str]
