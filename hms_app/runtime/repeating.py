"""Work of the launcher that is done again and again while the hospital is served."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

logger = logging.getLogger("hms.run")


@contextmanager
def repeated(work: Callable[[], None], *, seconds: float, name: str) -> Iterator[None]:
    """Do the work now, every so many seconds, and once more at the end; a failure is logged and tried again.

    The first time is before the thread is there: what is imported then is not while a worker is forked.
    """
    over = threading.Event()

    def once() -> None:
        try:
            work()
        except Exception as failure:
            logger.warning("%s failed (%s); it is tried again", name, type(failure).__name__)

    def again() -> None:
        while not over.wait(seconds):
            once()

    once()
    thread = threading.Thread(target=again, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        once()
