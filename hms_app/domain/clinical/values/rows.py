"""Rows of the clinical domain as screens show them; every text is ready to be shown."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hms_app.domain.clinical.values.words import (
    NO_RANGE,
    EncounterClass,
    EncounterStatus,
    Range,
    RangeMark,
    TimelineKind,
)
from hms_app.domain.patients.values import PatientCards


@dataclass(frozen=True)
class Fact:
    """A line of a clinical card."""

    id: str
    title: str
    detail: str
    since: str


@dataclass(frozen=True)
class ClinicalCards:
    """The overview's clinical cards; None for a card that the actor may not see."""

    allergies: tuple[Fact, ...] | None = None
    conditions: tuple[Fact, ...] | None = None
    medications: tuple[Fact, ...] | None = None
    vital_signs: tuple[Fact, ...] | None = None
    documents: tuple[Fact, ...] | None = None


class Overview(NamedTuple):
    """Everything on a record's first page."""

    about: PatientCards
    clinical: ClinicalCards


@dataclass(frozen=True)
class TimelineEntry:
    """One entry of the timeline; `occurred_at` is None where only the day is known."""

    id: str
    kind: TimelineKind
    kind_word: str
    day: str
    occurred_at: dt.datetime | None
    title: str
    detail: str
    status: str


@dataclass(frozen=True)
class VitalPoint:
    """One measurement and where it lies to its range; `second` is the diastolic pressure."""

    at: dt.datetime
    moment: str
    value: float
    second: float | None = None
    mark: RangeMark = RangeMark.WITHIN


@dataclass(frozen=True)
class VitalSeries:
    """One vital sign over time, oldest first, with the range of the latest measurement.

    `is_range_given` is whether the range came with the measurement; else it is the one usual for adults.
    """

    code: str
    title: str
    unit: str
    points: tuple[VitalPoint, ...]
    usual: Range = NO_RANGE
    second_usual: Range = NO_RANGE
    is_range_given: bool = False


@dataclass(frozen=True)
class VisitRow:
    """A visit or stay; `counts` says how much of each kind happened in it, as far as the actor may know.

    Of one that is known by its day only, `precision` says how much of the day is known.
    """

    id: int
    patient_id: int
    encounter_class: EncounterClass
    title: str
    began_at: dt.datetime
    ended_at: dt.datetime | None
    is_day_only: bool
    precision: str
    practitioner: str
    department: str
    organization: str
    reason: str
    status: EncounterStatus
    counts: Mapping[TimelineKind, int]
    entries: tuple[TimelineEntry, ...] = ()
