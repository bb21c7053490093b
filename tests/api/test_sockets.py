"""How many websockets there may be, from whom, and how fast they may speak."""

import asyncio
from typing import Any

import pytest

from hms_app.api import sockets
from hms_app.api.allowances import Allowance
from hms_app.api.sockets import Place, Sockets


async def _nobody(_token: str) -> bool:
    return False


async def _somebody(_token: str) -> bool:
    return True


async def _away(_token: str) -> bool:
    raise TimeoutError


def handshake(address: str = "192.0.2.7", session: str = "", query: bytes = b"") -> dict[str, Any]:
    """What the server knows of a handshake from `address`, perhaps with a session's cookie."""
    cookie = [(b"cookie", f"hms_session={session}".encode())] if session else []
    return {"type": "websocket", "headers": cookie, "client": (address, 4711), "query_string": query}


async def opened(many: Sockets, scope: dict[str, Any], number: int) -> list[Place]:
    """The places that so many handshakes got."""
    tried = [await many.place_for(scope, peer=None) for _ in range(number)]
    return [place for place in tried if place is not None]


async def test_visitors_at_one_address_have_few_sockets_and_others_are_not_concerned() -> None:
    many = Sockets(_nobody)
    assert len(await opened(many, handshake(), sockets.SOCKETS_AN_ADDRESS + 20)) == sockets.SOCKETS_AN_ADDRESS
    assert len(await opened(many, handshake("192.0.2.8"), 1)) == 1


async def test_a_made_up_session_is_a_visitor_however_often_it_changes() -> None:
    many = Sockets(_nobody)
    got = [
        place
        for number in range(sockets.SOCKETS_AN_ADDRESS + 20)
        for place in await opened(many, handshake(session=f"forged-{number}"), 1)
    ]
    assert len(got) == sockets.SOCKETS_AN_ADDRESS


async def test_people_behind_one_address_have_places_of_their_own_beside_a_flood() -> None:
    many = Sockets(lambda token: _is_hers(token))
    await opened(many, handshake(), 1_000)
    got = [
        place for number in range(100) for place in await opened(many, handshake(session=f"hers-{number}"), 3)
    ]
    assert len(got) < 300, "Unknown sessions have to come no faster than visitors ..."
    known = Sockets(lambda token: _is_hers(token))
    for number in range(100):
        assert len(await opened(known, handshake(session=f"hers-{number}"), 1)) == 1
    await opened(known, handshake(), 1_000)
    for number in range(100):
        assert len(await opened(known, handshake(session=f"hers-{number}"), 2)) == 2, "... known ones do not."


async def _is_hers(token: str) -> bool:
    return token.startswith("hers")


async def test_one_session_cannot_have_all_the_sockets() -> None:
    assert len(await opened(Sockets(_somebody), handshake(session="hers"), 90)) == sockets.SOCKETS_A_SESSION


async def test_visitors_of_all_addresses_together_are_bounded() -> None:
    many = Sockets(_nobody)
    got = sum([len(await opened(many, handshake(f"192.0.2.{n}"), 50)) for n in range(20)])
    assert got == sockets.SOCKETS_OF_VISITORS
    assert len(await opened(Sockets(_somebody), handshake("192.0.2.77", "hers"), 1)) == 1


async def test_one_household_counts_as_one_however_many_addresses_it_has() -> None:
    many = Sockets(_nobody)
    got = [
        place
        for number in range(sockets.SOCKETS_AN_ADDRESS + 20)
        for place in await opened(many, handshake(f"2001:db8::{number:x}"), 1)
    ]
    assert len(got) == sockets.SOCKETS_AN_ADDRESS


async def test_a_place_that_is_left_is_free_again_but_not_at_any_speed() -> None:
    many = Sockets(_nobody)
    entered = 0
    for _ in range(1_000):
        if place := await many.place_for(handshake(), peer=None):
            with place:
                entered += 1
    assert sockets.SOCKETS_AN_ADDRESS < entered < 300


async def test_while_the_database_is_away_a_session_is_a_visitor_and_is_asked_for_again() -> None:
    many = Sockets(_away)
    (place,) = await opened(many, handshake(session="hers"), 1)
    assert place.group.is_of_visitors
    many.is_person = _somebody
    (place,) = await opened(many, handshake(session="hers"), 1)
    assert not place.group.is_of_visitors


async def test_addresses_that_left_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_MOST_GROUPS", 50)
    monkeypatch.setattr(sockets, "Allowance", lambda *_: Allowance(10, 1e9))
    many = Sockets(_nobody)
    for number in range(500):
        for place in await opened(many, handshake(f"10.0.{number // 250}.{number % 250}"), 1):
            with place:
                pass
    assert len(many._groups) <= 50


@pytest.mark.parametrize("query", [b"EIO=4&token=x", b"token=", b"transport=websocket&token=a&token=b"])
def test_a_tabs_token_in_an_address_is_refused(query: bytes) -> None:
    assert sockets.refusal_of_address(handshake(query=query))


def test_an_address_without_one_is_not() -> None:
    assert sockets.refusal_of_address(handshake(query=b"EIO=4&transport=websocket")) is None


async def heard(monkeypatch: pytest.MonkeyPatch, number: int, text: str) -> list[float]:
    """How long the server waited, in seconds, before it took each of so many messages of a visitor."""
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.receive", "text": text}

    place = await Sockets(_nobody).place_for(handshake(), peer=None)
    assert place is not None
    with place, monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", note)
        for _ in range(number):
            await place.receiving(receive)()
    return waited


async def test_who_speaks_too_fast_is_heard_later(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(await heard(monkeypatch, 180, "x")) == 0
    assert max(await heard(monkeypatch, 400, "x")) > 5, "200 too many are worth more than five seconds."


async def test_large_messages_count_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert max(await heard(monkeypatch, 40, "x" * 200_000)) > 5
