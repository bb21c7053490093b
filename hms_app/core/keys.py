"""Keys of records, as browsers write them."""

from typing import Final

from hms_app.core.errors import NotFound

LARGEST_KEY: Final = 2**63 - 1
"""The largest number a bigint column holds."""


def id_from(text: object, *, what: str = "record") -> int:
    """The id that `text` is; raises NotFound for whatever no record's id can be."""
    key = key_of(text)
    if key is None:
        raise NotFound(what)
    return key


def key_of(text: object) -> int | None:
    """The key that `text` is; None for whatever no record's key can be."""
    written = str(text)
    if not (written.isascii() and written.isdecimal() and len(written) <= len(str(LARGEST_KEY))):
        return None
    return int(written) if 0 < int(written) <= LARGEST_KEY else None
