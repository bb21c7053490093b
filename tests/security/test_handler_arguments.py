"""Whatever a page that was tampered with hands to a handler: it is refused or understood, and never a failure."""

import asyncio
from collections.abc import Iterator
from inspect import signature
from typing import Any, Final, get_type_hints

import pytest
from pydantic import BaseModel
from reflex_base.registry import RegistrationContext

from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.service import passwords
from tests.event_path import browser, fitting_payload
from tests.hostile import TAG
from tests.security.house import House

NOT_TEXT: Final[tuple[Any, ...]] = (
    None,
    17,
    -1.5,
    True,
    [],
    ["a", "b"],
    {},
    {"$ne": None},
    {"a": {"b": ["c"]}},
    [[[[[[]]]]]],
)
TEXTS: Final = (
    "' OR '1'='1",
    "x'; DROP TABLE patient; --",
    "%(a)s %s {0}",
    "%_\\",
    "a\0b",
    "\ud800",
    "﷽ 👩‍⚕️ \u202e",
    "a" * 100_000,
    "9" * 40,
    "-1",
    "9999-12-31",
    "../../etc/passwd",
    TAG,
)
VALID: Final = {
    "name": "Some name",
    "code": "A1",
    "kind": "other",
    "department_id": "",
    "family_name": "Lima",
    "given_names": "Ana",
    "user_id": "",
    "email": "ana.lima@example.org",
    "role_id": "",
    "copy_of_role_id": "",
    "patient_id": "",
    "starts_on": "2026-01-01",
    "ends_on": "",
    "reason": "Because",
    "currency": "EUR",
    "zone_name": "UTC",
    "version": "1",
}
"""A form that most handlers understand, so that one wrong field is the only thing wrong with it."""
OPENERS: Final = ("load", "add", "begin", "open_new", "open_invitation")
"""What is pressed first, so that there is a form to send."""
FAILED: Final = "failed on our side"


def _handlers() -> dict[str, Any]:
    return {
        name: registered.handler.fn
        for name, registered in RegistrationContext.get().event_handlers.items()
        if hasattr(registered.handler.fn, GUARD_ATTRIBUTE)
    }


TAKING: Final = sorted(name for name, fn in _handlers().items() if len(signature(fn).parameters) > 1)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)


def request_fields(kind: type[BaseModel] = BaseModel) -> set[str]:
    """The name of every field of every input there is."""
    own = set(kind.model_fields) if kind.__module__.startswith("hms_app") else set()
    return own.union(*(request_fields(child) for child in kind.__subclasses__()))


def _odd_payloads(function: Any, house: House) -> Iterator[dict[str, Any]]:
    fitting = fitting_payload(function)
    yield {}
    yield {**fitting, "self": "x", "permissions": ["security:role:edit"]}
    for name in fitting:
        is_form = get_type_hints(function)[name] is not str
        for odd in NOT_TEXT:
            yield {**fitting, name: odd}
        for text in TEXTS:
            yield {**fitting, name: dict.fromkeys(request_fields(), text) if is_form else text}
        for field in VALID if is_form else ():
            for odd in ("9" * 40, "1e309", "-1", "a\0b", ["a"], {"a": "b"}):
                yield {**fitting, name: {**VALID, "department_id": house.department_id, field: odd}}


@pytest.mark.parametrize("name", TAKING, ids=[name.split("____")[-1] for name in TAKING])
def test_no_argument_makes_a_handler_fail(house: House, victim: str, name: str) -> None:
    state = name.rpartition(".")[0]
    function = _handlers()[name]
    address = _address(state, house, victim)

    async def send_all() -> list[str]:
        wrong = []
        async with browser() as client:
            for opener in OPENERS:
                if f"{state}.{opener}" in _handlers():
                    await client.send(f"{state}.{opener}", session=house.everything, tab="t", address=address)
            for payload in _odd_payloads(function, house):
                await client.send(name, payload, session=house.everything, tab="t", address=address)
                if client.failures or FAILED in client.sent_text():
                    wrong.append(f"{str(payload)[:150]} {client.failures} {client.sent_text()[-300:]}")
                    client.failures.clear()
        return wrong

    assert asyncio.run(send_all()) == []


@pytest.mark.parametrize("odd", NOT_TEXT, ids=repr)
def test_a_handler_that_wants_text_gets_text_or_is_not_reached(house: House, odd: Any) -> None:
    name = next(name for name in TAKING if name.endswith("patient_list_state.search"))

    async def send() -> str:
        async with browser() as client:
            await client.send(name, {"text": odd}, session=house.everything)
            return client.sent_text()

    assert "cannot be read" in asyncio.run(send())


FRAMEWORKS: Final = {
    name: fitting_payload(registered.handler.fn)
    for name, registered in RegistrationContext.get().event_handlers.items()
    if name.endswith((".update_vars_internal", ".state.hydrate", ".state.hydrate_and_load"))
}
CRAFTED: Final[tuple[Any, ...]] = (
    {"vars": {"": "Zquist"}},
    {"vars": {"a": "Zquist"}},
    {"vars": {"reflex___state____state.zquist.b": 1}},
    {"vars": {"reflex___state____state.is_hydrated_rx_state_": False}},
    {"vars": {"reflex___state____state.hms_app___state___base____session_state.is_signed_in": True}},
    {"vars": "Zquist"},
    {"vars": ["Zquist"]},
    {"vars": {}, "zquist": 1},
)


@pytest.mark.parametrize("payload", CRAFTED, ids=range(len(CRAFTED)))
@pytest.mark.parametrize("name", FRAMEWORKS, ids=lambda name: name.rpartition(".")[2])
def test_a_crafted_event_of_the_frameworks_own_is_the_senders_fault_in_one_line(
    house: House, caplog: pytest.LogCaptureFixture, name: str, payload: dict[str, Any]
) -> None:
    async def send() -> tuple[str, list[Exception]]:
        async with browser() as client:
            await client.send(name, payload, session=house.everything)
            return client.sent_text(), client.failures

    text, failures = asyncio.run(send())
    assert "cannot be read" in text
    assert (failures, FAILED in text) == ([], False)
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("WARNING", f"a page sent {name.rpartition('.')[2]} what it does not take")
    ]
    assert caplog.records[0].exc_info is None


@pytest.mark.parametrize("name", FRAMEWORKS, ids=lambda name: name.rpartition(".")[2])
def test_the_frameworks_own_events_are_taken_as_pages_send_them(house: House, name: str) -> None:
    async def send() -> str:
        async with browser() as client:
            await client.send(name, FRAMEWORKS[name], session=house.everything)
            return client.sent_text()

    assert "cannot be read" not in asyncio.run(send())


def _address(state: str, house: House, victim: str) -> str:
    if "user_detail" in state:
        return f"/administration/users/{victim}"
    if "patient_list" not in state and "___patients___" in state:
        return f"/patients/{house.patient_id}"
    return "/"
