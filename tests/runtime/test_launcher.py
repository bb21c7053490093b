"""The launcher: what it installs, what it leaves alone, and how it says no."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hms

ROOT = Path(__file__).parents[2]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A launcher whose root is an empty directory with one requirement file that needs nothing."""
    monkeypatch.setattr(hms, "ROOT", tmp_path)
    monkeypatch.setattr(hms, "VENV", tmp_path / ".venv")
    (tmp_path / "requirements.txt").write_text("")
    return tmp_path


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_another_python_is_refused_in_a_sentence(version: tuple[int, int]) -> None:
    with pytest.raises(hms.Refusal, match=r"Python 3\.11, 3\.12 or 3\.13"):
        hms.ensure_python(version)


def test_it_makes_the_environment_once_and_installs_only_what_changed(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    install = hms.install
    monkeypatch.setattr(hms, "install", lambda file: (installed.append(file.name), install(file)))
    hms.prepare(development=False)
    hms.prepare(development=False)
    assert installed == ["requirements.txt"]
    (elsewhere / "requirements.txt").write_text("# a change\n")
    (elsewhere / "requirements-dev.txt").write_text("")
    hms.prepare(development=True)
    assert installed == ["requirements.txt", "requirements.txt", "requirements-dev.txt"]


def test_a_half_made_environment_is_made_again(elsewhere: Path) -> None:
    broken = elsewhere / ".venv" / "bin"
    broken.mkdir(parents=True)
    (broken / "python").symlink_to("/nonexistent")
    hms.ensure_environment()
    assert hms.is_usable()


def test_a_failed_install_is_one_sentence_and_is_tried_again(elsewhere: Path) -> None:
    (elsewhere / "requirements.txt").write_text("./no-such-package\n")
    for _ in range(2):
        with pytest.raises(hms.Refusal, match=r"Installing requirements\.txt failed: .*no-such-package"):
            hms.prepare(development=False)
    assert hms.read_stamp() == {}


def test_a_missing_requirements_file_is_said(elsewhere: Path) -> None:
    (elsewhere / "requirements.txt").unlink()
    with pytest.raises(hms.Refusal, match=r"requirements\.txt is missing"):
        hms.prepare(development=False)


@pytest.mark.parametrize(
    ("environment", "arguments", "sentence"),
    [
        ({"HMS_PORT": "many"}, ["run"], "HMS_PORT"),
        ({"HMS_WORKERS": "2"}, ["run"], "HMS_REDIS_URL"),
        ({"HMS_SECRET_KEY": "short"}, ["run"], "HMS_SECRET_KEY"),
        ({"HMS_DATA_DIR": "/dev/null/x"}, ["run", "--port", "0"], "port"),
        ({}, ["restore", "/nonexistent.tar"], "There is no file"),
    ],
)
def test_expected_failures_are_sentences_without_tracebacks(
    environment: dict[str, str], arguments: list[str], sentence: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hms_app.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
