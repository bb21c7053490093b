"""A small application behind the edge, on the web server as it is really set up; started by tests in a process."""

import os
import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from hms_app.api import bodies
from hms_app.api.middleware import Edge
from hms_app.api.routing import form_of
from hms_app.config import Settings
from hms_app.runtime import server

IMPATIENT_SECONDS = 1


async def echo(socket: WebSocket) -> None:
    """Say back what was said."""
    await socket.accept()
    try:
        while True:
            await socket.send_text(str(len(await socket.receive_text())))
    except WebSocketDisconnect:
        pass


async def form(request: Request) -> PlainTextResponse:
    """Say which fields were sent."""
    return PlainTextResponse(" ".join(await form_of(request)))


async def who(_request: Request) -> PlainTextResponse:
    """Say which process this is."""
    return PlainTextResponse(str(os.getpid()))


def make() -> ASGIApp:
    """The application of one worker."""
    bodies.GRACE_SECONDS = IMPATIENT_SECONDS  # type: ignore[misc]
    routes = [
        Route("/form", form, methods=["POST"]),
        Route("/healthz", who),
        WebSocketRoute("/_event", echo),
    ]
    return Edge(Starlette(routes=routes))


if __name__ == "__main__":
    server.HEADER_SECONDS = IMPATIENT_SECONDS  # type: ignore[misc]
    target = f"{__spec__.name}:make"
    server.make_web_server(target, Settings(workers=1), host="127.0.0.1", port=int(sys.argv[1])).serve()
