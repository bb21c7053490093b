"""What a handler sends besides its state: a sentence, the way to another place, a call of the page's own script.

Nothing else makes these. Reflex looks for tags of its own in every text that it builds an event from, and its search
for a tag that a person typed never ends. An `Event` made here is sent as it is, and nobody reads its text for tags.
"""

import json
from typing import Final, Literal
from urllib.parse import quote

from reflex_base.event import Event

from hms_app.navigation import Screen

Tone = Literal["success", "info", "error"]

_IN_ADDRESSES: Final = "/?#&=%+:;,@!$'()*~[]"
"""What stays as it is in an address that is already put together; the rest is no part of any."""
_SHOW_ADDRESS: Final = "(address, replaces) => window.hmsShowAddress?.(address, replaces)"


def say(text: str, *, tone: Tone = "success", once: str = "") -> Event:
    """Show `text`, character by character, in a message that goes away by itself; of one `once` there is one."""
    said = ", ".join(json.dumps(given) for given in ([text, {"id": once}] if once else [text]))
    return Event(
        name="_call_function",
        payload={"function": f"(() => (refs['__toast']?.[{json.dumps(tone)}]({said})))", "callback": None},
    )


def refuse(text: str, *, once: str = "") -> Event:
    """Say why something was not done."""
    return say(text, tone="error", once=once)


def go(there: Screen | str, *, replace: bool = False, **ids: str | int) -> Event:
    """Lead to a screen or an address of this application, whoever put it together.

    `replace` leaves no step to walk back.
    """
    address = there.address(**ids) if isinstance(there, Screen) else there
    path = "/" + quote(address, safe=_IN_ADDRESSES, errors="replace").lstrip("/")
    return Event(
        name="_redirect", payload={"path": path, "external": False, "popup": False, "replace": replace}
    )


def call(function: str, *arguments: str) -> Event:
    """Call a function of the page; `function` is our own code, the arguments can be anybody's text."""
    given = ", ".join(json.dumps(argument) for argument in arguments)
    return Event(name="_call_script", payload={"javascript_code": f"({function})({given})", "callback": None})


def ask(handler: str) -> Event:
    """Have a handler of a screen run in a tab where nobody did anything; it is named in full."""
    return Event(name=handler, payload={})


def show_address(address: str, *, replace: bool = False) -> Event:
    """Let the browser's address say what this screen already shows; nothing is loaded again.

    `replace` leaves no step to walk back.
    """
    path = "/" + quote(address, safe=_IN_ADDRESSES, errors="replace").lstrip("/")
    return call(_SHOW_ADDRESS, path, "replace" if replace else "")
