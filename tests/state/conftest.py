"""People who are signed in, and what a browser of theirs is sent."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from tests.event_path import Browser, browser
from tests.factories.security import make_user, signed_in


def handler(ending: str) -> str:
    """The full name of the one handler that ends so."""
    (name,) = (name for name in RegistrationContext.get().event_handlers if name.endswith(ending))
    return name


def sent(client: Browser, state: str) -> dict[str, Any]:
    """The values of a state that were sent, the latest of each, without Reflex's suffix."""
    return {
        name.removesuffix("_rx_state_"): value
        for update in client.updates
        for full_name, values in update.delta.items()
        if full_name.endswith(state)
        for name, value in values.items()
    }


@dataclass
class Step:
    """One event a browser sends, on the page `address`."""

    handler: str
    payload: dict[str, Any] = field(default_factory=dict)
    address: str = "/"
    session: str = ""
    tab: str = "one-tab"


@dataclass
class Answer:
    """What came back: the values of each state that changed, and everything as text."""

    client: Browser
    text: str
    states: dict[str, dict[str, Any]]

    def __getitem__(self, state: str) -> dict[str, Any]:
        return next((values for name, values in self.states.items() if name.endswith(state)), {})


def walk(*steps: Step) -> list[Answer]:
    """Send the steps one after the other through one processor."""

    async def visit() -> list[Answer]:
        answers = []
        async with browser() as client:
            for step in steps:
                await client.send(
                    handler(step.handler),
                    step.payload,
                    session=step.session,
                    tab=step.tab,
                    address=step.address,
                )
                assert client.failures == []
                names = {name for update in client.updates for name in update.delta}
                states = {name: sent(client, name) for name in names}
                answers.append(Answer(client, client.sent_text(), states))
        return answers

    return asyncio.run(visit())


@pytest.fixture
def as_role(connection: sa.Connection, session: Session) -> Callable[..., str]:
    """Sign somebody in who has these roles; returns the session's token."""

    def sign_in(*roles: str, **fields: Any) -> str:
        token = signed_in(session, make_user(session, *roles, **fields))
        session.commit()
        return token

    return sign_in
