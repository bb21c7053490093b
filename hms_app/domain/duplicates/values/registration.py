"""What a registration form says back while somebody types."""

from dataclasses import dataclass, field

from hms_app.domain.duplicates.values.matching import LikelyDuplicate


@dataclass(frozen=True)
class TypedSoFar:
    """What the form says back: the birth and the phones as understood, and who in the register looks alike."""

    birth_words: str = ""
    phones: dict[str, str] = field(default_factory=dict)
    likely: tuple[LikelyDuplicate, ...] = ()
    wants_reason: bool = False
