"""Rows leave a domain frozen, named and typed; what still leaves it loose stands on a list that only gets shorter."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.architecture.source import Source, sources

LIST: Final = Path(__file__).with_name("loose_rows.txt")
"""A line each: a type that is a dictionary, a read that answers one, a file that writes dates and numbers as texts."""
_LOOSE: Final = ("dict", "Mapping", "tuple")
_WRITES: Final = frozenset({"moment", "date", "date_of", "time", "number", "money"})
"""What a locale calls by which it makes a text of a value."""


def _loose() -> set[str]:
    found: set[str] = set()
    for source in sources("hms_app/domain"):
        place = source.name.removeprefix("hms_app/domain/")
        if source.domain and "/values" in place:
            found.update(f"dictionary {place}:{name}" for name in _dictionaries(source))
        if source.domain and "/queries" in place:
            found.update(f"answers {place}:{name}" for name in _loose_reads(source))
            if any(_is_text_of_locale(called) for called in source.calls()):
                found.add(f"writes texts {place}")
    return found


def _dictionaries(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "TypedDict" for base in node.bases):
            yield node.name


def _loose_reads(source: Source) -> Iterator[str]:
    """The open functions that answer rows without names and types; an id as their key is a name."""
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.returns:
            answer = ast.unparse(node.returns)
            inner = (
                answer.removeprefix("dict[int, ")
                .removeprefix("list[")
                .removeprefix("Page[")
                .removeprefix("Sequence[")
            )
            if inner.startswith(_LOOSE):
                yield node.name


def _is_text_of_locale(called: str) -> bool:
    owner, _, name = called.rpartition(".")
    return name in _WRITES and owner.split(".")[-1] in ("locale", "_locale")


def _listed() -> set[str]:
    return set(LIST.read_text(encoding="utf-8").splitlines())


def test_no_further_row_leaves_its_domain_loose() -> None:
    assert sorted(_loose() - _listed()) == []


def test_what_was_given_types_is_taken_off_the_list() -> None:
    assert sorted(_listed() - _loose()) == []
