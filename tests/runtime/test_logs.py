"""Logs are JSON lines and hold no patient data."""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from hms_app.runtime.logs import configure_logging


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A log file; the root logger is as before afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    for handler in handlers:
        root.removeHandler(handler)
    configure_logging(tmp_path)
    yield tmp_path / "hms.log"
    for handler in list(root.handlers):
        root.removeHandler(handler)
        with suppress(OSError):  # What found no room is flushed once more.
            handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    logging.raiseExceptions = True
    structlog.reset_defaults()


def lines(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_line_is_one_json_object(log: Path) -> None:
    structlog.get_logger("hms.test").info("started", port=3000)
    (line,) = lines(log)
    assert line["event"] == "started"
    assert line["port"] == 3000
    assert str(line["timestamp"]).endswith("Z")


def test_what_the_framework_says_about_an_event_is_not_kept(log: Path) -> None:
    logging.getLogger("reflex.app").warning("bad argument: %s", "Ada Lovelace")
    try:
        raise ValueError("Ada Lovelace")
    except ValueError:
        logging.getLogger("reflex.app").exception("event failed for Ada Lovelace")
    (line,) = lines(log)
    assert "Ada" not in log.read_text()
    assert "ValueError" in str(line["event"])


def test_lines_for_which_the_disk_has_no_room_are_missing_from_the_file_only(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.unlink()
    log.symlink_to("/dev/full")
    configure_logging(log.parent)
    logging.getLogger("hms.test").warning("the disk is full")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "the disk is full"
