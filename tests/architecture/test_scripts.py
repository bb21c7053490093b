"""The scripts behind the kit: the hand-written part shrinks, the calendar comes only when it is asked for."""

import re
from typing import Final

from tests.architecture.source import ROOT, sources

KIT_LINES: Final = 445
"""Of `assets/kit.js`: hard behaviour comes from a library (docs/decisions/0029); lower this when lines go."""
CALENDAR: Final = re.compile(r"react-aria-components|@internationalized/date")


def test_the_hand_written_behaviour_of_the_kit_does_not_grow() -> None:
    lines = (ROOT / "assets" / "kit.js").read_text(encoding="utf-8").count("\n")
    assert lines == KIT_LINES, f"kit.js has {lines} lines: more belong elsewhere; at fewer lower KIT_LINES."


def test_the_calendars_library_is_imported_by_the_month_alone_and_the_month_only_when_it_is_opened() -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in ROOT.glob("assets/*.js*")}
    assert [name for name, text in scripts.items() if CALENDAR.search(text)] == ["month.jsx"]
    named = {
        name: re.findall(r".*month\.jsx.*", text) for name, text in scripts.items() if "month.jsx" in text
    }
    assert named == {
        "day-picker.jsx": ['  return import("./month.jsx").catch(() => ({ default: Missing }));']
    }


def test_no_field_has_the_browsers_own_date_or_time_picker() -> None:
    own = re.compile(r"""type\s*=\s*["'](date|time|datetime-local|month|week)["']""")
    assert [source.name for source in sources("hms_app") if own.search(source.text)] == []
