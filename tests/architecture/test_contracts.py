"""The architecture's promises, read off the code itself."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import SQLModel

import hms_app.hms_app  # noqa: F401  (registers every page, state and table)
from hms_app import navigation
from hms_app.core.permissions import PUBLIC, SIGNED_IN, AnyOf, Depends, OrOwn, Permission, Right
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from hms_app.pages.guard import PAGES
from tests.architecture.source import ROOT, Source, sources
from tests.use_cases import use_cases


def _lint(directory: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_layers_import_downwards_only() -> None:
    linted = _lint(ROOT)
    assert linted.returncode == 0, linted.stdout


def _own_handlers() -> dict[str, object]:
    handlers = RegistrationContext.get().event_handlers
    return {
        name: registered.handler.fn
        for name, registered in handlers.items()
        if str(registered.handler.fn.__module__).startswith("hms_app")
    }


def test_every_handler_declares_a_guard() -> None:
    undeclared = [
        name for name, function in _own_handlers().items() if not hasattr(function, GUARD_ATTRIBUTE)
    ]
    assert _own_handlers()
    assert undeclared == []


def test_every_declared_guard_is_a_permission_or_a_marker() -> None:
    for name, function in _own_handlers().items():
        guard = getattr(function, GUARD_ATTRIBUTE)
        assert guard in (PUBLIC, SIGNED_IN) or isinstance(guard, Permission), name


def test_every_screen_has_exactly_one_page() -> None:
    assert set(PAGES) - {navigation.KIT} == set(navigation.SCREENS)


def test_every_constraint_and_index_is_named() -> None:
    for table in SQLModel.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {type(constraint).__name__}"
        for index in table.indexes:
            assert index.name, table.name


def test_money_is_never_a_float_and_time_is_never_naive() -> None:
    for table in SQLModel.metadata.tables.values():
        for column in table.columns:
            assert not isinstance(column.type, sa.Float), f"{table.name}.{column.name}"
            if isinstance(column.type, sa.DateTime):
                assert column.type.timezone, f"{table.name}.{column.name}"


def test_every_permission_has_a_sentence_and_opens_something() -> None:
    for permission in Permission:
        assert permission.sentence.endswith("."), permission
        assert permission.count(":") == 2, permission
    guarding = {
        permission
        for use_case in use_cases().values()
        for permission in _opened_by(getattr(use_case, GUARD_ATTRIBUTE))
    }
    asked_for = {name for source in sources("hms_app/domain") for name in _permissions_asked_for(source)}
    assert [one for one in Permission if one not in guarding and one.name not in asked_for] == []


def test_every_permission_is_held_by_some_role() -> None:
    held = {permission for role in DEFAULT_ROLES for permission in role.permissions}
    assert set(Permission) - held == set()


def _opened_by(guard: Right) -> Iterator[Permission]:
    """Each permission with which a guard may let somebody in."""
    if isinstance(guard, OrOwn):
        yield from _opened_by(guard.guard)
    elif isinstance(guard, Depends):
        for wanted in guard.wants.values():
            yield from _opened_by(wanted)
    elif isinstance(guard, AnyOf):
        yield from guard.permissions
    elif isinstance(guard, Permission):
        yield guard


def _permissions_asked_for(source: Source) -> Iterator[str]:
    """The permissions of which a file asks whether the actor holds them, itself or by the move of a life cycle."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".can", "ensure_allowed", "Move")):
            yield from (ast.unparse(argument).removeprefix("Permission.") for argument in node.args)


_CLOCKS: Final = re.compile(
    r"(?:^|\.)(?:now|utcnow|today|fromtimestamp|utcfromtimestamp)$|^time\.(?!monotonic|perf_counter|sleep)"
)
_TOLD_BY_THE_CLOCK: Final = re.compile(r"^(?:clock|(?:\w+\.)*_?locale|sa\.func)\.(?:now|today)$")


def test_only_the_clock_asks_what_time_it_is() -> None:
    offenders = [
        f"{source.name}: {call}"
        for source in sources("hms_app", "hms.py")
        for call in source.calls()
        if _CLOCKS.search(call) and not _TOLD_BY_THE_CLOCK.search(call)
    ]
    assert offenders == [
        "hms_app/core/clock.py: dt.datetime.now",
        "hms_app/core/clock.py: now",
        "hms_app/core/locale.py: self.today",
        "hms_app/runtime/connection.py: time.time",
    ]


def test_only_the_edge_commits() -> None:
    committing = {
        source.name
        for source in sources("hms_app")
        for call in source.calls()
        if call.endswith((".commit", ".rollback"))
    }
    assert committing == {"hms_app/core/db.py", "hms_app/runtime/database.py"}


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("pandas", ("hms_app/domain/analytics", "hms_app/domain/interop")),
        (
            "psycopg",
            (
                *("hms_app/runtime", "hms_app/cli", "hms_app/domain/interop"),
                *("hms_app/core/writes.py", "hms_app/core/listening.py"),
            ),
        ),
    ],
)
def test_a_package_stays_where_it_belongs(package: str, homes: tuple[str, ...]) -> None:
    strays = [
        source.name
        for source in sources("hms_app")
        if package in source.packages() and not source.name.startswith(homes)
    ]
    assert strays == []


def test_a_domain_has_six_names_and_says_what_it_owns() -> None:
    for domain in (ROOT / "hms_app" / "domain").iterdir():
        if domain.is_dir() and domain.name not in {"workflows", "__pycache__"}:
            names = {path.stem for path in domain.iterdir()} - {"__init__", "__pycache__"}
            assert names <= {"values", "tables", "rules", "queries", "service", "errors"}, domain.name
            said = ast.get_docstring(ast.parse((domain / "__init__.py").read_text(encoding="utf-8"))) or ""
            assert "Owns:" in said, domain.name


def _all_but_code(_directory: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__" or Path(name).suffix not in {"", ".py"}]


_BREACHES: Final = {
    "rules.py": "import sqlalchemy\n",
    "queries.py": "import reflex\nfrom hms_app.domain import workflows\nfrom hms_app.domain.beds import service\n",
    "tables.py": "",
    "service.py": "",
}
"""What a new domain might do wrong, one of each kind."""
_BROKEN: Final = (
    "Domains depend downwards only",
    "Inside a domain: six names, one direction",
    "Domain and core never import the web",
    "Rules and values do no input or output",
    "No screen touches a table class",
)


def test_a_new_domain_is_under_every_contract_the_day_it_is_made(tmp_path: Path) -> None:
    shutil.copy(ROOT / ".importlinter", tmp_path)
    shutil.copytree(ROOT / "hms_app", tmp_path / "hms_app", ignore=_all_but_code)
    (tmp_path / "hms_app/domain/beds").mkdir()
    for name, text in {"__init__.py": "", **_BREACHES}.items():
        (tmp_path / "hms_app/domain/beds" / name).write_text(text)
    (tmp_path / "hms_app/state/beds.py").write_text("import hms_app.domain.beds.tables\n")
    linted = _lint(tmp_path)
    assert linted.returncode != 0
    assert [name for name in _BROKEN if f"{name} KEPT" in linted.stdout] == []
