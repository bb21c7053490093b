"""What covers the screen while a session is locked, and the question for a password before a dangerous act.

`assets/lock.js` shows them and sends their forms; both keep everything that stands on the page below.
"""

from typing import Any

import reflex as rx

from hms_app.components.buttons import button, submit_button
from hms_app.components.fields import native_form, password_field
from hms_app.components.icons import icon
from hms_app.components.kinds import Child, Flag, Text
from hms_app.components.overlays import dialog

LOCK: str = "hms-lock"
"""The id of the lock screen; `window.hmsLock()` shows it."""


def lock_overlay(user_name: Text = "") -> rx.Component:
    """The lock screen over the whole page; the person's password uncovers the page as it was."""
    return rx.el.dialog(
        rx.el.div(
            rx.el.span(icon("lock", size=20), class_name="k-empty-icon mx-auto"),
            rx.el.h2("Locked", id=f"{LOCK}-title", class_name="k-centered-title text-center"),
            rx.el.p(
                rx.cond(
                    user_name, rx.fragment("Signed in as ", rx.el.strong(user_name), ". "), rx.fragment()
                ),
                "Enter your password to go on where you stopped.",
                class_name="text-center text-(--muted)",
            ),
            _fetched_form(
                "/auth/unlock",
                "unlock",
                submit_button("Unlock", wide=True, icon="lock-open"),
                id="lock-password",
            ),
            native_form(
                button("Sign in as somebody else", variant="ghost", type="submit", wide=True),
                action="/auth/sign-out",
            ),
            class_name="grid gap-4",
        ),
        id=LOCK,
        aria_labelledby=f"{LOCK}-title",
        class_name=(
            "m-auto w-[min(400px,calc(100vw-32px))] rounded-xl border border-(--line) bg-(--surface) p-7 "
            "text-(--text) shadow-(--shadow-float) backdrop:bg-(--canvas)"
        ),
    )


def confirm_password_dialog(asks: Flag, *, on_close: Any) -> rx.Component:
    """Ask for the password before a dangerous act; the person then repeats the act."""
    return dialog(
        "Confirm your password",
        _fetched_form(
            "/auth/reauthenticate",
            "confirmed",
            rx.el.div(
                submit_button("Confirm"),
                button("Cancel", data_dialog_close="", on_click=on_close),
                class_name="k-row",
            ),
            id="confirm-password",
        ),
        id="confirm-password-dialog",
        open=asks,
        on_close=on_close,
        size="small",
        description="What you asked for is protected. Confirm your password, then do it again.",
    )


def _fetched_form(address: str, then: str, foot: Child, *, id: str) -> rx.Component:
    return rx.el.form(
        password_field("Password", "password", id=id, problems=None),
        rx.el.p(class_name="k-field-error", data_fetch_problem="", role="alert", aria_live="assertive"),
        foot,
        class_name="k-form",
        data_fetch=address,
        data_then=then,
    )
