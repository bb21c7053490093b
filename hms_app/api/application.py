"""The HTTP edge around Reflex: our routes first, then the framework, all behind the same middleware."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from hms_app.api import auth, documents, exports, files, health, imports, lists, papers, pictures, records
from hms_app.api.middleware import Edge
from hms_app.api.routing import starlette_routes
from hms_app.api.screens import Screens


def with_edge(framework: ASGIApp) -> ASGIApp:
    """Serve the registered routes, everything else by `framework`, with headers and origin checks on all of it."""
    modules = (auth, documents, exports, files, health, imports, lists, papers, pictures, records)
    application = Starlette(routes=starlette_routes(modules))
    application.mount("", Screens(framework))
    return Edge(application)
