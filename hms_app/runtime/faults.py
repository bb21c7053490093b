"""What went wrong is told by its kind and its places in the code: its text may hold what somebody typed."""

import logging
import sys
import threading
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_log = logging.getLogger("hms.faults")
_PLACES: Final = 8
"""The innermost places of a fault that are told."""


def places_of(trace: TracebackType | None) -> str:
    """Where a fault came by, from the outside in."""
    places = []
    while trace:
        places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('hms_app/')[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-_PLACES:]) or "unknown"


def log_the_uncaught() -> None:
    """Python's own reports, which print values to standard error, become log lines without them."""
    threading.excepthook = _left_a_thread
    warnings.showwarning = _warned
    before = sys.unraisablehook

    def could_not_be_raised(swallowed: "UnraisableHookArgs") -> None:
        if issubclass(swallowed.exc_type, Exception):
            _tell("an exception nobody could catch", swallowed.exc_type, swallowed.exc_traceback)
        else:
            before(swallowed)

    sys.unraisablehook = could_not_be_raised


def _left_a_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is not SystemExit:
        _tell("a thread ended", ended.exc_type, ended.exc_traceback)


def _tell(what: str, kind: type[BaseException], trace: TracebackType | None) -> None:
    _log.error("%s: %s at %s", what, kind.__name__, places_of(trace))


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _log.warning("%s at %s:%s", category.__name__, filename.rsplit("hms_app/")[-1], lineno)
