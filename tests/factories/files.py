"""Contents of files for tests: real ones, and ones that only claim to be."""

import io
import zipfile

from PIL import Image

from hms_app.core.actor import Actor
from hms_app.domain.files.service import Received, receive_picture
from hms_app.domain.files.values import PictureUse


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20)) -> bytes:
    """An image as Pillow writes it."""
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, format=kind)
    return made.getvalue()


def chosen(actor: Actor, use: PictureUse, content: bytes | None = None) -> str:
    """A picture that somebody chose for a form, as the form names it."""
    with Received.whole(picture() if content is None else content, max_bytes=10_000_000) as received:
        return receive_picture(actor, received=received, use=use)


def pdf(text: str = "A letter") -> bytes:
    """A PDF of one page with a line of text."""
    stream = f"BT /F1 18 Tf 40 100 Td ({text}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(made)
    made += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table
    return bytes(made)


def archive(parts: dict[str, str]) -> bytes:
    """A ZIP of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return made.getvalue()


def docx(**more: str) -> bytes:
    """The least a Word document has, and `more` parts."""
    declared = '<Types><Override ContentType="application/vnd.x.wordprocessingml.document.main+xml"/></Types>'
    return archive({"[Content_Types].xml": declared, "word/document.xml": "<w:document/>", **more})


def odt() -> bytes:
    """The least an OpenDocument text has."""
    return archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})


def dicom(preamble: bytes = b"") -> bytes:
    """The head of a DICOM file."""
    return preamble.ljust(128, b"\0") + b"DICM" + b"\x02\0\0\0UL\x04\0\0\0\0\0"
