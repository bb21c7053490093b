"""Files of strangers are read in a process of their own, with so much memory and time and no more.

A file that would fill the memory or never end so ends that process, and nothing else: whoever wanted it read gets a
`ReadingStopped`. What is read comes back as JSON, a line a value, so that nothing of the process is trusted but
texts and numbers. This module is both ends: `Reader` starts `python -m hms_app.runtime.reader`, which calls one
function by its name; it knows neither the secrets nor the database of the hospital.
"""

import importlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from threading import Timer
from types import TracebackType
from typing import IO, Any, Final, Literal, Self

from hms_app.runtime.paths import ROOT

Why = Literal["memory", "time", "fault"]
Task = Callable[..., Iterator[Any]]

LARGEST_FILE: Final = 8 << 30
"""Bytes of the largest file that a reader may write (what an archive held, rows put aside)."""
_INHERITED: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
_FRAMES: Final = 8


@dataclass(frozen=True)
class Allowance:
    """What reading may cost: bytes of memory, seconds of work, and seconds until it must be over, if it must."""

    memory_bytes: int
    work_seconds: int
    wall_seconds: float | None = None


class ReadingRefused(Exception):
    """The function refused what it was to read; its text is the sentence people see, `field` what it belongs to."""

    def __init__(self, sentence: str, field: str | None) -> None:
        super().__init__(sentence)
        self.field = field


class ReadingStopped(Exception):
    """Reading took too much memory or time, or failed; `place` is where, for the log."""

    def __init__(self, why: Why, place: str = "") -> None:
        super().__init__(why)
        self.why, self.place = why, place


class Reader:
    """A function at work in a process of its own; iterate over it for what it yields, within a `with`.

    `task` yields values that JSON can hold. Exceptions of the class `refusal` end in ReadingRefused here.
    """

    def __init__(
        self, task: Task, *arguments: Any, allowance: Allowance, refusal: type[Exception] = ReadingRefused
    ) -> None:
        self._order = {
            "task": _name_of(task),
            "refusal": _name_of(refusal),
            "arguments": arguments,
            "allowance": asdict(allowance),
        }
        self._seconds = allowance.wall_seconds
        self._is_late = False

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hms_app.runtime.reader"],
            cwd=ROOT,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._timer = Timer(self._seconds, self._stop_late) if self._seconds is not None else None
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _closed(pipe)
        self._process.wait()

    def __iter__(self) -> Iterator[Any]:
        """What the function yields; raises ReadingRefused and ReadingStopped."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("A reader is iterated over within a `with`.")
        self._process.stdin.write(json.dumps(self._order).encode())
        _closed(self._process.stdin)
        for line in self._process.stdout:
            kind, *said = json.loads(line)
            if kind == "end":
                return
            if kind == "value":
                yield said[0]
            elif kind == "log":
                logging.getLogger(said[0]).log(said[1], "%s", said[2])
            elif kind == "refused":
                raise ReadingRefused(*said)
            else:
                raise ReadingStopped(*said)
        raise ReadingStopped(self._why_ended())

    def _stop_late(self) -> None:
        self._is_late = True
        self._process.kill()

    def _why_ended(self) -> Why:
        """Why the process ended without a word: too late, killed for its seconds of work, or by the system."""
        status = self._process.wait()
        if self._is_late or status in _OUT_OF_TIME:
            return "time"
        return "memory" if status in _OUT_OF_MEMORY else "fault"


def _closed(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # The process is gone; how it ended is told by its status.
        pipe.close()


def _signals(*names: str) -> frozenset[int]:
    return frozenset(-getattr(signal, name) for name in names if hasattr(signal, name))


_OUT_OF_TIME: Final = _signals("SIGXCPU")
_OUT_OF_MEMORY: Final = _signals("SIGKILL", "SIGSEGV", "SIGABRT", "SIGBUS")
"""How a process ends that the system, or a library that was given no memory, puts an end to."""


def _name_of(named: Any) -> str:
    return f"{named.__module__}:{named.__qualname__}"


def _by_name(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def main() -> None:
    """The other end: read the order, take the limits upon oneself, and say what the function yields."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # What a library prints is no answer.
    order = json.loads(sys.stdin.buffer.read())
    logging.getLogger().addHandler(_Told(answers))
    try:
        _limit(Allowance(**order["allowance"]))
        task, refusal = _by_name(order["task"]), _by_name(order["refusal"])
        _answer(answers, task, order["arguments"], refusal)
    except BrokenPipeError:
        os._exit(1)  # Nobody listens any more.
    except MemoryError:
        _say(answers, "stopped", "memory")
    except Exception as fault:
        _say(answers, "stopped", "fault", _place_of(fault))
    with suppress(BrokenPipeError):
        answers.close()


def _answer(answers: IO[str], task: Task, arguments: list[Any], refusal: type[Exception]) -> None:
    try:
        for value in task(*arguments):
            _say(answers, "value", value)
    except refusal as refused:
        _say(answers, "refused", str(refused), getattr(refused, "field", None))
    else:
        _say(answers, "end")


def _say(answers: IO[str], *words: Any) -> None:
    answers.write(f"{json.dumps(words)}\n")


def _limit(allowance: Allowance) -> None:
    """Take the limits upon this process, where the system has them; Windows knows the time alone."""
    try:
        import resource
    except ImportError:
        return
    limits = {
        resource.RLIMIT_AS: (allowance.memory_bytes, allowance.memory_bytes),
        resource.RLIMIT_CPU: (allowance.work_seconds, allowance.work_seconds + 1),
        resource.RLIMIT_FSIZE: (LARGEST_FILE, LARGEST_FILE),
        resource.RLIMIT_CORE: (0, 0),
    }
    for kind, limit in limits.items():
        try:
            resource.setrlimit(kind, limit)
        except (OSError, ValueError):  # macOS refuses a limit to the address space.
            continue


def _place_of(fault: Exception) -> str:
    """The kind of the fault and where it was, without any value."""
    frames, trace = [], fault.__traceback__
    while trace:
        frames.append(f"{trace.tb_frame.f_code.co_filename.rsplit('hms_app/')[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(fault).__name__} at {' > '.join(frames[-_FRAMES:])}"


class _Told(logging.Handler):
    """What the function logs is logged by whoever started the process."""

    def __init__(self, answers: IO[str]) -> None:
        super().__init__(logging.WARNING)
        self._answers = answers

    def emit(self, record: logging.LogRecord) -> None:
        """Send the line."""
        _say(self._answers, "log", record.name, record.levelno, record.getMessage())


if __name__ == "__main__":
    main()
