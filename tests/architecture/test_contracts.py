"""The architecture's promises, read off the code itself."""

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import SQLModel

import hms_app.hms_app  # noqa: F401  (registers every page, state and table)
from hms_app import navigation
from hms_app.core.permissions import PUBLIC, SIGNED_IN, Permission
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.pages.guard import PAGES

ROOT = Path(__file__).parents[2]


def test_the_layers_import_downwards_only() -> None:
    linted = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
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


def test_every_permission_is_used_by_some_role_and_has_a_sentence() -> None:
    for permission in Permission:
        assert permission.sentence.endswith("."), permission
        assert permission.count(":") == 2, permission


def test_only_the_clock_asks_what_time_it_is() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "hms_app").rglob("*.py")
        if path.name != "clock.py"
        and any(call in path.read_text() for call in ("datetime.now(", "utcnow(", "date.today("))
    ]
    assert offenders == []


def test_nothing_below_the_edge_commits() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "hms_app" / "domain").rglob("*.py")
        if ".commit(" in path.read_text()
    ]
    assert offenders == []
