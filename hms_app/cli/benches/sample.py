"""Large Synthea exports made of the demo's small one: the same rows again, about other people."""

import csv
import re
from pathlib import Path
from typing import Final

from hms_app.runtime.paths import ROOT

SAMPLE: Final = ROOT / "hms_app" / "demo_data" / "synthea"
SHARED: Final = frozenset({"organizations", "payers", "providers"})
"""Files that are taken over once: there are as many hospitals and insurers for more people."""
_ID: Final = re.compile(r"^[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$)")
_KEPT: Final = frozenset({"ORGANIZATION", "PROVIDER", "PAYER", "SECONDARY_PAYER"})
_ENDINGS: Final = (
    *("", "son", "berg", "stein", "mann", "ova", "ez", "ini", "escu", "sen", "ides", "wala", "ian", "off"),
    *("wood", "field", "ton", "worth", "ley", "ham", "ford", "well", "man", "ski", "quist", "dottir", "aho"),
)


def enlarge(target: Path, *, copies: int, stems: frozenset[str] | None = None) -> int:
    """Write an export of `copies` times the sample's people into `target`; answers how many rows it has.

    Files outside `stems` get no rows (None: all files are full).
    """
    target.mkdir(parents=True, exist_ok=True)
    return sum(
        _enlarge_file(path, target / path.name, copies if stems is None or path.stem in stems else 0)
        for path in sorted(SAMPLE.glob("*.csv"))
    )


def _enlarge_file(source: Path, target: Path, copies: int) -> int:
    with source.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    written = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for copy in range(1 if source.stem in SHARED else copies):
            for place, row in enumerate(rows):
                writer.writerow(_copied(source.stem, header, row, copy, place))
                written += 1
    return written


def _copied(stem: str, header: list[str], row: list[str], copy: int, place: int) -> list[str]:
    if stem in SHARED or copy == 0:
        return row
    made = [
        value
        if name in _KEPT
        else _ID.sub(lambda found: f"{int(found[0], 16) ^ copy * 2_654_435:08x}", value)
        for name, value in zip(header, row, strict=True)
    ]
    return _renamed(header, made, copy, place) if stem == "patients" else made


def _renamed(header: list[str], row: list[str], copy: int, place: int) -> list[str]:
    number = copy * 97 + place
    values = dict(zip(header, row, strict=True))
    values["LAST"] = values["LAST"].rstrip("0123456789") + _ENDINGS[number % len(_ENDINGS)] + str(number)
    values["SSN"] = f"900-{number // 10_000 % 100:02d}-{number % 10_000:04d}"
    values["DRIVERS"] = values["DRIVERS"] and f"S{number:08d}"
    values["PASSPORT"] = values["PASSPORT"] and f"X{number:08d}X"
    values["BIRTHDATE"] = (
        f"{values['BIRTHDATE'][:8]}{number % 28 + 1:02d}" if not values["DEATHDATE"] else values["BIRTHDATE"]
    )
    return list(values.values())
