"""CSV files as they come from elsewhere."""

from pathlib import Path

import pytest

from hms_app.domain.interop.errors import ImportColumnMissing, ImportFileUnreadable
from hms_app.domain.interop.queries import LINE_LIMIT, QUOTED_LINES_LIMIT, CsvFile
from hms_app.domain.interop.values import Columns, Problem, Row

COLUMNS = Columns(("Id", "NAME"), optional=("NOTE",), aliases=(("FULL_NAME", "NAME"),))


def _read(tmp_path: Path, content: bytes) -> list[Row | Problem]:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    return list(CsvFile(path, COLUMNS).rows())


def test_columns_are_found_by_name_in_any_order_and_extra_ones_are_ignored(tmp_path: Path) -> None:
    rows = _read(tmp_path, b"X,name,Y,ID\n1,Ann,2,a\n")
    assert rows == [Row(2, {"Id": "a", "NAME": "Ann"})]


def test_a_column_may_go_by_its_other_name(tmp_path: Path) -> None:
    assert _read(tmp_path, b"Id,FULL_NAME\na,Ann\n") == [Row(2, {"Id": "a", "NAME": "Ann"})]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = _read(tmp_path, "Id,NAME,NOTE\na,Zoë,x\nb,Ben,\n".encode())
    assert _read(tmp_path, "\ufeffId,NAME,NOTE\r\na,Zoë,x\r\nb,Ben,\r\n".encode()) == plain
    assert len(plain) == 2


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"Id,NAME\n", b"Id,NAME", b"Id,NAME\n\n\r\n"])
def test_an_empty_file_has_no_rows(tmp_path: Path, content: bytes) -> None:
    assert _read(tmp_path, content) == []


def test_a_quoted_line_break_keeps_later_line_numbers_right(tmp_path: Path) -> None:
    rows = _read(tmp_path, b'Id,NAME\na,"Ann\nof ""Ayr"""\n\nb,Ben\nc\n')
    assert rows[0] == Row(2, {"Id": "a", "NAME": 'Ann\nof "Ayr"'})
    assert rows[1] == Row(5, {"Id": "b", "NAME": "Ben"})
    assert rows[2] == Problem("people", 6, "the row has 1 values, the header 2")


def test_a_quote_that_never_closes_costs_only_its_own_row(tmp_path: Path) -> None:
    many = b"".join(b"%d,Ben\n" % number for number in range(QUOTED_LINES_LIMIT + 50))
    rows = _read(tmp_path, b'Id,NAME\na,"Ann\n' + many)
    assert rows[0] == Problem("people", 2, "a quoted value is never closed")
    assert rows[1:] == [Row(3 + n, {"Id": str(n), "NAME": "Ben"}) for n in range(QUOTED_LINES_LIMIT + 50)]


def test_bytes_that_are_no_text_cost_only_their_own_row(tmp_path: Path) -> None:
    rows = _read(tmp_path, b"Id,NAME\na,\xff\xfe\nb,B\0n\nc,Cem\n")
    assert rows == [
        Problem("people", 2, "the line is not UTF-8 text"),
        Problem("people", 3, "the row contains a NUL character"),
        Row(4, {"Id": "c", "NAME": "Cem"}),
    ]


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path) -> None:
    rows = _read(tmp_path, b"Id,NAME\na," + b"x" * (2 * LINE_LIMIT + 5) + b"\nb,Ben\n")
    assert rows == [
        Problem("people", 2, "the line is longer than a million bytes"),
        Row(3, {"Id": "b", "NAME": "Ben"}),
    ]


def test_quotes_that_do_not_match_are_reported(tmp_path: Path) -> None:
    assert _read(tmp_path, b'Id,NAME\na,"Ann" B"\n"\n')[0].line == 2
    assert _read(tmp_path, b'Id,NAME\na,"Ann"x\n') == [Problem("people", 2, "the row's quotes do not match")]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportColumnMissing, match=r"people\.csv lacks the column NAME; nothing was read\."):
        _read(tmp_path, b"Id,NOTE\na,b\n")


def test_a_column_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFileUnreadable, match="it has the column NAME twice"):
        _read(tmp_path, b"Id,NAME,NAME\n")


def test_a_file_in_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImportFileUnreadable, match="not UTF-8 text"):
        _read(tmp_path, "Id,NAME\na,b\n".encode("utf-16"))
