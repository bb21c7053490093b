"""Statements are SQLAlchemy's; where SQL stands as text is on a list, and it names own and lower tables only."""

import configparser
import re
from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from sqlmodel import SQLModel

import hms_app.hms_app  # noqa: F401  (registers every table)
from tests.architecture.source import ROOT, Source, sources

LIST: Final = Path(__file__).with_name("sql_files.txt")
"""The files whose plans are written by hand. A new one says in its review why SQLAlchemy would not do."""
_SQL: Final = re.compile(
    r"\b(?:SELECT|INSERT INTO|DELETE FROM|UPDATE \w+ SET|FROM [a-z_]+|JOIN [a-z_]+|TRUNCATE|LOCK TABLE|MERGE INTO"
    r"|ORDER BY|WHERE|SET LOCAL|CREATE|ALTER|DROP|COPY|ANALYZE|VACUUM|SET CONSTRAINTS|pg_\w+\()\b"
)
_NAMES_TABLE: Final = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|ONLY|TABLE|COPY|ANALYZE|USING|REFERENCES)\s+(?:public\.)?\"?([a-z_]+)"
    r"|(?<=,)\s*([a-z_]+)\s+(?:AS\s+)?[a-z]{1,2}\b(?=[\s,)]|$)"
)
_OWNERS: Final = {
    mapper.local_table.name: mapper.class_.__module__.split(".")[2]  # type: ignore[attr-defined]
    for mapper in SQLModel._sa_registry.mappers
}


def _levels() -> dict[str, int]:
    """How low each domain is, as the import contract orders them; domains side by side are not below each other."""
    contract = configparser.ConfigParser()
    contract.read(ROOT / ".importlinter")
    layers = contract["importlinter:contract:domain-order"]["layers"].split("\n")
    names = [[name.strip(" ()") for name in layer.split("|")] for layer in layers if layer.strip()]
    return {name: level for level, together in enumerate(names) for name in together}


def _sql_of(source: Source) -> list[str]:
    return [text for text in source.texts() if _SQL.search(text)]


def _tables_in(texts: list[str]) -> set[str]:
    words = chain.from_iterable(chain.from_iterable(_NAMES_TABLE.findall(text)) for text in texts)
    return {word for word in words if word in _OWNERS}


WITH_SQL: Final = {source.name: source for source in sources("hms_app") if _sql_of(source)}


def test_sql_as_text_stands_in_no_other_files_than_those_on_the_list() -> None:
    assert sorted(WITH_SQL) == LIST.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", [name for name, source in WITH_SQL.items() if source.domain])
def test_sql_of_a_domain_names_own_and_lower_tables_only(name: str) -> None:
    source, levels = WITH_SQL[name], _levels()
    named = {table: _OWNERS[table] for table in _tables_in(_sql_of(source))}
    above = {
        table: owner
        for table, owner in named.items()
        if owner != source.domain and levels[owner] <= levels[source.domain or ""]
    }
    assert above == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SELECT 1 FROM hospital h, patient p", {"hospital", "patient"}),
        ("UPDATE patient SET name = :name", {"patient"}),
        ("LEFT JOIN practitioner p ON p.id = e.practitioner_id", {"practitioner"}),
        ("INSERT INTO audit_entry (id)", {"audit_entry"}),
        ('DELETE FROM ONLY public."user_session"', {"user_session"}),
        ("SELECT patient FROM unnest(:ids) AS encounter", set()),
    ],
)
def test_the_tables_of_a_statement_are_found(text: str, named: set[str]) -> None:
    assert _tables_in([text]) == named


def test_every_table_has_an_owner_and_every_owner_a_place() -> None:
    assert set(_OWNERS) == set(SQLModel.metadata.tables)
    assert set(_OWNERS.values()) <= set(_levels())
