"""The settings screen and its logo, without a browser."""

import base64
import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from hms_app.core import db
from hms_app.state.organization.settings import SettingsState
from tests.factories.organization import make_hospital
from tests.state.organization.conftest import Open, drained

FORM = {"name": "St Anne", "currency": "CHF", "zone_name": "Europe/Zurich", "language": "de"}


pytestmark = pytest.mark.usefixtures("files_dir")


def _picture() -> str:
    made = io.BytesIO()
    Image.new("RGB", (30, 30), "teal").save(made, format="PNG")
    return "data:image/png;base64," + base64.b64encode(made.getvalue()).decode()


async def test_settings_and_logo_are_saved_together(
    connection: sa.Connection, opened: Open, files_dir: Path
) -> None:
    with db.transaction() as session:
        make_hospital(session)
    screen = await opened(SettingsState, "administrator")
    handlers = SettingsState.event_handlers
    await handlers["load"].fn(screen)
    await drained(handlers["save"].fn(screen, {**FORM, "logo": _picture()}))
    assert screen.problem == ""
    assert (screen.form["name"], screen.form["currency"]) == ("St Anne", "CHF")
    assert screen.form["logo_url"].startswith("/files/logo?of=")
    assert [file.suffix for file in files_dir.iterdir()] == [".png"]
    await drained(handlers["remove_logo"].fn(screen))
    assert screen.form["logo_url"] == ""


async def test_a_disguised_logo_saves_nothing(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        make_hospital(session)
    screen = await opened(SettingsState, "administrator")
    handlers = SettingsState.event_handlers
    await handlers["load"].fn(screen)
    for logo in (
        "unreadable",
        "data:image/png;base64,!!!",
        "data:image/png;base64," + base64.b64encode(b"<svg/>").decode(),
    ):
        await drained(handlers["save"].fn(screen, {**FORM, "logo": logo}))
        assert "Choose a PNG" in screen.problems["logo"]
    await handlers["load"].fn(screen)
    assert screen.form["name"] == "St Mary"


async def test_who_may_only_read_the_settings_cannot_save(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        make_hospital(session)
    screen = await opened(SettingsState, "doctor")
    await SettingsState.event_handlers["load"].fn(screen)
    assert screen.may_edit is False
    await drained(SettingsState.event_handlers["save"].fn(screen, FORM))
    assert "does not allow" in screen.refusal
