"""What two records are compared by, and what the comparison says."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from hms_app.domain.patients.values.rows import PatientRow
from hms_app.domain.patients.values.words import BirthDatePrecision, Sex


class MatchName(NamedTuple):
    """A name as it was written, and its folded words."""

    text: str = ""
    words: tuple[str, ...] = ()


NO_NAME: Final = MatchName()


class MatchAddress(NamedTuple):
    """An address, each part folded."""

    line: str = ""
    city: str = ""
    postal_code: str = ""


class MatchIdentifier(NamedTuple):
    """An identifier's type, who issued it, and its letters and digits, folded."""

    type: str
    issuer: str
    code: str


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """What is known of a person, ready to be compared; made by `rules.match_facts`.

    `phones` are the last digits of phone numbers, so that a country code more or less makes no difference;
    `dialled` are the numbers as they were given.
    """

    given: MatchName = NO_NAME
    family: MatchName = NO_NAME
    also_given: tuple[MatchName, ...] = ()
    also_family: tuple[MatchName, ...] = ()
    birth_date: dt.date | None = None
    precision: str = BirthDatePrecision.EXACT.value
    sex: str = Sex.UNKNOWN.value
    phones: frozenset[str] = frozenset()
    dialled: tuple[str, ...] = ()
    emails: frozenset[str] = frozenset()
    identifiers: tuple[MatchIdentifier, ...] = ()
    addresses: tuple[MatchAddress, ...] = ()


class Finding(NamedTuple):
    """What the comparison of one field says: its weight in bits, and a sentence with place for both values."""

    weight: float
    sentence: str
    values: tuple[Any, Any] = ("", "")

    def __str__(self) -> str:
        return self.sentence.format(*sorted(self.values))


class Likeness(StrEnum):
    """How likely two records are one person, as people say it; the same word on every screen."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


LIKENESS_WORDS: Final = {
    Likeness.CERTAIN: "Almost certain",
    Likeness.LIKELY: "Likely",
    Likeness.POSSIBLE: "Possible",
}


@dataclass(frozen=True, slots=True)
class MatchScore:
    """How alike two records are: the sum of the findings' weights in bits, and how probable one person is."""

    weight: float
    probability: float
    findings: tuple[Finding, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for one person, the strongest first."""
        return tuple(str(finding) for finding in sorted(self.findings, reverse=True) if finding.weight > 0)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks for two people, the strongest first."""
        return tuple(str(finding) for finding in sorted(self.findings) if finding.weight < 0)


@dataclass(frozen=True)
class LikelyDuplicate:
    """A patient who may be the person somebody asks about, and how likely."""

    row: PatientRow
    score: MatchScore

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for it, the strongest first."""
        return self.score.reasons
