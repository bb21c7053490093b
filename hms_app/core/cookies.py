"""The cookies of this hospital: what they are called, and the one way to read them.

Where browsers speak TLS the names carry the prefix `__Host-`: no other host of the same domain, and nobody on a line
without TLS, can plant one (RFC 6265bis, 4.1.3.2). A cookie of the plain name is then nobody's.
"""

from typing import Final

from hms_app.config import get_settings

SESSION_COOKIE: Final = "hms_session"
SECOND_FACTOR_COOKIE: Final = "hms_second_factor"
DEVICE_COOKIE: Final = "hms_device"
"""By which a browser is known again: it opens nothing, but its person does not wait for what strangers guessed."""
LONGEST_VALUE: Final = 200
"""Longer than any value of ours; what is longer is not ours."""
_PREFIX: Final = "__Host-"


def cookie_name(cookie: str) -> str:
    """What browsers know this cookie by."""
    return f"{_PREFIX}{cookie}" if get_settings().has_tls else cookie


def cookie_in(header: str, cookie: str) -> str | None:
    """The value of a cookie in a `Cookie` header; None without one, and when two say different things."""
    wanted = cookie_name(cookie)
    values = {
        value.strip()
        for name, found, value in (part.partition("=") for part in header.split(";"))
        if found and name.strip() == wanted
    }
    value = values.pop() if len(values) == 1 else ""
    return value if 0 < len(value) <= LONGEST_VALUE else None
