"""The application as the server runs it: Reflex's own routes, ours in front, the edge around all of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from reflex_base.environment import environment
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from hms_app.hms_app import app

HOST = "hospital.test"
URL = f"https://{HOST}"
SAME_ORIGIN = {"origin": URL}
INNER = ("app", "_application")
"""Where a middleware or a mount keeps what it wraps."""


@dataclass(frozen=True)
class Served:
    """One address the application answers, and by what."""

    path: str
    methods: frozenset[str]
    endpoint: Any


@contextmanager
def whole_application(web: Path) -> Iterator[ASGIApp]:
    """Put the application together as `runtime.server` does, around the built screens in `web`.

    Only the making sees the environment of a server: whatever runs later in this process, or is started by it, must
    not take `web` for its own build.
    """
    (web / "build" / "client").mkdir(parents=True)
    (web / "build" / "client" / "index.html").write_text("<title>Screens</title>")
    before = list(app._api.routes)  # type: ignore[union-attr]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REFLEX_WEB_WORKDIR", str(web))
        for option in (environment.REFLEX_SKIP_COMPILE, environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP):
            patch.setitem(os.environ, option.name, "true")
        made = app()
    yield made
    app._api.routes[:] = before  # type: ignore[union-attr]


def client_of(application: ASGIApp, **options: Any) -> TestClient:
    """A browser's requests to the application, over TLS."""
    return TestClient(application, base_url=URL, follow_redirects=False, **options)


def served_by(application: Any, prefix: str = "") -> list[Served]:
    """Every address the application answers, however deep it is mounted."""
    found: list[Served] = []
    for route in _routes_of(application):
        path = prefix + str(getattr(route, "path", ""))
        if isinstance(route, Mount) and _routes_of(route.app):
            found += served_by(route.app, path)
        elif isinstance(route, Route):
            found.append(Served(path, frozenset(route.methods or ()), route.endpoint))
        else:
            found.append(Served(path, frozenset(), getattr(route, "app", route)))
    return found


def _routes_of(application: Any) -> list[BaseRoute]:
    """The routes of the first thing inside `application` that has any."""
    while application is not None:
        if routes := getattr(application, "routes", None):
            return list(routes)
        application = next((getattr(application, name) for name in INNER if hasattr(application, name)), None)
    return []
