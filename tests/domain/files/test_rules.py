"""What a file is, told by its content; and what it may be called."""

import io
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hms_app.domain.files import rules
from hms_app.domain.files.errors import FileRefused
from hms_app.domain.files.rules import pictures
from hms_app.domain.files.values import ANY_KIND, FILE_TYPES, IMAGES, PDF, PNG, FileType
from tests.factories.files import archive, dicom, docx, odt, pdf, picture

PAGE = b"<html><script>alert(1)</script></html>"
GOOD = {
    "application/pdf": pdf(),
    "image/jpeg": picture("JPEG"),
    "image/png": picture("PNG"),
    "image/gif": picture("GIF"),
    "image/webp": picture("WEBP"),
    "image/tiff": picture("TIFF"),
    "text/plain": "Größe 172 cm, 体重 70 kg\r\n\tok".encode(),
    "application/dicom": dicom(),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": docx(),
    "application/vnd.oasis.opendocument.text": odt(),
}
BAD = {
    "nothing": b"",
    "a page": b"<!doctype html><p>hello</p>",
    "a page after blanks": b" \r\n<HTML><body>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a drawing with a head": b'<?xml version="1.0"?><svg/>',
    "text with a script in it": b"Dear colleague,\n" + b"x" * 3_000_000 + b"<ScRiPt>alert(1)</script>",
    "a program": b"MZ" + b"\0" * 100,
    "a Linux program": b"\x7fELF" + b"\0" * 100,
    "a shell script": b"#!/bin/sh\necho hello\n",
    "a picture's head only": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "a cut picture": picture("PNG")[:-30],
    "a cut photograph": picture("JPEG", (400, 400))[:900],
    "a page behind a picture": picture("PNG") + PAGE,
    "a page behind a photograph": picture("JPEG") + PAGE,
    "a page inside a picture": picture("GIF").replace(b";", b";" + PAGE),
    "an archive behind a picture": picture("PNG") + archive({"a.class": "x"}),
    "a PDF behind a picture": picture("JPEG") + pdf(),
    "a PDF with another head": b"GIF89a" + pdf(),
    "a page before a PDF": PAGE + pdf(),
    "a page inside a PDF": pdf("<script>alert(1)</script>"),
    "an archive behind a PDF": pdf() + archive({"a.jar": "x"}),
    "a cut PDF": pdf()[:-60],
    "a PDF without a table": pdf().replace(b"xref\n0 6", b"nope\n0 6"),
    "a PDF whose end points nowhere": pdf().replace(b"startxref\n", b"startxref\n9"),
    "an archive": archive({"readme.txt": "hello"}),
    "a cut archive": docx()[:-10],
    "an archive behind a text": b"hello" + archive({"a.jar": "x"}),
    "a spreadsheet": archive({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"}),
    "a document with macros": docx(**{"word/vbaProject.bin": "x"}),
    "a document before which something lies": b"PK\x03\x04" + docx(),
    "a bomb": docx(**{"word/media/a": "0" * 210_000_000}),
    "a program that calls itself DICOM": dicom(b"MZ"),
    "a page that calls itself DICOM": dicom(b"<html>"),
    "bytes": bytes(range(256)) * 4,
    "text in no Unicode": "Größe".encode("latin-1"),
    "text with a hole": b"hello\0world",
}


def type_of(content: bytes, kinds: frozenset = ANY_KIND) -> FileType:
    return rules.type_of_content(io.BytesIO(content), kinds=kinds)


@pytest.mark.parametrize("media_type", GOOD)
def test_a_file_is_what_its_content_says(media_type: str) -> None:
    assert type_of(GOOD[media_type]).media_type == media_type


def test_every_type_that_is_kept_is_tried() -> None:
    assert set(GOOD) == {file_type.media_type for file_type in FILE_TYPES}


@pytest.mark.parametrize("what", BAD)
def test_what_is_disguised_or_damaged_is_refused_with_a_sentence(what: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        type_of(BAD[what])
    assert str(refusal.value).endswith((".", "?"))
    assert refusal.value.field == "file"


@pytest.mark.parametrize("media_type", [name for name in GOOD if not name.startswith("image/")])
def test_where_an_image_is_wanted_nothing_else_is_taken(media_type: str) -> None:
    with pytest.raises(FileRefused):
        type_of(GOOD[media_type], IMAGES)


def test_a_picture_that_would_fill_the_memory_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 599)
    with pytest.raises(FileRefused, match="too large"):
        type_of(picture("PNG", (30, 20)))


@given(st.binary(max_size=2000))
@example(b"%PDF-")
@example(b"PK\x03\x04")
def test_any_bytes_are_a_known_type_or_refused(content: bytes) -> None:
    with suppress(FileRefused):
        assert type_of(content) in FILE_TYPES


@given(st.sampled_from(sorted(GOOD)), st.integers(0, 3000), st.binary(max_size=20))
@example("image/tiff", 130, b"\x01")
def test_a_damaged_file_is_a_known_type_or_refused(media_type: str, at: int, harm: bytes) -> None:
    content = GOOD[media_type]
    test_any_bytes_are_a_known_type_or_refused.hypothesis.inner_test(  # type: ignore[attr-defined]
        content[:at] + harm + content[at + len(harm) :]
    )


@pytest.mark.parametrize(
    ("name", "file_type", "clean"),
    [
        ("letter.pdf", PDF, "letter.pdf"),
        ("LETTER.PDF", PDF, "LETTER.PDF"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        ("C:\\Users\\me\\scan.png", PNG, "scan.png"),
        ("scan.png.exe", PNG, "scan.png.exe.png"),
        ('x"; filename="evil.html', PDF, "x__ filename=_evil.html.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", PDF, "a Set-Cookie_ x=1.pdf"),
        ("invoice\u202efdp.exe", PDF, "invoice fdp.exe.pdf"),
        ("", PDF, "file.pdf"),
        ("...", PNG, "file.png"),
        (".pdf", PDF, "pdf.pdf"),
        ("Größe 体重.pdf", PDF, "Größe 体重.pdf"),
    ],
)
def test_a_name_keeps_what_can_be_read_and_nothing_else(name: str, file_type: FileType, clean: str) -> None:
    assert rules.clean_name(name, file_type) == clean


@given(st.text(max_size=500), st.sampled_from(FILE_TYPES))
def test_any_name_becomes_one_the_database_takes(name: str, file_type: FileType) -> None:
    clean = rules.clean_name(name, file_type)
    assert 0 < len(clean) <= 200
    assert clean.rpartition(".")[2].lower() in file_type.endings
    assert not set(clean) & set('/\\"\r\n\0')
    assert rules.clean_name(clean, file_type) == clean
