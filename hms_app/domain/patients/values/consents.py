"""What patients agree to: the words, the input and the row."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from hms_app.core.form_input import FormInput


class ConsentKind(StrEnum):
    """What a patient is asked."""

    TREATMENT = "treatment"
    DATA_PROCESSING = "data_processing"
    DATA_SHARING = "data_sharing"
    REMINDERS = "reminders"
    RESEARCH = "research"
    PHOTOGRAPHY = "photography"
    OTHER = "other"


class ConsentDecision(StrEnum):
    """What the patient said."""

    GIVEN = "given"
    REFUSED = "refused"


class ConsentState(StrEnum):
    """What a consent means on a day."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENTERED_IN_ERROR = "entered_in_error"


CONSENT_LABELS: Final[dict[ConsentKind, str]] = {
    ConsentKind.TREATMENT: "Treatment",
    ConsentKind.DATA_PROCESSING: "Keeping and using their data",
    ConsentKind.DATA_SHARING: "Sharing data with other providers",
    ConsentKind.REMINDERS: "Reminders by message",
    ConsentKind.RESEARCH: "Research",
    ConsentKind.PHOTOGRAPHY: "Photographs",
    ConsentKind.OTHER: "Other",
}
DECISION_LABELS: Final[dict[ConsentDecision, str]] = {
    ConsentDecision.GIVEN: "Given",
    ConsentDecision.REFUSED: "Refused",
}
CONSENT_STATE_LABELS: Final[dict[ConsentState, str]] = {
    ConsentState.GIVEN: "Given",
    ConsentState.REFUSED: "Refused",
    ConsentState.WITHDRAWN: "Withdrawn",
    ConsentState.EXPIRED: "Expired",
    ConsentState.ENTERED_IN_ERROR: "Entered in error",
}


class ConsentInput(FormInput):
    """What is recorded; without a day it is today's (the hospital's calendar). `valid_until` is the last day."""

    kind: ConsentKind
    decision: ConsentDecision
    recorded_on: dt.date | None = None
    valid_until: dt.date | None = None
    note: Annotated[str, Field(max_length=500)] = ""


@dataclass(frozen=True)
class ConsentRow:
    """A consent as screens show it; every text is ready to be shown."""

    id: int
    version: int
    kind: ConsentKind
    kind_label: str
    decision: ConsentDecision
    state: ConsentState
    state_label: str
    recorded_on: str
    valid_until: str
    withdrawn_on: str
    note: str
    recorded_by: str
    error_note: str
