"""What can be booked: its input, its row, its words and its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, field_validator, model_validator

from hms_app.core.form_input import FormInput
from hms_app.domain.organization.values import Choice, Name
from hms_app.domain.records.values import Form, FormField
from hms_app.domain.scheduling.values.words import ResourceKind, ServiceColour

LONGEST_DAY: Final = 1440
MOST_CHOSEN: Final = 500
"""Practitioners, rooms or pieces of equipment that one service names at most."""
COLOUR_LABELS: Final[Mapping[ServiceColour, str]] = {
    ServiceColour.ONE: "Teal",
    ServiceColour.TWO: "Blue",
    ServiceColour.THREE: "Orange",
    ServiceColour.FOUR: "Purple",
    ServiceColour.FIVE: "Gold",
    ServiceColour.SIX: "Pink",
    ServiceColour.SEVEN: "Green",
    ServiceColour.EIGHT: "Grey",
}
CHOSEN: Final[Mapping[str, ResourceKind]] = {
    "practitioners": ResourceKind.PRACTITIONER,
    "rooms": ResourceKind.ROOM,
    "equipment": ResourceKind.EQUIPMENT,
}
"""The fields of a service's form in which resources are chosen."""


def ticked(given: Mapping[str, Any], name: str) -> list[int]:
    """The ids that a form names in one text ("3,7"), or else by a tick each (`<name>_3`)."""
    listed = given.get(name)
    if listed is None:
        listed = [
            key.removeprefix(f"{name}_") for key, value in given.items() if _is_tick(key, name) and value
        ]
    parts = listed.split(",") if isinstance(listed, str) else listed
    return sorted(
        {int(part) for part in parts if str(part).strip().isascii() and str(part).strip().isdigit()}
    )


def _is_tick(key: str, name: str) -> bool:
    return key.startswith(f"{name}_") and key.removeprefix(f"{name}_").isdecimal()


def whole(least: int, most: int) -> BeforeValidator:
    """A whole number from `least` to `most`, as people type it."""

    def read(value: Any) -> int:
        text = str(value).strip()
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
        if number is None or not least <= number <= most:
            raise ValueError(f"Enter a whole number from {least} to {most:,}.")
        return number

    return BeforeValidator(read)


Minutes = Annotated[int, whole(0, LONGEST_DAY)]
SomeMinutes = Annotated[int, whole(1, LONGEST_DAY)]
Hours = Annotated[int, whole(0, 8760)]


class ServiceInput(FormInput):
    """What can be booked. Practitioners and rooms are chosen by their own ids, equipment by its resource's.

    Only practitioners and equipment that are chosen can be had; none chosen means any room of its department.
    """

    name: Name
    catalogue_item_id: int | None = None
    department_id: int | None = None
    colour: ServiceColour = ServiceColour.ONE
    duration_minutes: SomeMinutes
    preparation_minutes: Minutes = 0
    cleanup_minutes: Minutes = 0
    needs_practitioner: bool = False
    needs_room: bool = False
    needs_equipment: bool = Field(default=False, validate_default=True)
    practitioners: tuple[int, ...] = Field(default=(), max_length=MOST_CHOSEN)
    rooms: tuple[int, ...] = Field(default=(), max_length=MOST_CHOSEN)
    equipment: tuple[int, ...] = Field(default=(), max_length=MOST_CHOSEN, validate_default=True)
    is_bookable_online: bool = False
    needs_approval: bool = False
    notice_hours: Hours = 0
    ahead_days: Annotated[int, whole(1, 1100)] = 180
    latest_change_hours: Hours = 24
    most_open: Annotated[int, whole(0, 1000)] = 0
    wait_warning_minutes: SomeMinutes = 20
    wait_danger_minutes: SomeMinutes = 40

    @model_validator(mode="before")
    @classmethod
    def _ticks(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, **{name: ticked(given, name) for name in CHOSEN}}

    @field_validator("needs_equipment")
    @classmethod
    def _needs_something(cls, value: bool, given: Any) -> bool:
        if not (value or given.data.get("needs_practitioner") or given.data.get("needs_room")):
            raise ValueError("Choose at least one of the three: without any, nothing is reserved.")
        return value

    @field_validator("equipment")
    @classmethod
    def _which_equipment(cls, value: tuple[int, ...], given: Any) -> tuple[int, ...]:
        if given.data.get("needs_equipment") and not value:
            raise ValueError("Choose which equipment it may be.")
        return value

    @field_validator("wait_danger_minutes")
    @classmethod
    def _danger_after_warning(cls, value: int, given: Any) -> int:
        if value < given.data.get("wait_warning_minutes", 0):
            raise ValueError("Enter at least as many minutes as for the warning.")
        return value


