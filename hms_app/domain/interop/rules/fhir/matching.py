"""Two records of one person: whether they are, what the one that comes adds, and where the two differ."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from hms_app.core.text import fold
from hms_app.domain.patients.values import FIELD_LABELS

Row = Mapping[str, Any]


class PersonFacts(NamedTuple):
    """What is compared of two records."""

    family: str
    given: str
    born: dt.date | None


class Compared(NamedTuple):
    """What a file adds to a record, and what it says otherwise, both by column."""

    taken: dict[str, Any]
    differs: dict[str, Any]

    def words(self) -> str:
        """What was taken over and what was not, for the report: which, never what."""
        said = (
            ("taken over", _labels(self.taken)),
            ("kept as it was, for the file says otherwise", _labels(self.differs)),
        )
        return "; ".join(f"{title}: {', '.join(labels)}" for title, labels in said if labels)


_TEXTS: Final = (
    *("prefix", "suffix", "maiden_name", "preferred_name", "language", "race", "ethnicity", "birth_place"),
    *("sex_at_birth", "gender", "marital_status"),
)
_NAMES: Final = ("given_names", "family_name")
_BIRTH: Final = ("birth_date", "birth_date_precision")
_DEATH: Final = ("deceased_at", "deceased_is_day_only", "deceased_precision")
_FINENESS: Final = ("unknown", "year", "month", "day")
_LABELS: Final = {
    **FIELD_LABELS,
    "birth_date": "Date of birth",
    "deceased_precision": "Death",
    "is_restricted": "Restriction",
}
_BESIDE: Final = frozenset({"birth_date_precision", "deceased_at", "deceased_is_day_only"})
"""Columns that belong to another one, which is named."""


def is_same_person(one: PersonFacts, other: PersonFacts) -> bool:
    """Whether two records that share an official identifier are of one person: born the same day, named alike."""
    return one.born is not None and one.born == other.born and is_named_alike(one, other)


def is_named_alike(one: PersonFacts, other: PersonFacts) -> bool:
    """The same family name and first given name, accents and letter case aside."""
    if fold(one.family) != fold(other.family):
        return False
    return fold(one.given).split()[:1] == fold(other.given).split()[:1]


def compare(record: Row, told: Row) -> Compared:
    """What a file that tells of a patient adds to the record, and where the record says otherwise."""
    found = Compared({}, {})
    for name in (*_TEXTS, *_NAMES):
        _compare_text(found, name, record[name], told[name])
    _compare_births(found, record, told)
    _compare_deaths(found, record, told)
    if told["is_restricted"] and not record["is_restricted"]:
        found.taken["is_restricted"] = True
    return found


def is_dead(row: Row) -> bool:
    """Whether a row says that somebody died."""
    return row["deceased_at"] is not None or row["deceased_precision"] == "unknown"


def _compare_text(found: Compared, name: str, kept: str, said: str) -> None:
    if not said or said == "unknown" or fold(said) == fold(kept):
        return
    (found.taken if not kept or kept == "unknown" else found.differs)[name] = said


def _compare_births(found: Compared, record: Row, told: Row) -> None:
    if told["birth_date"] is None or told["birth_date"] == record["birth_date"]:
        return
    side = found.taken if record["birth_date"] is None else found.differs
    side.update({name: told[name] for name in _BIRTH})


def _compare_deaths(found: Compared, record: Row, told: Row) -> None:
    """A death, and a finer time of one that is known, are taken; another time of it is for a person to decide."""
    if not is_dead(told):
        return
    finer = _FINENESS.index(told["deceased_precision"]) > _FINENESS.index(record["deceased_precision"])
    if not is_dead(record) or (record["deceased_precision"] == "unknown" and finer):
        found.taken.update({name: told[name] for name in _DEATH})
    elif told["deceased_at"] is not None and told["deceased_at"] != record["deceased_at"]:
        found.differs.update({name: told[name] for name in _DEATH})


def _labels(columns: Mapping[str, Any]) -> list[str]:
    named = (
        _LABELS.get(name, name.replace("_", " ").capitalize()) for name in columns if name not in _BESIDE
    )
    return [f"{label[:1].lower()}{label[1:]}" for label in named]
