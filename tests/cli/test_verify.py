"""The flags of `hms.py verify`, without a process of their own."""

import json

import pytest
import typer

from hms_app.cli import verify as command
from hms_app.runtime.database import Database
from hms_app.runtime.errors import StartRefused


def verified(capsys: pytest.CaptureFixture[str], **flags: object) -> tuple[int, str]:
    """The exit status and what was printed."""
    status = 0
    try:
        command.verify(**{"as_json": False, "head": False, "kept": None, "restored": None, **flags})  # type: ignore[arg-type]
    except typer.Exit as ended:
        status = ended.exit_code
    return status, capsys.readouterr().out


def test_the_head_is_printed_and_checked_later(
    hospital: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    _, head = verified(capsys, head=True)
    status, said = verified(capsys, kept=[head.strip()])
    assert status == 0
    assert f"ok   audit head {head.partition(':')[0]} (1 checked)" in said
    altered = head.strip()[:-1] + ("0" if head.strip()[-1] != "0" else "1")
    status, said = verified(capsys, kept=[head, altered], as_json=True)
    outcome = json.loads(said)
    assert (status, outcome["ok"]) == (1, False)
    assert [check["ok"] for check in outcome["checks"][-2:]] == [True, False]
    assert "differs from the kept head" in outcome["checks"][-1]["problems"][0]


def test_what_is_no_head_is_refused_before_anything_is_checked(
    hospital: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StartRefused, match="a number, a colon and 64 digits and letters"):
        verified(capsys, kept=["17"])
    assert capsys.readouterr().out == ""