class EquipmentInput(FormInput):
    """A piece of equipment that can be booked."""

    name: Name
    department_id: int | None = None


@dataclass(frozen=True)
class Offering:
    """Somebody or something that a service is offered by: the resource, and the practitioner or room it is."""

    resource_id: int
    kind: ResourceKind
    thing_id: int
    name: str


@dataclass(frozen=True)
class OfferingChoices:
    """Who and what a service's form offers."""

    practitioners: list[Choice]
    rooms: list[Choice]
    equipment: list[Choice]


@dataclass(frozen=True)
class ServiceRow:
    """What can be booked, with who offers it, in which rooms and with which equipment; no room means any."""

    id: int
    version: int
    is_active: bool
    name: str
    catalogue_item_id: int | None
    code: str
    department_id: int | None
    department: str | None
    colour: ServiceColour
    duration_minutes: int
    preparation_minutes: int
    cleanup_minutes: int
    needs_practitioner: bool
    needs_room: bool
    needs_equipment: bool
    is_bookable_online: bool
    needs_approval: bool
    notice_minutes: int
    ahead_days: int
    latest_change_hours: int
    most_open: int
    wait_warning_minutes: int
    wait_danger_minutes: int
    offerings: tuple[Offering, ...] = ()

    def chosen(self, kind: ResourceKind) -> tuple[Offering, ...]:
        """Who or what of a kind it names."""
        return tuple(offering for offering in self.offerings if offering.kind == kind)

    @property
    def notice_hours(self) -> int:
        """How soon patients can still book a free time, in hours."""
        return self.notice_minutes // 60


@dataclass(frozen=True)
class EquipmentRow:
    """A piece of equipment, its department, and how many services name it."""

    id: int
    version: int
    is_active: bool
    name: str
    department_id: int | None
    department: str | None
    services: int


YES_NO: Final[Mapping[str, str]] = {"on": "Yes", "": "No"}
_FLAG: Final = YES_NO
SERVICE_FORM: Final[Form] = {
    "name": FormField("Name"),
    "catalogue_item_id": FormField("Code"),
    "department_id": FormField("Department"),
    "colour": FormField("Colour", COLOUR_LABELS),
    "duration_minutes": FormField("Duration"),
    "preparation_minutes": FormField("Preparation"),
    "cleanup_minutes": FormField("Clean-up"),
    "needs_practitioner": FormField("Needs a practitioner", _FLAG),
    "needs_room": FormField("Needs a room", _FLAG),
    "needs_equipment": FormField("Needs equipment", _FLAG),
    "practitioners": FormField("Practitioners"),
    "rooms": FormField("Rooms"),
    "equipment": FormField("Equipment"),
    "is_bookable_online": FormField("Bookable online", _FLAG),
    "needs_approval": FormField("Needs approval", _FLAG),
    "notice_hours": FormField("Notice in hours"),
    "ahead_days": FormField("Days ahead"),
    "latest_change_hours": FormField("Latest change in hours"),
    "most_open": FormField("Open bookings at once"),
    "wait_warning_minutes": FormField("Waiting warning"),
    "wait_danger_minutes": FormField("Waiting alarm"),
}
EQUIPMENT_FORM: Final[Form] = {"name": FormField("Name"), "department_id": FormField("Department")}
