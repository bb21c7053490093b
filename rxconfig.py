"""What Reflex is told; the operator's settings are `HMS_*`, see `hms_app.config`."""

import os

import reflex as rx

from hms_app.config import get_settings

_settings = get_settings()

config = rx.Config(
    app_name="hms_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode=rx.constants.StateManagerMode.REDIS
    if _settings.redis_url
    else rx.constants.StateManagerMode.MEMORY,
    redis_url=_settings.redis_url.get_secret_value() if _settings.redis_url else None,
    # The bundle replaces localhost by the browser's host; assets/same-origin.js does the rest.
    api_url="http://localhost:3000",
    deploy_url=_settings.own_origin,
    cors_allowed_origins=[_settings.own_origin],
    frontend_compression_formats=["gzip"],
    plugins=[rx.plugins.TailwindV4Plugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    loglevel=rx.constants.LogLevel(os.environ.get("HMS_REFLEX_LOG_LEVEL", "warning")),
)
