"""Structured logs: one JSON object a line, to stderr and to a file that is rotated.

Only what this application says itself is written as it was said. Libraries quote what browsers sent: below ERROR their
messages are dropped, above it they are stripped to the logger, the level and the kind of exception. They get no
handlers of their own, and what they print is counted, not shown.
"""

import io
import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Any, Final

import structlog

from hms_app.runtime.faults import log_the_uncaught, places_of

_OURS: Final = "hms"
_WEB_SERVER: Final = "_granian"
_WEB_SERVERS_PARENT: Final = "granian/server/"
"""The files of the web server that only say which worker came and went."""
_SOCKET_LIBRARIES: Final = ("socketio", "socketio.server", "engineio", "engineio.server")
"""They add a handler of their own to a logger that has no level yet."""
_STRIPPED: Final = "hms_stripped"
"""Set on a record that an earlier handler has seen."""
_MEGABYTE: Final = 1_000_000

WEB_SERVER_LOGGING: Final[dict[str, Any]] = {
    "incremental": True,
    "handlers": {},
    "loggers": {_WEB_SERVER: {"propagate": True}, "granian.access": {"propagate": False}},
}
"""For Granian, which else would close our handlers and add its own."""

_said = logging.getLogger("hms.printed")


def configure_logging(directory: Path | None, *, level: int = logging.INFO, name: str = "hms.log") -> None:
    """Send every log line of this process through one JSON renderer; `directory` None means stderr only."""
    formatter = _formatter()
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in _handlers(directory, name):
        handler.setFormatter(formatter)
        handler.addFilter(_without_strangers_text)
        root.addHandler(handler)
    root.setLevel(level)
    logging.raiseExceptions = False  # Else a line that cannot be written is printed with its arguments.
    silence_libraries()
    log_the_uncaught()


def log_like_the_launcher(directory: Path) -> None:
    """In a worker: one that was forked logs so already, one that was spawned does not yet."""
    if not any(_without_strangers_text in handler.filters for handler in logging.getLogger().handlers):
        configure_logging(directory)
        mute_prints()
    silence_libraries()


def silence_libraries() -> None:
    """Take away the handlers that libraries have given to their own loggers; to be called again after imports."""
    for name in _SOCKET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            for handler in list(logger.handlers):
                logger.removeHandler(handler)
                handler.close()


def mute_prints() -> None:
    """From now on this process's standard output and error say only how much was printed to them."""
    sys.stdout = sys.stderr = _Counted()


class _Counted(io.TextIOBase):
    """A stream whose text nobody reads."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text.strip():
            _said.warning("%d characters were printed", len(text))
        return len(text)


def _formatter() -> logging.Formatter:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )


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


def _without_strangers_text(record: logging.LogRecord) -> bool:
    if hasattr(record, _STRIPPED):
        return True
    if not _is_our_own(record):
        if record.levelno < logging.ERROR:
            return False
        record.msg, record.args = f"A library reported a problem ({_kind_of(record)}).", ()
    elif record.exc_info and record.exc_info[0]:
        where = places_of(record.exc_info[2])
        record.msg, record.args = f"{record.getMessage()} ({_kind_of(record)} at {where})", ()
    record.exc_info = record.exc_text = record.stack_info = None
    setattr(record, _STRIPPED, True)
    return True


def _is_our_own(record: logging.LogRecord) -> bool:
    name = record.name.split(".")[0]
    return name == _OURS or (name == _WEB_SERVER and _WEB_SERVERS_PARENT in record.pathname)


def _kind_of(record: logging.LogRecord) -> str:
    return record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "no exception"
