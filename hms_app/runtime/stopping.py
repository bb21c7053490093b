"""A request to stop is obeyed wherever the program is when it arrives."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_SECONDS: Final = 0.1
_DIE_WITH_PARENT: Final = 1
_REQUESTS: Final = {SystemExit: signal.SIGTERM, KeyboardInterrupt: signal.SIGINT}
_asked = False
_is_postponed = False


def stop_when_asked() -> None:
    """End by SystemExit at SIGTERM, so that what was started is stopped on the way out.

    Python swallows an exception that a signal raises inside a finalizer or a weak reference's callback; the
    request is then made again.
    """
    signal.signal(signal.SIGTERM, _stop)
    sys.unraisablehook = _ask_again


def was_asked() -> bool:
    """Whether SIGTERM came; a failure after it may be what somebody's code made of the SystemExit."""
    return _asked


@contextmanager
def postponed() -> Iterator[None]:
    """Obey a request at the end of the block: half an import would be taken for a failure and tried otherwise."""
    global _is_postponed
    _is_postponed = True
    try:
        yield
    finally:
        _is_postponed = False
    if _asked:
        raise SystemExit(0)


def die_with_parent() -> None:
    """In a child: do not outlive a killed launcher, which would keep what the child holds."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _stop(_number: int, _frame: FrameType | None) -> None:
    global _asked
    _asked = True
    if not _is_postponed:
        raise SystemExit(0)


def _ask_again(swallowed: "UnraisableHookArgs") -> None:
    request = _REQUESTS.get(swallowed.exc_type)
    if request is None:
        sys.__unraisablehook__(swallowed)
    else:
        again = threading.Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), request))
        again.daemon = True
        again.start()
