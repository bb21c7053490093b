"""Kinds of clinics, and what each begins with: hours, and five services with sensible durations."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hms_app.domain.scheduling.values.services import ServiceInput
from hms_app.domain.scheduling.values.words import ServiceColour


class ClinicKind(StrEnum):
    """What a hospital mostly is, for its first services and hours."""

    GENERAL_PRACTICE = "general_practice"
    DENTIST = "dentist"
    PHYSIOTHERAPY = "physiotherapy"
    POLYCLINIC = "polyclinic"


CLINIC_LABELS: Final[Mapping[ClinicKind, str]] = {
    ClinicKind.GENERAL_PRACTICE: "General practice",
    ClinicKind.DENTIST: "Dentist",
    ClinicKind.PHYSIOTHERAPY: "Physiotherapy",
    ClinicKind.POLYCLINIC: "Polyclinic",
}


@dataclass(frozen=True)
class ClinicStart:
    """The weekly hours, the step of the times, and the services that a kind of clinic begins with."""

    hours: str
    slot_minutes: int
    services: tuple[ServiceInput, ...]


@dataclass(frozen=True)
class ClinicStarted:
    """How many services were added, and how many practitioners got hours."""

    services: int
    practitioners: int


def _start(hours: str, slot_minutes: int, *services: tuple[str, int, int]) -> ClinicStart:
    """Services are name, minutes, and minutes of clean-up."""
    inputs = [
        ServiceInput(
            name=name,
            duration_minutes=minutes,
            cleanup_minutes=cleanup,
            colour=colour,
            needs_practitioner=True,
        )
        for colour, (name, minutes, cleanup) in zip(ServiceColour, services, strict=False)
    ]
    return ClinicStart(hours, slot_minutes, tuple(inputs))


CLINIC_STARTS: Final[Mapping[ClinicKind, ClinicStart]] = {
    ClinicKind.GENERAL_PRACTICE: _start(
        "Mon-Fri 8-12, 13-17",
        15,
        ("Consultation", 15, 0),
        ("First visit", 30, 0),
        ("Check-up", 30, 0),
        ("Vaccination", 10, 0),
        ("Blood test", 10, 0),
    ),
    ClinicKind.DENTIST: _start(
        "Mon-Fri 8-12, 13-17",
        15,
        ("Dental check-up", 30, 5),
        ("Dental cleaning", 45, 10),
        ("Filling", 60, 10),
        ("Root canal treatment", 90, 10),
        ("Emergency visit", 30, 5),
    ),
    ClinicKind.PHYSIOTHERAPY: _start(
        "Mon-Fri 8-12, 13-18",
        15,
        ("First assessment", 45, 0),
        ("Physiotherapy", 30, 0),
        ("Manual therapy", 30, 0),
        ("Exercise therapy", 45, 0),
        ("Massage", 30, 5),
    ),
    ClinicKind.POLYCLINIC: _start(
        "Mon-Fri 8-12, 13-17",
        15,
        ("First consultation", 30, 0),
        ("Follow-up", 15, 0),
        ("Check-up", 45, 0),
        ("Ultrasound", 30, 5),
        ("Blood test", 10, 0),
    ),
}
