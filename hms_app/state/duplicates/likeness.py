"""The colour of a likeness, one on every screen."""

from typing import Final

from hms_app.domain.duplicates.rules import likeness_of
from hms_app.domain.duplicates.values import Likeness

_TONES: Final = {Likeness.CERTAIN: "warning", Likeness.LIKELY: "info", Likeness.POSSIBLE: "neutral"}


def tone_of(weight: float) -> str:
    """The colour of the likeness that a weight stands for."""
    return _TONES[likeness_of(weight)]
