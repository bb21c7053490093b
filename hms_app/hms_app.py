"""The composition root: app, gate, routes, lifespan, pages; nothing else."""

from typing import cast

import reflex as rx
from reflex_base.event import EventSpec

from hms_app import components as kit
from hms_app import pages  # noqa: F401  (every page registers itself)
from hms_app.api.application import with_edge
from hms_app.api.lifespan import database, logs, looks
from hms_app.config import get_settings
from hms_app.pages.errors import error_boundary, not_found_page
from hms_app.runtime.pulse import beating
from hms_app.state.base import explain_bug
from hms_app.state.gate import EventGate
from hms_app.state.live import live_screens
from hms_app.state.replies import refuse
from hms_app.state.tabs import bind_tabs


def _explain(exception: Exception) -> EventSpec:
    """Tell the person; Reflex wants the annotation, and sends an `Event` as readily."""
    return cast("EventSpec", refuse(explain_bug(exception)))


def _leave_to_us(exception: Exception) -> None:
    """A failure in the browser is reported without its text, which may hold what was on the screen."""
    explain_bug(exception)


app = rx.App(
    stylesheets=kit.STYLESHEETS,
    head_components=[
        rx.el.script(src="/same-origin.js"),
        rx.el.script(src="/form-size.js"),
        rx.el.script(src="/pictures.js"),
        rx.el.script(src="/own-zone.js"),
        rx.el.script(src="/register.js"),
        rx.el.script(src="/lock.js"),
        rx.el.script(src="/away.js"),
        rx.el.script(src="/upload.js"),
        rx.el.script(src="/live.js"),
        rx.el.script(src="/address.js"),
        *([rx.el.script(src="/reload.js")] if get_settings().mode == "development" else []),
        *kit.document_head(),
    ],
    html_lang="en",
    toaster=kit.toaster(),
    app_wraps={
        (55, "ErrorBoundary"): error_boundary,
        (5, "Overlay"): lambda stateful: kit.connection_overlay() if stateful else None,
    },
    api_transformer=with_edge,
    backend_exception_handler=_explain,
    frontend_exception_handler=_leave_to_us,
)
app.add_page(not_found_page, route="404", title="Nothing here · Hospital")
app.add_middleware(EventGate())
app.register_lifespan_task(logs)
app.register_lifespan_task(beating)
app.register_lifespan_task(database)
app.register_lifespan_task(looks)
app.register_lifespan_task(bind_tabs(app).sweeping)
app.register_lifespan_task(live_screens(app))
