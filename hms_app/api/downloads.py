"""Downloads: made whole first, then sent without a connection, however slowly somebody reads them.

A file that is refused while it is made is refused as any other request, and not in the trail: what notes it is undone
with it. A file that is made lies in the scratch directory without a name, so that nothing is left of it in the end.
"""

from asyncio import timeout
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import IO, Final

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from hms_app.api.routing import TooBusy
from hms_app.api.turns import Turns
from hms_app.core.actor import Actor
from hms_app.core.db import in_transaction
from hms_app.runtime.scratch import scratch_file

Make = Callable[[Session, IO[bytes]], str]
"""Writes the download into the file, notes it in the trail, and answers what it is called."""

MOST_OF_ONE_PERSON: Final = 3
MOST_IN_ALL: Final = 60
STALLED_SECONDS: Final = 60.0
"""Who takes so long to read a piece has gone, whatever the network says."""
_PIECE_BYTES: Final = 128 * 1024


class _UnderWay:
    """Downloads that are being made or sent by this process, by person."""

    def __init__(self) -> None:
        self._of: Counter[int | None] = Counter()

    def begin(self, person: int | None) -> None:
        """Count one in; raises TooBusy."""
        if self._of[person] >= MOST_OF_ONE_PERSON:
            raise TooBusy(
                f"{MOST_OF_ONE_PERSON} downloads of yours are under way. Wait until one of them is done."
            )
        if self._of.total() >= MOST_IN_ALL:
            raise TooBusy("Many downloads are under way at this moment. Try again in a minute.")
        self._of[person] += 1

    def end(self, person: int | None) -> None:
        """Count one out."""
        self._of[person] -= 1
        if not self._of[person]:
            del self._of[person]


UNDER_WAY: Final = _UnderWay()


async def download(request: Request, make: Make, *, turns: Turns, media_type: str) -> Response:
    """Make a file in one transaction when it is its turn, then send it; raises TooBusy and whatever `make` raises."""
    actor: Actor = request.state.actor
    UNDER_WAY.begin(actor.user_id)
    file = scratch_file()
    try:
        name = await turns.take(partial(in_transaction, partial(_made, file, make)))
    except BaseException:
        UNDER_WAY.end(actor.user_id)
        file.close()
        raise
    return _Sent(file, name, media_type, person=actor.user_id)


def _made(file: IO[bytes], make: Make, session: Session) -> str:
    """What `make` writes; from the start when the transaction is tried again."""
    file.seek(0)
    file.truncate()
    return make(session, file)


class _Sent(StreamingResponse):
    """A made file on its way to somebody; gone when it is sent, or when nobody reads it any more."""

    def __init__(self, file: IO[bytes], name: str, media_type: str, *, person: int | None) -> None:
        size = file.tell()
        file.seek(0)
        super().__init__(
            _pieces(file),
            media_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)},
        )
        self._file, self._person = file, person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it piece by piece."""

        async def send_soon(message: Message) -> None:
            async with timeout(STALLED_SECONDS):
                await send(message)

        try:
            await super().__call__(scope, receive, send_soon)
        except TimeoutError:
            return  # The connection is closed before its announced length: a browser says that the download failed.
        finally:
            self._file.close()
            UNDER_WAY.end(self._person)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await run_in_threadpool(file.read, _PIECE_BYTES):
        yield piece
