"""Whose state is worth keeping: a visitor's goes when the tab is left, a person's may wait for the tab to come back."""

from typing import Final

KEPT_TABS: Final = 300
"""Left tabs of people whose state one worker keeps; the longest left goes first."""


class Presence:
    """What this worker knows of its tabs, by the tokens they are bound to."""

    def __init__(self) -> None:
        self._people: set[str] = set()
        self._kept: dict[str, None] = {}
        self._left: set[str] = set()

    def came(self, token: str) -> None:
        """A tab is connected, perhaps again."""
        self._left.discard(token)
        if token in self._kept:
            del self._kept[token]
            self._people.add(token)

    def is_of_a_person(self, token: str) -> None:
        """A live session is behind the tab."""
        self._people.add(token)

    def is_of_nobody(self, token: str) -> None:
        """The tab's session has ended."""
        self._people.discard(token)

    def went(self, token: str) -> None:
        """The tab is not connected any more, or still was not when something ran for it."""
        if token in self._people:
            self._people.discard(token)
            self._kept[token] = None
        elif token not in self._kept:
            self._left.add(token)
        if len(self._kept) > KEPT_TABS:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._left.add(oldest)

    def left(self) -> tuple[str, ...]:
        """The tabs whose state nobody needs."""
        return tuple(self._left)

    def forgot(self, token: str) -> None:
        """The state of a left tab is gone."""
        self._left.discard(token)
