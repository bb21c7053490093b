"""Where the audit trail ended, noted outside of the database: what is cut from its end or written anew is missed.

One line a head, signed with the installation's key; `audit-heads` lies beside that key.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest
from pathlib import Path
from typing import Final

from hms_app.config import Settings

FILE_NAME: Final = "audit-heads"
MOST_LINES: Final = 400
"""When there are more, one goes that leaves a small gap for its age: the older, the fewer are needed."""
NOWHERE: Final = "0" * 64
_LINE: Final = re.compile(r"(\S+) (kept|restored) (\d{1,19}):([0-9a-f]{64}) ([0-9a-f]{64})")

HashesOf = Callable[[Sequence[int]], Mapping[int, str]]
"""The hashes that the trail has now of these entries."""


@dataclass(frozen=True)
class KeptHead:
    """Where the trail ended at a moment; a restored one says that what was kept before of later entries is void."""

    at: str
    entry_id: int
    hash: str
    is_restored: bool = False

    def __str__(self) -> str:
        return f"{self.entry_id}:{self.hash}"


class KeptHeads:
    """The file of one installation."""

    def __init__(self, file: Path, key: bytes) -> None:
        self._file, self._key = file, key

    @classmethod
    def of(cls, settings: Settings) -> "KeptHeads":
        """Those beside this installation's key."""
        return cls(settings.data_dir / "secrets" / FILE_NAME, settings.derived_key("audit heads"))

    def keep(self, at: str, entry_id: int, entry_hash: str, hashes_of: HashesOf) -> list[str]:
        """Note where the trail ends now, if that is news.

        Answers what contradicts what was kept; nothing is noted then, so that the proof stays until somebody looks.
        """
        heads, problems = self.read()
        problems += contradictions(heads, hashes_of)
        if not problems and entry_id and (not heads or heads[-1].entry_id != entry_id):
            self._write([*heads, KeptHead(at, entry_id, entry_hash)])
        return problems

    def begin_anew(self, at: str, entry_id: int, entry_hash: str) -> None:
        """Say that the trail goes on from this entry: of what was kept, all that came later is void.

        A file with lines that are not ours is set aside, as it is.
        """
        heads, problems = self.read()
        if problems:
            self._file.replace(self._file.with_name(f"{FILE_NAME}.{at.replace(':', '')}"))
        self._write([*heads, KeptHead(at, entry_id, entry_hash, is_restored=True)])

    def read(self) -> tuple[list[KeptHead], list[str]]:
        """The heads, oldest first, and a sentence for each line that this installation did not write."""
        heads, problems = [], []
        for number, line in enumerate(self._lines(), start=1):
            found = _LINE.fullmatch(line)
            if found is None or not compare_digest(found[5], self._signature(line.rpartition(" ")[0])):
                problems.append(f"Line {number} of {self._file} was altered, or signed with another key.")
            else:
                heads.append(KeptHead(found[1], int(found[3]), found[4], found[2] == "restored"))
        return heads, problems

    def _lines(self) -> list[str]:
        try:
            return self._file.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _write(self, heads: Iterable[KeptHead]) -> None:
        """All of them at once: whoever reads sees the old file or the new one, whenever the power fails."""
        lines = []
        for head in _thinned(list(heads)):
            signed = f"{head.at} {'restored' if head.is_restored else 'kept'} {head}"
            lines.append(f"{signed} {self._signature(signed)}\n")
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._file.with_name(f"{FILE_NAME}.part")
        with open(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii"
        ) as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._file)

    def _signature(self, text: str) -> str:
        return digest(self._key, text.encode(), sha256).hex()


def contradictions(heads: Sequence[KeptHead], hashes_of: HashesOf) -> list[str]:
    """What the kept heads say against the trail, naming the entries."""
    valid = _still_valid(heads)
    found = hashes_of([head.entry_id for head in valid if head.entry_id])
    held = 0
    for head in sorted(valid, key=lambda one: one.entry_id):
        if head.entry_id and found.get(head.entry_id) != head.hash:
            return [_contradiction(head, held, is_missing=head.entry_id not in found)]
        held = head.entry_id
    return []


def last_that_holds(heads: Sequence[KeptHead], hashes_of: HashesOf) -> KeptHead:
    """The newest kept head that the trail still has; nowhere, when it has none."""
    valid = [head for head in _still_valid(heads) if head.entry_id]
    found = hashes_of([head.entry_id for head in valid])
    holding = [head for head in valid if found.get(head.entry_id) == head.hash]
    return max(holding, key=lambda one: one.entry_id, default=KeptHead("", 0, NOWHERE))


def _still_valid(heads: Sequence[KeptHead]) -> list[KeptHead]:
    """Without those that a later restore made void."""
    valid: list[KeptHead] = []
    for head in heads:
        if head.is_restored:
            valid = [one for one in valid if one.entry_id <= head.entry_id]
        valid.append(head)
    return valid


def _contradiction(head: KeptHead, held: int, *, is_missing: bool) -> str:
    if is_missing:
        return f"The trail was cut: audit entry {head.entry_id}, kept on {head.at}, is missing."
    if head.entry_id == held + 1:
        return f"The trail was written anew: audit entry {head.entry_id} is not the one kept on {head.at}."
    return (
        f"The trail was written anew from one of the audit entries {held + 1} to {head.entry_id} on: the last of them"
        f" is not the one kept on {head.at}."
    )


def _thinned(heads: list[KeptHead]) -> list[KeptHead]:
    """Few enough lines, the denser the newer; the first, the last, and what says that something was restored stay."""
    while len(heads) > MOST_LINES:
        newest = heads[-1].entry_id
        gaps = {
            place: (after.entry_id - before.entry_id) / (newest - before.entry_id + 1)
            for place, (before, head, after) in enumerate(
                zip(heads, heads[1:], heads[2:], strict=False), start=1
            )
            if not head.is_restored
        }
        if not gaps:
            break
        del heads[min(gaps, key=lambda place: gaps[place])]
    return heads
