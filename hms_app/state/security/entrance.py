"""The pages before the frame: sign-in, second factor, invitation. Their forms post to routes, not to events."""

from typing import Final

import reflex as rx

from hms_app.config import get_settings
from hms_app.core.permissions import PUBLIC
from hms_app.domain.workflows.load_demo import DemoSignIn, demo_sign_ins
from hms_app.state.address import query_of
from hms_app.state.base import handles

PROBLEMS: Final = {
    "refused": "The e-mail address or the password is wrong.",
    "wrong-password": "That is not your password.",
    "throttled": "Too many wrong tries. Wait a minute, then try again.",
    "signed-out": "You are signed out. Sign in to go on.",
    "expired": "That took too long. Enter your e-mail address and password again.",
    "code": "This code is wrong or was used before. Wait for the next one.",
    "link": "This invitation was used or has expired. Ask your administrator for a new one.",
    "weak": "This password is too easy to guess. Follow the rules below the field.",
    "mismatch": "The two passwords differ. Type the same one twice.",
    "form": "Something was missing. Fill in every field and try again.",
    "away": "The hospital's database cannot be reached at the moment. Try again in a minute.",
    "forgotten": (
        "This browser has forgotten your session, but the hospital's database cannot be reached to end it: it ends by"
        " itself, or when you sign out everywhere."
    ),
    "session-ended": "Your session has ended. Sign in again.",
}
"""What the short codes in `?problem=` mean; a code that is not here shows nothing."""
NOTES: Final = {
    "signed-out": "You are signed out.",
    "password-changed": "Your password is changed. Your other devices are signed out.",
    "everywhere": "You are signed out on every device.",
    "accepted": "Your password is set. Sign in with it.",
    "set-up": "Your hospital is set up. Sign in with the password you chose.",
}


class EntranceState(rx.State):
    """Why the last try was refused, and in a demo hospital who can be signed in as."""

    problem: str = ""
    note: str = ""
    token: str = ""
    is_demo: bool = False
    demo_sign_ins: list[DemoSignIn] = []

    @handles(PUBLIC, passive=True)
    async def load(self) -> None:
        """Read the short codes from the address; a code from elsewhere shows nothing."""
        query = query_of(self)
        self.problem = sentence_of(query.get("problem", ""), query.get("wait", ""))
        self.note = NOTES.get(query.get("note", ""), "")
        self.token = query.get("token", "")
        self.is_demo = get_settings().demo
        self.demo_sign_ins = demo_sign_ins() if self.is_demo else []


def sentence_of(code: str, wait: str = "") -> str:
    """The sentence of a problem code; `wait` is a number of seconds, believed only when it is one."""
    if code == "throttled" and wait.isascii() and wait.isdecimal() and len(wait) < 5:
        unit = "second" if wait == "1" else "seconds"
        return f"Too many wrong tries. Wait {int(wait)} {unit}, then try again."
    return PROBLEMS.get(code, "")
