"""What every page of a signed-in person carries unseen: the lock screen, the password question, the session's times."""

import reflex as rx
from reflex_base.event import EventHandler

from hms_app.components.lock_screen import confirm_password_dialog, lock_overlay
from hms_app.navigation import Screen
from hms_app.state.base import SessionState
from hms_app.state.live import LiveState
from hms_app.state.security.door import DoorState


def session_parts() -> rx.Component:
    """The lock overlay and the "confirm your password" dialog, wired to the session."""
    return rx.el.div(
        lock_overlay(SessionState.user_name),
        confirm_password_dialog(SessionState.asks_password, on_close=DoorState.stop_asking),
        rx.el.div(
            _hidden("hms-unlocked", DoorState.go_on),
            _hidden("hms-confirmed", DoorState.confirmed),
            id="hms-session",
            hidden=True,
            data_loaded=rx.cond(rx.State.is_hydrated, "yes", "no"),
            data_idle_minutes=DoorState.idle_minutes,
            data_now=DoorState.now,
            data_ends_at=DoorState.ends_at,
            data_ends_words=DoorState.ends_words,
            data_typed_key=DoorState.typed_key,
            data_writing=DoorState.writing,
        ),
    )


def _hidden(id: str, handler: EventHandler) -> rx.Component:
    return rx.el.button(type="button", id=id, on_click=handler, tab_index=-1)


def look_again(screen: Screen) -> rx.Component:
    """What `live.js` presses when somebody comes back to the page."""
    return rx.el.button(
        type="button",
        hidden=True,
        aria_hidden="true",
        tab_index=-1,
        data_look_again="",
        on_click=LiveState.look_again(screen.route),
    )
