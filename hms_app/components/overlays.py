"""What floats: dialogs, drawers, menus. Native elements, so Escape, focus and the top layer are the browser's.

`assets/kit.js` opens them: a modal present in the page is shown at once and gives the focus back when it goes.
"""

from typing import Any, Literal

import reflex as rx

from hms_app.components.buttons import icon_button, link
from hms_app.components.icons import icon as draw
from hms_app.components.kept import Event, reopen_marks, reopener
from hms_app.components.kinds import Child, Flag, Text, given

CLOSE = {"data_dialog_close": ""}
"""Give these keywords to a button inside a client-side dialog to make it close that dialog."""


def opens(dialog_id: str) -> dict[str, str]:
    """Keywords that make a button open the client-side dialog or drawer with this id."""
    return {"data_dialog_open": dialog_id, "aria_haspopup": "dialog"}


def _modal(
    kind: str,
    title: Text,
    children: tuple[Child, ...],
    open: Flag | None,
    on_close: Any,
    actions: list[Child] | None,
    description: Text,
    id: str,
    alert: bool,
    reopen: Event,
) -> rx.Component:
    handler = {"on_click": on_close} if on_close is not None else {}
    parts: list[Any] = [
        rx.el.header(
            rx.el.div(
                rx.el.h2(title, id=f"{id}-title", class_name="k-dialog-title"),
                rx.el.p(description, class_name="k-hint") if given(description) else rx.fragment(),
                class_name="min-w-0",
            ),
            icon_button("Close", "x", tip=False, data_dialog_close="", **handler),
            class_name="k-dialog-head",
        ),
        rx.el.div(*children, class_name="k-dialog-body"),
    ]
    if actions:
        parts.append(rx.el.footer(*actions, class_name="k-dialog-foot"))
    element = rx.el.dialog(
        *parts,
        id=id,
        class_name=kind,
        aria_labelledby=f"{id}-title",
        role="alertdialog" if alert else "dialog",
        data_modal="client" if open is None else "state",
        **({} if reopen is None else reopen_marks(reopen)),
    )
    if open is None:
        return element
    shown = rx.cond(open, element, rx.fragment()) if isinstance(open, rx.Var) else element
    return shown if reopen is None else rx.fragment(shown, reopener(reopen))


def dialog(
    title: Text,
    *children: Child,
    id: str,
    open: Flag | None = None,
    on_close: Any = None,
    actions: list[Child] | None = None,
    description: Text = "",
    size: Literal["small", "medium", "large"] = "medium",
    alert: bool = False,
    reopen: Event = None,
) -> rx.Component:
    """A short decision. With `open` (a state variable) and `on_close` the state decides; without `open` a button
    carrying `**opens(id)` shows it and one carrying `**CLOSE` hides it. Escape and the backdrop call `on_close`.

    One with a form that the state opens names in `reopen` the event that opens it as it is now, such as
    `S.edit(S.opened)`: it is opened so again, with what was typed, when the screen had to be loaded anew.
    """
    kinds = {
        "small": "k-dialog k-dialog-small",
        "medium": "k-dialog",
        "large": "k-dialog k-dialog-large",
    }
    return _modal(kinds[size], title, children, open, on_close, actions, description, id, alert, reopen)


def drawer(
    title: Text,
    *children: Child,
    id: str,
    open: Flag | None = None,
    on_close: Any = None,
    actions: list[Child] | None = None,
    description: Text = "",
    size: Literal["medium", "large"] = "medium",
    reopen: Event = None,
) -> rx.Component:
    """A look aside at the right edge without leaving the list. Opened and closed as `dialog` is."""
    kind = "k-dialog k-drawer k-drawer-large" if size == "large" else "k-dialog k-drawer"
    return _modal(kind, title, children, open, on_close, actions, description, id, False, reopen)


def menu(
    trigger: rx.Component, *items: Child, align: Literal["start", "end"] = "end", label: str = ""
) -> rx.Component:
    """A button (`button(...)` or `icon_button(...)`) that opens a list of `menu_item` and `menu_link`.

    Arrows move, letters jump, Enter chooses, Escape closes and returns to the button.
    """
    trigger.custom_attrs.update({"data-menu-button": "", "aria-haspopup": "menu", "aria-expanded": "false"})
    names = {"aria_label": label} if label else {}
    return rx.el.div(
        trigger,
        rx.el.div(
            *items,
            role="menu",
            class_name="k-menu",
            data_align=align,
            custom_attrs={"popover": "auto"},
            **names,
        ),
        class_name="k-menu-host",
    )


def _item_face(label: Text, icon: str, detail: Text) -> list[Any]:
    face: list[Any] = [draw(icon)] if icon else []
    face.append(rx.el.span(label, class_name="k-grow"))
    if given(detail):
        face.append(rx.el.span(detail, class_name="k-menu-detail"))
    return face


def menu_item(
    label: Text,
    *,
    icon: str = "",
    detail: Text = "",
    danger: bool = False,
    checked: Flag | None = None,
    many: bool = False,
    **props: Any,
) -> rx.Component:
    """One act in a menu. With `checked` it is a choice among its neighbours, or with `many` one beside them."""
    props.setdefault("type", "button")
    role = "menuitem"
    if checked is not None:
        role = "menuitemcheckbox" if many else "menuitemradio"
        props["aria_checked"] = (
            rx.cond(checked, "true", "false") if isinstance(checked, rx.Var) else str(checked).lower()
        )
    return rx.el.button(
        *_item_face(label, icon, detail),
        role=role,
        tab_index=-1,
        class_name="k-menu-item k-menu-danger" if danger else "k-menu-item",
        **props,
    )


def menu_link(
    label: Text, href: Text, *, icon: str = "", detail: Text = "", external: bool = False, **props: Any
) -> rx.Component:
    """One place to go to in a menu. `external`: a plain link, for files and server routes."""
    face = _item_face(label, icon, detail)
    if external:
        plain = {"reload_document": True, **props}
        return rx.el.a(*face, href=href, role="menuitem", tab_index=-1, class_name="k-menu-item", **plain)
    return link(*face, href=href, role="menuitem", tab_index=-1, class_name="k-menu-item", **props)


def menu_separator() -> rx.Component:
    """A line between groups of a menu."""
    return rx.el.div(role="separator", class_name="k-menu-line")


def menu_heading(text: Text) -> rx.Component:
    """A short title over a group of a menu."""
    return rx.el.div(text, class_name="k-menu-heading", role="presentation")


def tooltip(child: rx.Component, text: Text) -> rx.Component:
    """A short explanation shown on hover and focus. Nothing a person must read to act belongs here."""
    return rx.el.span(child, data_tip=text, class_name="k-tip-host")
