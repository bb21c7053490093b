"""Plain text: UTF-8 without control characters, and no page or script that calls itself text."""

import codecs
import re
from typing import BinaryIO, Final

from hms_app.domain.files.errors import FileRefused
from hms_app.domain.files.values import TEXT, FileType

_CHUNK_BYTES: Final = 1 << 20
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP: Final = re.compile(r"\s*<(?:!doctype|html|head|body|svg|\?xml|\?php|script|!--)", re.IGNORECASE)
_UNKNOWN: Final = (
    "This file is of no kind that can be kept here. Choose a PDF, an image (JPEG, PNG, GIF, WebP, TIFF), a DICOM"
    " file, a Word or OpenDocument text, or plain text in UTF-8."
)


def open_text(file: BinaryIO) -> FileType:
    """Read every character; raises FileRefused for what is no text or is markup."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    file.seek(0)
    is_first = True
    try:
        while chunk := file.read(_CHUNK_BYTES):
            text = decoder.decode(chunk)
            if _CONTROL.search(text):
                raise FileRefused(_UNKNOWN)
            if is_first and _MARKUP.match(text):
                raise FileRefused("This file is a web page or drawing (HTML, SVG or XML). Save it as a PDF.")
            is_first = False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise FileRefused(_UNKNOWN) from None
    return TEXT
