"""The settings screen and its logo, without a browser."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.files.values import PictureUse
from hms_app.state.credentials import session_token
from hms_app.state.organization.settings import SettingsState
from tests.factories.files import chosen
from tests.factories.organization import make_hospital
from tests.factories.security import actor_of
from tests.state.organization.conftest import Open, drained

FORM = {"name": "St Anne", "currency": "CHF", "zone_name": "Europe/Zurich", "language": "de"}


pytestmark = pytest.mark.usefixtures("files_dir")


async def test_settings_and_logo_are_saved_together(
    connection: sa.Connection, opened: Open, files_dir: Path
) -> None:
    with db.transaction() as session:
        make_hospital(session)
    screen = await opened(SettingsState, "administrator")
    handlers = SettingsState.event_handlers
    await handlers["load"].fn(screen)
    with db.transaction() as session:
        sent = chosen(actor_of(session, session_token(screen) or ""), PictureUse.LOGO)
    await drained(handlers["save"].fn(screen, {**FORM, "logo": sent}))
    assert screen.problem == ""
    assert (screen.form["name"], screen.form["currency"]) == ("St Anne", "CHF")
    assert screen.form["logo_url"].startswith("/files/logo?of=")
    assert [file.suffix for file in files_dir.iterdir() if file.is_file()] == [".png"]
    await drained(handlers["remove_logo"].fn(screen))
    assert screen.form["logo_url"] == ""


async def test_a_logo_that_was_not_sent_before_saves_nothing(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        make_hospital(session)
    screen = await opened(SettingsState, "administrator")
    handlers = SettingsState.event_handlers
    await handlers["load"].fn(screen)
    another = Actor(999_999, "Somebody else", frozenset(Permission))
    for logo in (
        "unreadable",
        "data:image/png;base64,AAAA",
        "../logo-1.png",
        chosen(another, PictureUse.LOGO),
    ):
        await drained(handlers["save"].fn(screen, {**FORM, "logo": logo}))
        assert "Choose it again" in screen.problems["logo"]
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
