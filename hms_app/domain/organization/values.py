"""Requests in, rows out, and the fixed words of the hospital's organization."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Final, Self
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from hms_app.core.errors import InvalidRequest


class RoomKind(StrEnum):
    """What a room is for."""

    CONSULTATION = "consultation"
    TREATMENT = "treatment"
    WARD = "ward"
    OPERATING = "operating"
    IMAGING = "imaging"
    LABORATORY = "laboratory"
    OTHER = "other"


class PayerKind(StrEnum):
    """Who stands behind a payer."""

    PUBLIC = "public"
    PRIVATE = "private"
    EMPLOYER = "employer"
    SELF_PAY = "self_pay"
    OTHER = "other"


ROOM_KIND_LABELS: Final = {
    RoomKind.CONSULTATION: "Consultation",
    RoomKind.TREATMENT: "Treatment",
    RoomKind.WARD: "Ward",
    RoomKind.OPERATING: "Operating theatre",
    RoomKind.IMAGING: "Imaging",
    RoomKind.LABORATORY: "Laboratory",
    RoomKind.OTHER: "Other",
}

PAYER_KIND_LABELS: Final = {
    PayerKind.PUBLIC: "Public insurance",
    PayerKind.PRIVATE: "Private insurance",
    PayerKind.EMPLOYER: "Employer",
    PayerKind.SELF_PAY: "Patient pays",
    PayerKind.OTHER: "Other",
}
