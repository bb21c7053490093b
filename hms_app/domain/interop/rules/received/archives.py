"""Archives that were sent: what they hold, and unpacking them without trusting what they say of themselves."""

import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from hms_app.domain.files.rules.imported import is_harmless_name, most_unpacked_bytes
from hms_app.domain.interop.errors import ImportArchiveUnsuitable
from hms_app.domain.interop.values import ImportKind

_CHUNK_BYTES: Final = 1 << 20
_RESOURCES: Final = (".json", ".ndjson")
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    ValueError,
    NotImplementedError,
    EOFError,
    RuntimeError,
)


def kind_of_archive(path: Path, tables: Collection[str]) -> ImportKind:
    """What an archive holds by the names of its files; `tables` are those of a Synthea export.

    Raises ImportArchiveUnsuitable.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for _, name in _wanted(archive)]
    except _BROKEN:
        raise ImportArchiveUnsuitable(
            "This archive cannot be opened. Pack it again, then try once more."
        ) from None
    found = [name for name in names if name in tables]
    if "patients.csv" in found:
        _ensure_whole(found, tables)
        return ImportKind.SYNTHEA_ZIP
    if any(name.endswith(_RESOURCES) for name in names):
        return ImportKind.FHIR
    raise ImportArchiveUnsuitable(
        "This archive holds neither a Synthea CSV export (patients.csv and the files beside it) nor FHIR files"
        " (.json, .ndjson). A plain list of patients is sent as CSV or XLSX itself."
    )


def unpack(path: Path, kind: ImportKind, into: Path, tables: Collection[str]) -> None:
    """Write the files of `kind` flat into a directory; raises ImportArchiveUnsuitable beyond the limit.

    What comes out is counted: what an archive says of its sizes need not be true.
    """
    left = most_unpacked_bytes(path.stat().st_size)
    try:
        with zipfile.ZipFile(path) as archive:
            for entry, name in _wanted(archive):
                if kind is ImportKind.SYNTHEA_ZIP and name not in tables:
                    continue
                if kind is ImportKind.FHIR and not name.endswith(_RESOURCES):
                    continue
                left -= _write(archive, entry, _free_name(into, name), left)
    except _BROKEN:
        raise ImportArchiveUnsuitable(
            "This archive is damaged. Pack it again, then send it once more."
        ) from None


def _wanted(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """Every file that is not an operating system's own, with its name in small letters and without folders."""
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        is_own = path.name.startswith(".") or "__MACOSX" in path.parts
        if not entry.is_dir() and is_harmless_name(entry.filename) and not is_own:
            yield entry, path.name.lower()


def _ensure_whole(found: list[str], tables: Collection[str]) -> None:
    missing = sorted(set(tables) - set(found))
    if missing:
        raise ImportArchiveUnsuitable(
            f"This Synthea export lacks {', '.join(missing)}. Pack the whole csv folder into the archive."
        )
    twice = sorted(name for name, times in Counter(found).items() if times > 1)
    if twice:
        raise ImportArchiveUnsuitable(f"This archive has {twice[0]} twice. Pack one export at a time.")


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    written = 0
    with archive.open(entry) as source, target.open("xb") as file:
        while piece := source.read(_CHUNK_BYTES):
            written += len(piece)
            if written > left:
                raise ImportArchiveUnsuitable(
                    "This archive is larger when unpacked than it says. It was not read."
                )
            file.write(piece)
    return written


def _free_name(directory: Path, name: str) -> Path:
    """`name`, or with a number before it when folders of the archive had files of one name."""
    target, number = directory / name, 1
    while target.exists():
        number += 1
        target = directory / f"{number}-{name}"
    return target
