"""Hearing what changed: one connection of a worker's own, outside the pool, that is made anew whenever it is lost."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

import psycopg
from psycopg import sql

from hms_app.core.away import DEADLINES
from hms_app.core.live import CHANNEL

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 5.0
"""Seconds between two tries to connect: short after the first loss, longer while the database stays away."""
NAME: Final = "hms-live"
"""How the connection calls itself, for whoever looks at the server's connections."""

logger = logging.getLogger("hms.live")


class Listener:
    """Calls `on_topic` for each change, and `on_again` once the connection stands again: notices are not replayed."""

    def __init__(
        self,
        conninfo: str,
        password: str | None,
        *,
        on_topic: Callable[[str], None],
        on_again: Callable[[], None],
    ) -> None:
        self._conninfo, self._password = conninfo, password
        self._on_topic, self._on_again = on_topic, on_again
        self._wait = FIRST_WAIT
        self._is_first = True

    async def run(self) -> None:
        """Listen until the task is cancelled."""
        while True:
            try:
                await self._listen()
            except psycopg.Error as failure:
                if self._wait == FIRST_WAIT:
                    logger.warning("changes are not heard: %s; connecting again", type(failure).__name__)
            await asyncio.sleep(self._wait)
            self._wait = min(2 * self._wait, LONGEST_WAIT)

    async def _listen(self) -> None:
        options: dict[str, Any] = {**DEADLINES, "application_name": NAME}
        connecting = psycopg.AsyncConnection.connect(
            self._conninfo, password=self._password, autocommit=True, **options
        )
        async with await connecting as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            self._wait = FIRST_WAIT
            if not self._is_first:
                self._on_again()
            self._is_first = False
            async for notice in connection.notifies():
                self._on_topic(notice.payload)
