"""What the frame shows of the hospital, on the real event path, without a browser."""

import asyncio
from typing import Any

import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from tests.event_path import Browser, browser
from tests.factories.organization import make_hospital
from tests.factories.security import make_user, signed_in

LONG_NAME = "Hospital of the Sisters of Mercy and of the University of the Upper Valley"
FORM = {"name": LONG_NAME, "currency": "EUR", "zone_name": "Europe/Berlin", "language": "en"}


def _handler(ending: str) -> str:
    return next(name for name in RegistrationContext.get().event_handlers if name.endswith(ending))


def _frame(client: Browser) -> dict[str, Any]:
    """What the last event sent to the frame."""
    return {
        name.removesuffix("_rx_state_"): value
        for update in client.updates
        for state, values in update.delta.items()
        if state.endswith("shell_state")
        for name, value in values.items()
    }


def test_the_frame_bears_the_hospitals_name_and_follows_the_settings(
    connection: sa.Connection, session: Session
) -> None:
    make_hospital(session, name="St Mary")
    token = signed_in(session, make_user(session, "administrator"))
    session.commit()

    async def visit() -> tuple[dict[str, Any], dict[str, Any]]:
        async with browser() as client:
            await client.send(_handler("shell_state.load_shell"), session=token, tab="one")
            before = _frame(client)
            await client.send(_handler("settings_state.load"), session=token, tab="one")
            await client.send(_handler("settings_state.save"), {"form": FORM}, session=token, tab="one")
            assert client.failures == []
            return before, _frame(client)

    before, after = asyncio.run(visit())
    assert (before["hospital_name"], before["hospital_logo"]) == ("St Mary", "")
    assert after["hospital_name"] == LONG_NAME
