"""Building the screens leaves the checkout as it was, and says why it failed."""

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


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            "npm error code ECONNREFUSED\nnpm error errno ECONNREFUSED\n"
            "npm error FetchError: request to https://registry.example/yaml failed, reason: refused\n"
            "npm error     at ClientRequest.emit\nnpm error A complete log of this run can be found in: x\n",
            "FetchError: request to https://registry.example/yaml failed, reason: refused.",
        ),
        (
            "npm error code ENOSPC\nnpm error syscall write\nnpm error errno -28\n"
            "npm error nospc ENOSPC: no space left on device, write\n",
            "nospc ENOSPC: no space left on device, write.",
        ),
        ("Compiling\nTypeError: first\nImportError: no such part.\nBye\n", "ImportError: no such part."),
        ("Compiling\nKilled\n", "Killed."),
        ("", "no reason was given."),
    ],
)
def test_a_failed_build_says_why(log: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "build.log").write_text(log, encoding="utf-8")
    assert frontend.reason_in(tmp_path / "build.log") == reason
