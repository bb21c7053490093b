"""A file (of Python or a script) has at most 400 lines, a function 50; the list of longer ones only shrinks."""

from pathlib import Path
from typing import Final

from tests.architecture.source import ROOT, sources

MOST_LINES: Final = 400
MOST_LINES_OF_A_FUNCTION: Final = 50
LIST: Final = Path(__file__).with_name("too_long.txt")
"""A line each: how long it may be until it is parted, and what it is."""


def _too_long() -> dict[str, int]:
    found = {}
    for script in ROOT.glob("assets/*.js"):
        if (lines := script.read_text(encoding="utf-8").count("\n")) > MOST_LINES:
            found[script.relative_to(ROOT).as_posix()] = lines
    for source in sources("hms_app", "tests", "hms.py"):
        if (lines := source.text.count("\n")) > MOST_LINES:
            found[source.name] = lines
        for name, lines in source.functions():
            if lines > MOST_LINES_OF_A_FUNCTION:
                found[f"{source.name}:{name}"] = lines
    return found


def _listed() -> dict[str, int]:
    lines = (line.split() for line in LIST.read_text(encoding="utf-8").splitlines())
    return {name: int(most) for most, name in lines}


def test_files_and_functions_stay_short_and_long_ones_grow_no_longer() -> None:
    listed = _listed()
    grown = {name: lines for name, lines in _too_long().items() if lines > listed.get(name, 0)}
    assert grown == {}


def test_what_was_made_short_is_taken_off_the_list() -> None:
    assert set(_listed()) - set(_too_long()) == set()
