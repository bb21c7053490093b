"""Faults of this program: logged with a reference and where they happened, without anybody's data."""

import logging
import secrets

from hms_app.runtime.faults import places_of

logger = logging.getLogger("hms.faults")


def logged_fault(what: str, fault: BaseException) -> str:
    """Log where a fault happened; the answer is the reference by which an administrator finds it."""
    reference = secrets.token_hex(4)
    logger.error("%s %s: %s at %s", what, reference, type(fault).__name__, places_of(fault.__traceback__))
    return reference
