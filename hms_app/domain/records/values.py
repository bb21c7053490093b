"""Two people at one form: its fields, and the version that somebody else saved meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

THEIRS: Final = "theirs"
YOURS: Final = "yours"
"""The two sides of a field that differs."""

_NO_WORDS: Final[Mapping[str, str]] = MappingProxyType({})


class FormField(NamedTuple):
    """A field of a form: its label, and what its choices read as."""

    label: str
    words: Mapping[Any, str] = _NO_WORDS


Form = Mapping[str, FormField]
"""The fields of a form by name, in its order. A field that is searched has its text under `<name>-text`."""


@dataclass(frozen=True)
class RowForm:
    """A row as its form shows it, and whether the row still counts."""

    fields: dict[str, str]
    is_ended: bool = False
    is_error: bool = False


@dataclass(frozen=True)
class SavedVersion:
    """A row as it is saved now: the texts of its form, whether it counts, and who did what to it last, and when.

    `deed` is the last word of the trail's action, such as "corrected"; empty, as is who, when the trail says nothing.
    """

    version: int
    form: RowForm
    deed: str = ""
    changed_by: str = ""
    changed_at: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the row was entered in error, and takes no more changes."""
        return self.form.is_error

    def told(self, what: str) -> str:
        """Who did what to a row that is called `what`, and when, as a sentence."""
        when = f"on {self.changed_at}" if self.changed_at else "meanwhile"
        return f"{self.changed_by or 'Somebody else'} {self._did(what)} {when}."

    def _did(self, what: str) -> str:
        if self.is_error:
            return f"marked this {what} as entered in error"
        if self.deed in _DEEDS:
            return f"{_DEEDS[self.deed]} this {what}"
        return f"ended this {what}" if self.deed == "ended" and self.form.is_ended else f"saved this {what}"


_DEEDS: Final = {"withdrawn": "withdrew", "closed": "closed", "reopened": "opened"}
"""Deeds that read otherwise than "saved"."""


@dataclass(frozen=True)
class FieldVersions:
    """A field that two people left differently: what it was, theirs and yours; none of both is lost.

    `preferred` is the side to take unless somebody chooses: the one that changed it; empty when both did.
    """

    name: str
    was: str
    theirs: str
    yours: str
    preferred: str
