"""What makes a row the same row when its file is read again, without keeping the rows in memory."""

from array import array
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

_FIRST_SIZE: Final = 1 << 12
_SEPARATOR: Final = "\x1f"


def digest(*parts: str | None) -> str:
    """32 hexadecimal digits of the parts; blank and None are the same."""
    return blake2b(_SEPARATOR.join(part or "" for part in parts).encode(), digest_size=16).hexdigest()


def content_digest(values: Mapping[str, str | None]) -> str:
    """A digest of all values of a row: it differs when any of them was changed."""
    return digest(*values.values())


class SeenKeys:
    """Counts how often each key was met, in about 24 bytes a key, so that a million rows stay small.

    Only 64 bits of a key's digest are kept: among a million keys the chance that any two are taken for one is
    about one in thirty million.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SIZE))
        self._used = 0
        self._repeats: dict[int, int] = {}

    def times_seen(self, key: str) -> int:
        """How often `key` was met before this time."""
        number = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") or 1
        place = self._place(self._slots, number)
        if self._slots[place]:
            self._repeats[number] = self._repeats.get(number, 0) + 1
            return self._repeats[number]
        self._slots[place] = number
        self._used += 1
        if self._used * 2 > len(self._slots):
            self._grow()
        return 0

    @staticmethod
    def _place(slots: "array[int]", number: int) -> int:
        mask = len(slots) - 1
        place = number & mask
        while slots[place] and slots[place] != number:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        grown = array("Q", bytes(16 * len(self._slots)))
        for number in self._slots:
            if number:
                grown[self._place(grown, number)] = number
        self._slots = grown
