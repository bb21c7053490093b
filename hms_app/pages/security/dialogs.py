"""The dialogs of the security screens: a short form, a question, and a link that is shown once.

Each is open while the state's `dialog` holds its name; the state's `close_dialog` shuts it. Where `reopen` is asked for,
it is the event that opens the dialog, as `kit.dialog` wants it.
"""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child, Text


def form_dialog(
    state: Any,
    name: str,
    title: Text,
    *fields: Child,
    submit: rx.Component,
    on_submit: Any,
    keep: str = "Cancel",
    form_key: Any = None,
    **options: Any,
) -> rx.Component:
    """A dialog that is one form. `keep` is the button that changes nothing; a new `form_key` draws the form anew;
    other keywords go to the dialog."""
    identity = {} if form_key is None else {"key": form_key}
    return kit.dialog(
        title,
        kit.form(
            *fields,
            kit.form_actions(submit, kit.button(keep, on_click=state.close_dialog)),
            on_submit=on_submit,
            problem=state.problem,
            guard_unsaved=False,
            **identity,
        ),
        **_opened_by(state, name),
        **options,
    )


def question_dialog(state: Any, name: str, title: Text, text: Text, act: rx.Component) -> rx.Component:
    """A question that is asked once; `act` does it."""
    return kit.dialog(
        title,
        rx.el.p(text),
        rx.cond(state.problem, rx.el.div(kit.field_error(state.problem), class_name="mt-3"), rx.fragment()),
        size="small",
        alert=True,
        actions=[kit.button("Cancel", on_click=state.close_dialog), act],
        **_opened_by(state, name),
    )


def link_dialog(state: Any, title: Text, *words: Child, warning: Text) -> rx.Component:
    """A link to give somebody, shown while the state's `dialog` is "link" and forgotten afterwards."""
    return kit.dialog(
        title,
        rx.el.p(*words),
        rx.el.div(kit.secret_box(state.invitation_link, label="Copy the link"), class_name="my-4"),
        kit.callout(warning, tone="warning"),
        actions=[kit.button("Done", variant="primary", on_click=state.close_dialog)],
        **_opened_by(state, "link"),
    )


def _opened_by(state: Any, name: str) -> dict[str, Any]:
    return {"id": f"{name}-dialog", "open": state.dialog == name, "on_close": state.close_dialog}
