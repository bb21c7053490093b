"""Faults of this program met while reading files: logged with a reference and without a patient's data."""

import logging
import secrets
from typing import Final

logger = logging.getLogger("hms.imports")
_FRAMES: Final = 8


def logged_fault(what: str, fault: Exception) -> str:
    """Log where a fault happened; the answer is the reference by which an administrator finds it."""
    reference = secrets.token_hex(4)
    frames, trace = [], fault.__traceback__
    while trace:
        frames.append(f"{trace.tb_frame.f_code.co_filename.rsplit('hms_app/')[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    logger.error("%s %s: %s at %s", what, reference, type(fault).__name__, " > ".join(frames[-_FRAMES:]))
    return reference
