"""Images: opened by one decoder only, the one their first bytes name."""

import struct
import warnings
import zlib
from typing import BinaryIO, Final

from PIL import Image, UnidentifiedImageError

from hms_app.domain.files.errors import FileRefused
from hms_app.domain.files.values import GIF, JPEG, PNG, TIFF, WEBP, FileType

MOST_PIXELS: Final = 100_000_000
"""A scanned A3 page at 600 dpi has 70 million."""
MOST_FRAMES: Final = 500
_HEADS: Final = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
)
_DECODERS: Final = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP", TIFF: "TIFF"}


def claimed(head: bytes) -> FileType | None:
    """The type of image that the first bytes promise."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return next((file_type for start, file_type in _HEADS if head.startswith(start)), None)


def open_picture(file: BinaryIO, file_type: FileType) -> FileType:
    """Decode the whole image; raises FileRefused for what is none, is damaged, or would fill the memory."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file.seek(0)
            with Image.open(file, formats=(_DECODERS[file_type],)) as picture:
                _ensure_bearable(picture)
                picture.load()
    except FileRefused:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        IndexError,
        KeyError,
        EOFError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
    ):
        raise FileRefused(
            f"This file begins as a {file_type.words} image but cannot be opened as one."
        ) from None
    return file_type


def _ensure_bearable(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise FileRefused(
            f"This image is too large. Choose one of at most {MOST_PIXELS // 1_000_000} million pixels."
        )
    if getattr(picture, "n_frames", 1) > MOST_FRAMES:
        raise FileRefused(f"This image has too many frames. Choose one of at most {MOST_FRAMES}.")
