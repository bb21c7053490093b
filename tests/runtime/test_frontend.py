"""Building the screens leaves the checkout as it was."""

import json
from pathlib import Path

import pytest

from hms_app.runtime import frontend


def _build_that_writes(package: Path, text: str) -> None:
    with frontend.package_order_kept(package):
        package.write_text(text, encoding="utf-8")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    file = tmp_path / "package.json"
    file.write_text('{"name":"x","dependencies":{"a":"1"}}', encoding="utf-8")
    return file


def test_a_build_that_only_shuffles_the_package_file_changes_nothing(package: Path) -> None:
    before = package.read_bytes()
    _build_that_writes(package, '{"dependencies": {"a": "1"}, "name": "x"}')
    assert package.read_bytes() == before


def test_a_build_that_brings_another_package_is_kept(package: Path) -> None:
    _build_that_writes(package, '{"name":"x","dependencies":{"a":"2"}}')
    assert json.loads(package.read_bytes())["dependencies"] == {"a": "2"}
