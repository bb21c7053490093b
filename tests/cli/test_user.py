"""`hms.py user` on a hospital that is set up."""

from pathlib import Path

import pytest

from hms_app.cli import user
from hms_app.config import get_settings
from hms_app.runtime.data_directory import sole_server
from hms_app.runtime.database import Database
from hms_app.runtime.errors import StartRefused


def test_an_invitation_leads_to_where_the_hospital_is_really_served(
    hospital: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sole_server(tmp_path, "http://localhost:4790"):
        user.invite("nurse@example.org", name="Nora", role="nurse")
    link, *more = capsys.readouterr().out.splitlines()
    assert link.startswith("http://localhost:4790/invitation?token=")
    assert len(more) == 1


def test_while_nothing_is_served_the_link_says_where_it_will_work(
    hospital: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    user.invite("nurse@example.org", name="Nora", role="nurse")
    link, _, warning = capsys.readouterr().out.splitlines()
    assert link.startswith("http://localhost:4711/invitation?token=")
    assert "does not run here now" in warning
    monkeypatch.setenv("HMS_PUBLIC_URL", "https://hospital.example")
    get_settings.cache_clear()
    user.reset("NURSE@EXAMPLE.ORG", second_factor=False)
    assert capsys.readouterr().out.startswith("https://hospital.example/invitation?token=")


def test_the_address_that_is_served_wins_over_what_this_terminal_knows(
    hospital: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HMS_PUBLIC_URL", "https://old.example")
    get_settings.cache_clear()
    with sole_server(tmp_path, "https://hospital.example"):
        user.invite("nurse@example.org", name="Nora", role="nurse")
    assert capsys.readouterr().out.startswith("https://hospital.example/invitation?token=")


def test_a_person_is_found_however_the_address_is_written_and_a_stranger_is_not(
    hospital: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    user.reset(" \uff21DA@example.org", second_factor=False)
    assert "/invitation?token=" in capsys.readouterr().out
    with pytest.raises(StartRefused, match="There is no user"):
        user.reset("da@example.org", second_factor=False)
