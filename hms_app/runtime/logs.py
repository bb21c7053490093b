"""Structured logs: one JSON object a line, to stderr and to a file that is rotated.

Messages of the framework are dropped below ERROR and stripped of their text above, since they quote event
data; what is kept is the logger, the level and the kind of exception.
"""

import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Any, Final

import structlog

_TALKATIVE: Final = (
    "reflex",
    "reflex_base",
    "socketio",
    "engineio",
    "asyncio",
    "sqlalchemy",
    "granian",
    "alembic",
    "procrastinate",
    "psycopg",
)
_STRIPPED: Final = "hms_stripped"
"""Set on a record that an earlier handler has seen."""
_MEGABYTE: Final = 1_000_000


def configure_logging(directory: Path | None, *, level: int = logging.INFO, name: str = "hms.log") -> None:
    """Send every log line of this process through one JSON renderer; `directory` None means stderr only."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in _handlers(directory, name):
        handler.setFormatter(formatter)
        handler.addFilter(_without_event_data)
        root.addHandler(handler)
    root.setLevel(level)


def _handlers(directory: Path | None, name: str) -> list[logging.Handler]:
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if directory is not None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                directory / name, maxBytes=20 * _MEGABYTE, backupCount=5, encoding="utf-8"
            )
        )
    return handlers


def _without_event_data(record: logging.LogRecord) -> bool:
    if record.name.split(".")[0] not in _TALKATIVE or hasattr(record, _STRIPPED):
        return True
    if record.levelno < logging.ERROR:
        return False
    kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "no exception"
    record.msg, record.args = f"The framework reported a problem ({kind}).", ()
    record.exc_info = record.exc_text = None
    setattr(record, _STRIPPED, True)
    return True
