"""Files made to fill the memory or never to end: each ends with a sentence, and nothing else ends with it."""

import io
import json
import resource
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.domain.files.rules.imported import MOST_ENTRIES, UNPACKED_ANYWAY
from hms_app.domain.files.values import CSV, XLSX
from hms_app.domain.interop import queries
from hms_app.domain.interop.errors import ListUnreadable
from hms_app.domain.interop.service import import_fhir
from hms_app.domain.interop.service.fhir_reading import read_files_apart
from hms_app.domain.interop.values.reports import MOST_KEPT
from tests.domain.interop import fhir_bundles as make
from tests.factories.files import archive
from tests.factories.imports import make_import, workbook

SYSTEM = Actor.system("a test")
SHEET = "xl/worksheets/sheet1.xml"
MOST_GROWTH_KB = 150_000
"""What this process may take more while a bomb is read elsewhere."""
pytestmark = pytest.mark.usefixtures("files_dir", "connection")


@pytest.fixture(autouse=True)
def stays_small() -> Iterator[None]:
    """This process takes no more memory for a bomb than for any other file."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KB


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch, files_dir: Path) -> None:
    """A reader that is given the least an operator can give it."""
    monkeypatch.setenv("HMS_READER_MEMORY_MB", "256")
    get_settings.cache_clear()


def _repacked(book: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """A workbook with one of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content.decode()) if part == name else content)
    return made.getvalue()


def _people() -> bytes:
    return workbook([["Name", "DOB"], ["Ada Berg", "1980-02-03"]])


def _far_row() -> bytes:
    return _repacked(_people(), SHEET, lambda xml: xml.replace('<row r="2"', '<row r="999999999999"'))


def _far_column() -> bytes:
    return _repacked(_people(), SHEET, lambda xml: xml.replace('"B2"', '"XFD2"'))


def _entities() -> bytes:
    lines = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 20}">' for level in range(1, 8))
    bomb = f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY l0 "ha">{lines}]>'
    return _repacked(_people(), SHEET, lambda xml: bomb + xml.partition("?>")[2].replace("Ada Berg", "&l7;"))


def _with_shared_texts(table: Callable[[], Iterator[str]]) -> bytes:
    """The workbook as Excel writes one: a cell names its text by its place in a table of all of them."""
    cell = '<c r="A2" t="inlineStr"><is><t>Ada Berg</t></is></c>'
    override = '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    changes = {
        SHEET: (cell, '<c r="A2" t="s"><v>0</v></c>'),
        "[Content_Types].xml": (
            "</Types>",
            f'{override}officedocument.spreadsheetml.sharedStrings+xml" /></Types>',
        ),
        "xl/_rels/workbook.xml.rels": (
            "</Relationships>",
            f'<Relationship Type="{kind}" Target="sharedStrings.xml" Id="rId9" /></Relationships>',
        ),
    }
    book = _people()
    for name, (old, new) in changes.items():
        book = _repacked(book, name, lambda xml, old=old, new=new: xml.replace(old, new))  # type: ignore[misc]
    made = io.BytesIO(book)
    with (
        zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive_of_parts,
        archive_of_parts.open("xl/sharedStrings.xml", "w", force_zip64=True) as part,
    ):
        for piece in table():
            part.write(piece.encode())
    return made.getvalue()


def _texts(texts: Iterable[object]) -> Iterator[str]:
    yield '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    for text in texts:
        yield f"<si><t>{text}</t></si>"
    yield "</sst>"


def _shared_entities() -> bytes:
    lines = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 20}">' for level in range(1, 8))
    bomb = f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "ha">{lines}]>'
    return _with_shared_texts(
        lambda: (bomb + piece.partition("?>")[2] if "?>" in piece else piece for piece in _texts(["&l7;"]))
    )


def _endless_table() -> bytes:
    """Far more text than there are cells for: 2 MB that become 400."""
    return _with_shared_texts(lambda: _texts(f"{number:020000}" for number in range(20_000)))


def _as_list(directory: Path, content: bytes) -> Path:
    path = directory / "kept-without-ending"
    path.write_bytes(content)
    return path


def test_a_cell_at_the_very_end_of_a_sheet_is_refused_before_its_million_empty_lines_are_read(
    tmp_path: Path,
) -> None:
    book = _repacked(_people(), SHEET, lambda xml: xml.replace('<row r="2"', '<row r="1048576"'))
    with pytest.raises(ListUnreadable, match="Below line 1 more than 20,000 lines of this list are empty"):
        queries.look_at_list(_as_list(tmp_path, book), XLSX.media_type, rows=500)


@pytest.mark.parametrize("bomb", [_far_row, _entities, _shared_entities])
def test_a_workbook_that_never_ends_or_swells_is_refused_with_a_sentence(
    tmp_path: Path, bomb: Callable[[], bytes]
) -> None:
    with pytest.raises(ListUnreadable):
        queries.look_at_list(_as_list(tmp_path, bomb()), XLSX.media_type, rows=500)


@pytest.mark.usefixtures("little_memory")
def test_a_workbook_whose_table_of_texts_fills_the_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListUnreadable):
        queries.look_at_list(_as_list(tmp_path, _endless_table()), XLSX.media_type, rows=500)


def test_a_workbook_with_a_table_of_texts_is_read(tmp_path: Path) -> None:
    book = _with_shared_texts(lambda: _texts(["Bea Berg"]))
    head = queries.look_at_list(_as_list(tmp_path, book), XLSX.media_type, rows=5)
    assert head.rows[0].cells == ["Bea Berg", "1980-02-03"]


