"""The launcher: what it installs, what it leaves alone, and how it says no."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import hms
from hms_app.cli import wrong_setting
from hms_app.config import Settings

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

    def noted(file: Path) -> None:
        installed.append(file.name)
        install(file)

    monkeypatch.setattr(hms, "install", noted)
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


USES_THE_ENVIRONMENT = """
import os, signal, sys
from pathlib import Path
import hms
hms.VENV = Path(sys.argv[1])
hms.hold_environment()
os.execv(sys.executable, [sys.executable, "-c", "import signal; print('runs', flush=True); signal.pause()"])
"""


def test_an_environment_from_which_a_hospital_runs_is_not_replaced_by_another_python(elsewhere: Path) -> None:
    broken = elsewhere / ".venv"
    broken.mkdir()
    (broken / "in use").touch()
    hospital = subprocess.Popen(
        [sys.executable, "-c", USES_THE_ENVIRONMENT, str(broken)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert hospital.stdout
    assert hospital.stdout.readline() == "runs\n"
    with pytest.raises(hms.Refusal, match="stop it first, start with that Python, or name another directory"):
        hms.ensure_environment()
    assert (broken / "in use").exists()
    hospital.kill()
    hospital.communicate()
    hms.ensure_environment()
    assert hms.is_usable()


@pytest.mark.parametrize(
    "said", ["/usr/bin/python3: No module named venv", "Error: Command '-m ensurepip' returned status 1."]
)
def test_a_python_without_venv_is_told_which_package_brings_it(
    said: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "without").mkdir()
    (elsewhere / "without" / "venv.py").write_text(f"raise SystemExit({said!r})")
    monkeypatch.setenv("PYTHONPATH", str(elsewhere / "without"))
    with pytest.raises(hms.Refusal, match="apt-get install python3-venv"):
        hms.ensure_environment()


def test_a_failed_install_is_one_sentence_and_is_tried_again(elsewhere: Path) -> None:
    (elsewhere / "requirements.txt").write_text("./no-such-package\n")
    for _ in range(2):
        with pytest.raises(hms.Refusal, match=r"Installing requirements\.txt failed: .*no-such-package"):
            hms.prepare(development=False)
    assert hms.read_stamp() == {}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by ...", ""),
        (
            "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by ...",
            "the package index cannot be reached",
        ),
        ("ERROR: No matching distribution found for x==1\n", "No matching distribution found for x==1"),
        ("Collecting x==1\n", ""),
    ],
)
def test_an_index_that_does_not_answer_is_not_taken_for_a_missing_package(line: str, complaint: str) -> None:
    assert hms.complaint_in(line) == complaint


def test_a_missing_requirements_file_is_said(elsewhere: Path) -> None:
    (elsewhere / "requirements.txt").unlink()
    with pytest.raises(hms.Refusal, match=r"requirements\.txt is missing"):
        hms.prepare(development=False)


@pytest.mark.parametrize(
    ("environment", "arguments", "sentence"),
    [
        ({"HMS_PORT": "many"}, ["run"], "HMS_PORT"),
        ({"HMS_HOST": "nowhere.invalid"}, ["run"], "no address nowhere.invalid"),
        ({"HMS_IDLE_MINUTES": "0"}, ["run"], "HMS_IDLE_MINUTES"),
        ({"HMS_PLAIN_HTTP": "perhaps"}, ["run"], "HMS_PLAIN_HTTP"),
        (
            {"HMS_PUBLIC_URL": "hospital.example"},
            ["run"],
            "HMS_PUBLIC_URL is wrong: it must be like https://",
        ),
        ({"HMS_PUBLIC_URL": "https://hospital.example/hms"}, ["run"], "without a path"),
        ({"HMS_PUBLIC_URL": "https://x.example", "HMS_PLAIN_HTTP": "1"}, ["run"], "HMS_PUBLIC_URL is https"),
        ({"HMS_TRUSTED_PROXIES": "the proxy"}, ["run"], "HMS_TRUSTED_PROXIES"),
        ({"HMS_REDIS_URL": "nonsense"}, ["run"], "HMS_REDIS_URL is not an address"),
        (
            {"HMS_REDIS_URL": "redis://:hush@127.0.0.1:1/0"},
            ["run"],
            "Redis server of HMS_REDIS_URL cannot be used",
        ),
        ({"HMS_APP_DATABASE_URL": "nonsense"}, ["verify"], "HMS_APP_DATABASE_URL is not an address"),
        (
            {"HMS_DATA_DIR": "/dev/null/x"},
            ["run", "--port", "3000"],
            "data directory /dev/null/x cannot be used",
        ),
        (
            {"HMS_DATA_DIR": "/dev/null/x", "HMS_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"},
            ["verify"],
            "data directory /dev/null/x cannot be used",
        ),
        ({"HMS_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"}, ["run"], "cannot be reached"),
        ({}, ["run", "--port", "many"], "Invalid value for '--port'"),
        ({}, ["frobnicate"], "No such command 'frobnicate'; python3 hms.py --help says more."),
        ({}, ["verify", "--json", "twice"], "unexpected extra argument"),
        ({}, ["restore", "/nonexistent.tar"], "There is no file"),
    ],
)
def test_expected_failures_are_sentences_without_tracebacks(
    environment: dict[str, str], arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hms_app.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "HMS_DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0, done.stdout) == (True, "")
    (said,) = done.stderr.splitlines()
    assert said.startswith("hms: ")
    assert sentence in said
    assert "hush" not in done.stderr


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"idle_minutes": "0"}, "HMS_IDLE_MINUTES is wrong"),
        ({"plain_http": "perhaps"}, "HMS_PLAIN_HTTP is wrong"),
        ({"secret_key": "short"}, "HMS_SECRET_KEY is too short"),
        ({"workers": "2"}, "needs HMS_REDIS_URL"),
        ({"public_url": "hospital.example"}, "HMS_PUBLIC_URL is wrong: it must be like https://"),
        ({"public_url": "https://hospital.example/hms"}, "without a path"),
        ({"public_url": "https://hospital.example:x"}, "without a path"),
        ({"public_url": "https://x.example", "plain_http": "1"}, "HMS_PUBLIC_URL is https"),
        ({"trusted_proxies": "the proxy"}, "HMS_TRUSTED_PROXIES is wrong: it must list addresses"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**given)
    assert sentence in wrong_setting(refused.value)


def test_an_empty_variable_means_the_default_whatever_the_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("HMS_PORT=4000\nHMS_REDIS_URL=redis://elsewhere\nHMS_HOST=\n")
    monkeypatch.setenv("HMS_REDIS_URL", "")
    monkeypatch.setenv("HMS_DATA_DIR", "")
    settings = Settings(_env_file=tmp_path / ".env")
    assert (settings.port, settings.redis_url, settings.host) == (4000, None, "127.0.0.1")
    assert settings.data_dir == ROOT / "var"


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Hospital.Example:443/", "https://hospital.example"),
        ("https://hospital.example:8443", "https://hospital.example:8443"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_the_public_address_is_written_as_browsers_write_an_origin(given: str, origin: str) -> None:
    assert Settings(public_url=given).own_origin == origin


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["bench"], True),
        (["bench", "--json"], True),
        (["bench", "patient-match", "--json"], True),
        (["bench", "patient-search"], False),
        (["bench", "--help"], False),
        (["run"], False),
    ],
)
def test_data_packages_are_wanted_only_by_what_measures_on_them(arguments: list[str], wanted: bool) -> None:
    assert hms.needs_data(arguments) is wanted


def test_data_packages_come_without_what_they_depend_on(elsewhere: Path) -> None:
    about = "Metadata-Version: 2.1\nName: only-data\nVersion: 1\nRequires-Dist: no-such-package-at-all\n"
    files = {
        "METADATA": about,
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(elsewhere / "only_data-1-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(f"only_data-1.dist-info/{name}", text)
    (elsewhere / "requirements-data.txt").write_text("./only_data-1-py3-none-any.whl\n")
    hms.prepare(development=False, data=True)
    assert "requirements-data.txt" in hms.read_stamp()
