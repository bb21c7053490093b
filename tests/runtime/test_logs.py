"""Logs are JSON lines and hold no patient data."""

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import granian.log
import granian.server.common
import pytest
import socketio  # type: ignore[import-untyped]
import structlog

from hms_app.runtime.logs import WEB_SERVER_LOGGING, configure_logging, mute_prints, silence_libraries

MARK = "Zeplinskaja"
FORGED = f'{MARK}\n{{"event": "{MARK} was here"}}'


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log file; the root logger and Python's own reports are as before afterwards."""
    for owner, name in ((threading, "excepthook"), (sys, "unraisablehook"), (warnings, "showwarning")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(logging, "raiseExceptions", True)
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


def test_a_library_keeps_no_handler_of_its_own(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = logging.getLogger("some.library")
    own.addHandler(logging.StreamHandler())
    silence_libraries()
    own.error("bad message %s", FORGED)
    assert own.handlers == []
    assert MARK not in capsys.readouterr().err + log.read_text()


def test_the_socket_libraries_add_none_when_they_are_made(log: Path) -> None:
    socketio.AsyncServer(async_mode="asgi")
    assert [logging.getLogger(name).handlers for name in ("socketio.server", "engineio.server")] == [[], []]


def test_an_unknown_librarys_message_is_not_kept_either(log: Path) -> None:
    logging.getLogger("some.library").warning(FORGED)
    logging.getLogger("some.library").error(FORGED, stack_info=True)
    (line,) = lines(log)
    assert line["logger"] == "some.library"
    assert MARK not in log.read_text()


def test_our_own_failure_is_told_by_its_kind_and_place(log: Path) -> None:
    try:
        raise ValueError(FORGED)
    except ValueError:
        logging.getLogger("hms.test").exception("it went wrong")
    (line,) = lines(log)
    assert str(line["event"]).startswith("it went wrong (ValueError at ")
    assert "test_logs.py:" in str(line["event"])
    assert MARK not in log.read_text()


def test_a_line_that_cannot_be_written_is_not_printed(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("hms.test").info("%s %s", FORGED)
    assert MARK not in capsys.readouterr().err


def test_what_the_web_server_says_of_its_workers_is_kept_and_nothing_else_of_it(log: Path) -> None:
    granian.log.configure_logging(granian.log.LogLevels.info, WEB_SERVER_LOGGING)
    own = logging.getLogger("_granian")
    own.handle(
        own.makeRecord(
            own.name, logging.ERROR, granian.server.common.__file__, 1, "Unexpected exit", (), None
        )
    )
    own.error("Application callable raised an exception %s", FORGED)
    assert [line["event"] for line in lines(log)][:1] == ["Unexpected exit"]
    assert MARK not in log.read_text()
    assert own.handlers == []


def test_a_thread_that_fails_is_told_without_its_values(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = threading.Thread(target=int, args=(FORGED,))
    failing.start()
    failing.join()
    (line,) = lines(log)
    assert "ValueError" in str(line["event"])
    assert MARK not in capsys.readouterr().err + log.read_text()


def test_a_warning_is_told_by_its_kind(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning(UserWarning(FORGED), UserWarning, __file__, 7)
    (line,) = lines(log)
    assert "UserWarning" in str(line["event"])
    assert MARK not in capsys.readouterr().err + log.read_text()


def test_what_a_finalizer_raises_is_told_by_its_kind(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Finalized:
        def __del__(self) -> None:
            raise ValueError(FORGED)

    Finalized()
    (line,) = lines(log)
    assert "ValueError" in str(line["event"])
    assert MARK not in capsys.readouterr().err + log.read_text()


def test_what_is_printed_is_counted(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    mute_prints()
    print(FORGED)
    (line,) = lines(log)
    assert line["event"] == f"{len(FORGED)} characters were printed"
