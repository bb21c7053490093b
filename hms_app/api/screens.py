"""The built screens at the very addresses that links name: no detour to the same address with a slash behind it."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from hms_app import navigation

_BUILT: Final = frozenset(
    screen.route for screen in navigation.SCREENS if screen.route != "/" and "[" not in screen.route
)
"""Each of these is a directory with one page in it; whatever has an id in it is served by the page for all others."""


class Screens:
    """Asks the framework for a screen's own page, which it keeps under the address with a slash."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the slash for a screen that was asked for without one."""
        if scope["type"] == "http" and scope["path"] in _BUILT:
            scope = {**scope, "path": f"{scope['path']}/"}
        await self._application(scope, receive, send)
