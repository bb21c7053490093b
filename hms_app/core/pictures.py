"""Pictures that people send: drawn anew, so that nothing of the file itself is kept."""

import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from PIL import Image, ImageOps, UnidentifiedImageError

from hms_app.core.errors import DomainError

MOST_BYTES: Final = 2_000_000
MOST_PIXELS: Final = 16_000_000
_TOO_LARGE: Final = "This file is too large. Choose an image of at most 2 MB."
_FORMATS: Final = ("PNG", "JPEG", "WEBP")


class PictureRefused(DomainError):
    """What was sent is no picture, or too large."""


def redraw(source: str, target: str, edge: int, as_format: Literal["PNG", "JPEG"]) -> Iterator[int]:
    """Draw the picture at one path anew at another, whole or not at all; yields its size in bytes.

    This is what a reader in a process of its own is asked; it raises `PictureRefused`.
    """
    if Path(source).stat().st_size > MOST_BYTES:
        raise PictureRefused(_TOO_LARGE)
    made = redrawn(Path(source).read_bytes(), edge=edge, as_format=as_format)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file.write(made)


def redrawn(content: bytes, *, edge: int, as_format: Literal["PNG", "JPEG"]) -> bytes:
    """The picture in `content`, turned upright, at most `edge` pixels wide and high, without its metadata.

    What its file name claims plays no part. Raises `PictureRefused` for what is too large or no PNG, JPEG or WebP.
    """
    if len(content) > MOST_BYTES:
        raise PictureRefused(_TOO_LARGE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise PictureRefused("This image is too large. Choose one of at most 16 million pixels.")
                picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except PictureRefused:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Warning,
        Image.DecompressionBombError,
    ):
        raise PictureRefused("This file is no image we can read. Choose a PNG, JPEG or WebP file.") from None
    picture.thumbnail((edge, edge))
    made = io.BytesIO()
    if as_format == "PNG":
        picture.save(made, format="PNG", optimize=True)
    else:
        _on_white(picture).save(made, format="JPEG", quality=85, optimize=True)
    return made.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """JPEG knows no transparency."""
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground
