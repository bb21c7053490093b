"""The house's own code, read once for whoever asks something of it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_DOCUMENTED: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Source:
    """One file: its name from the root, what it says, and what that means."""

    name: str
    text: str
    tree: ast.Module

    @property
    def domain(self) -> str | None:
        """The domain it belongs to."""
        parts = Path(self.name).parts
        return parts[2] if parts[:2] == ("hms_app", "domain") and len(parts) > 3 else None

    def texts(self) -> Iterator[str]:
        """Every text in it that is no docstring, f-strings piece by piece."""
        said = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                yield node.value

    def functions(self) -> Iterator[tuple[str, int]]:
        """Every function and how many lines it has, decorators and docstring included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                yield node.name, (node.end_lineno or first) - first + 1

    def packages(self) -> set[str]:
        """The outermost names that it imports."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
        return found

    def calls(self) -> Iterator[str]:
        """What is called, as it is written: "dt.datetime.now"."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func)


@cache
def sources(*tops: str) -> tuple[Source, ...]:
    """Every Python file below these directories (or these files)."""
    files = [
        path for top in tops for path in ([ROOT / top] if top.endswith(".py") else (ROOT / top).rglob("*.py"))
    ]
    return tuple(
        Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text))
        for path, text in ((path, path.read_text(encoding="utf-8")) for path in sorted(files))
    )
