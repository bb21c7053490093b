"""What patients are told in the portal."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PatientNoticeKind(StrEnum):
    """What happened."""

    SIGN_IN_OPENED = "sign_in_opened"
    SIGN_IN_CLOSED = "sign_in_closed"


NOTICE_WORDS: Final = {
    PatientNoticeKind.SIGN_IN_OPENED: "A sign-in was linked to your record and can open it.",
    PatientNoticeKind.SIGN_IN_CLOSED: "A sign-in that could open your record was unlinked from it.",
}


@dataclass(frozen=True)
class PatientNoticeRow:
    """A notice, in words, with its day."""

    id: int
    words: str
    day: str