def test_a_cell_far_to_the_right_is_left_out(tmp_path: Path) -> None:
    head = queries.look_at_list(_as_list(tmp_path, _far_column()), XLSX.media_type, rows=5)
    assert [row.cells for row in head.rows] == [["Ada Berg"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Name,DOB\nAda," + b"9" * 3_000_000 + b"\n", "Line 2 of this list is longer than a million"),
        (b"N" * 3_000_000, "Line 1 of this list is longer than a million"),
        (b'Name,DOB\n"Ada' + b"\nx" * 400_000, "never closed"),
        (b"Name,DOB\nAda,1980-01-01\n" + b"\n" * 1_200_000, "more than 1,100,000 lines"),
        (b"Name,DOB\n" + b"," * 900_000, None),
    ],
)
def test_an_endless_line_or_list_is_refused_with_a_sentence(
    tmp_path: Path, content: bytes, said: str | None
) -> None:
    path = _as_list(tmp_path, content)
    if said is None:
        with queries.whole_list(path, CSV.media_type) as (count, _rows):
            assert count == 0
        return
    with pytest.raises(ListUnreadable, match=said), queries.whole_list(path, CSV.media_type) as (_, rows):
        list(rows)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (archive({"a.json": "0" * (UNPACKED_ANYWAY + 1)}), "times its own size"),
        (
            archive({"xl/workbook.xml": "0" * (UNPACKED_ANYWAY + 1), "[Content_Types].xml": ""}),
            "times its own",
        ),
        (archive({f"{number}.json": "{}" for number in range(MOST_ENTRIES + 1)}), "too many files"),
        (archive({"inner.zip": "PK\x03\x04"}), "neither a Synthea CSV export"),
    ],
)
def test_an_archive_that_is_a_bomb_is_refused_when_it_comes(
    session: Session, files_dir: Path, content: bytes, said: str
) -> None:
    with pytest.raises(DomainError, match=said) as refused:
        make_import(SYSTEM, content, "a.zip")
    assert refused.value.field == "file"
    assert [path for path in files_dir.rglob("*") if path.is_file()] == []


def _read_apart(directory: Path, **files: bytes) -> list[str]:
    for name, content in files.items():
        (directory / f"{name}.json").write_bytes(content)
    report = import_fhir(directory, SYSTEM, read=read_files_apart)
    return [problem.reason for problem in report.problems]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[" * 1_000_000, "nested too deeply"),
        (b'{"resourceType":' * 200_000, "nested too deeply"),
        (b'{"resourceType": "Patient", "x": ' + b"9" * 100_000 + b"}", "not JSON that can be read here"),
        (b'{"resourceType": "Patient", "id": "p", "multipleBirthInteger": 1e999999999}', None),
        (b"{" + b",".join(b'"n%d": 1' % number for number in range(200_000)) + b', "n199999": 1}', "twice"),
    ],
)
def test_json_that_is_a_bomb_is_a_problem_of_its_file_alone(
    tmp_path: Path, content: bytes, said: str | None
) -> None:
    good = json.dumps(make.bundle(make.patient())).encode()
    reasons = _read_apart(tmp_path, a=content, b=good)
    assert any(said in reason for reason in reasons) if said else True
    with db.transaction() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM patient WHERE family_name = 'Berg'")) == 1


def test_of_endless_problems_the_first_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    entries = [{"x": number} for number in range(MOST_KEPT + 500)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (tmp_path / "a.json").write_text(json.dumps(bundle))
    report = import_fhir(tmp_path, SYSTEM, read=read_files_apart)
    assert (len(report.problems), report.problems.met) == (MOST_KEPT, MOST_KEPT + 500)
    assert report.as_json()["problem_count"] == MOST_KEPT + 500


def test_of_endless_types_the_first_are_counted_by_name(tmp_path: Path) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    entries = [
        {"resource": {"resourceType": f"X{first}{second}{third}"}}
        for first in letters[:5]
        for second in letters
        for third in letters
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (tmp_path / "a.json").write_text(json.dumps(bundle))
    report = import_fhir(tmp_path, SYSTEM, read=read_files_apart)
    assert len(report.not_read) == 201
    assert sum(report.not_read.values()) == len(entries)


@pytest.mark.usefixtures("little_memory")
def test_a_document_that_takes_too_much_memory_is_a_problem_of_its_file_alone(tmp_path: Path) -> None:
    bomb = b'{"resourceType": "Bundle", "entry": [' + b"{}," * 4_000_000 + b"{}]}"
    good = json.dumps(make.bundle(make.patient())).encode()
    (reason,) = _read_apart(tmp_path, a=bomb, b=good)
    assert reason == "it takes too much memory to be read; send its resources as .ndjson"


def test_what_is_read_apart_says_the_same_as_what_is_read_here(
    tmp_path: Path, connection: sa.Connection
) -> None:
    bundle = make.bundle(
        make.patient(), make.encounter(), make.blood_pressure(), make.observation(subject={"reference": "x"})
    )
    make.write(tmp_path, a=bundle, b={"resourceType": "Patient"})
    savepoint = connection.begin_nested()
    here = import_fhir(tmp_path, SYSTEM)
    savepoint.rollback()
    assert import_fhir(tmp_path, SYSTEM, read=read_files_apart).as_json() == here.as_json()
    assert here.problems


def test_many_bombs_at_once_are_read_a_few_at_a_time(tmp_path: Path) -> None:
    path = _as_list(tmp_path, _far_row())
    refused: list[str] = []

    def look() -> None:
        with pytest.raises(DomainError) as error:
            queries.look_at_list(path, XLSX.media_type, rows=1)
        refused.append(str(error.value))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 6
