"""The forms that let people in, as an attacker would send them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from reflex_base.registry import RegistrationContext
from sqlmodel import Session
from starlette.testclient import TestClient

from hms_app.api import routing
from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.permissions import Permission
from hms_app.domain.security import service as security
from hms_app.domain.security.service import passwords
from hms_app.domain.security.values import InviteInput
from tests.event_path import browser
from tests.factories import security as factory
from tests.factories.security import PASSWORD, make_user
from tests.security.house import House
from tests.whole_application import HOST, SAME_ORIGIN, URL, client_of

FOREIGN: Final[dict[str, dict[str, str]]] = {
    "another origin": {"origin": "https://evil.example"},
    "no origin at all": {},
    "a hidden origin": {"origin": "null"},
    "a name that begins like ours": {"origin": f"{URL}.evil.example"},
    "our name before the at sign": {"origin": f"https://{HOST}@evil.example"},
    "another port": {"origin": f"{URL}:8443"},
    "cross-site": {"sec-fetch-site": "cross-site"},
    "same-site": {"sec-fetch-site": "same-site"},
    "typed": {"sec-fetch-site": "none"},
    "another origin that says same-origin": {
        "origin": "https://evil.example",
        "sec-fetch-site": "same-origin",
    },
    "only a referrer": {"referer": f"{URL}/sign-in"},
}
POSTED: Final = [one for one in routing.ROUTES if "POST" in one.methods]
SYSTEM: Final = Actor.system("tests")
SMUGGLED: Final = {
    "role": "administrator",
    "role_id": "1",
    "roles": "administrator",
    "permissions": "security:role:edit",
    "status": "active",
    "password_hash": "v1$x",
    "is_builtin": "true",
    "patient_id": "1",
    "user_id": "1",
    "id": "1",
    "version": "99",
    "reauthenticated": "true",
    "session_id": "1",
}
_addresses = count(1)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)
    factory.password_hash.cache_clear()
    yield
    factory.password_hash.cache_clear()


@pytest.fixture
def visit(application: Any, house: House) -> Callable[[], TestClient]:
    """A browser at an address of its own, so that one test's wrong tries do not slow the next one down."""
    return lambda: client_of(application, client=(f"198.51.100.{next(_addresses)}", 4711))


def _post(client: TestClient, path: str, form: dict[str, str], **headers: str) -> Any:
    return client.post(path, data=form, headers=headers or SAME_ORIGIN)


def _person(session: Session, *roles: str, **fields: Any) -> str:
    user = make_user(session, *roles, email=f"door{next(_addresses)}@example.org", **fields)
    factory.commit(session)
    return user.email


def _sign_in(client: TestClient, email: str, password: str = PASSWORD) -> str:
    answer = _post(client, "/auth/sign-in", {"email": email, "password": password})
    assert answer.status_code == 303
    location: str = answer.headers["location"]
    return location


def _of(session: Session, email: str, column: str) -> Any:
    session.rollback()
    return session.execute(
        sa.text(f"SELECT {column} FROM app_user WHERE email = :email"), {"email": email}
    ).scalar_one()


@pytest.mark.parametrize("one", POSTED, ids=[one.path for one in POSTED])
def test_no_form_is_taken_from_another_site(
    session: Session, visit: Callable[[], TestClient], one: routing.DeclaredRoute
) -> None:
    email = _person(session, "administrator")
    client = visit()
    assert _sign_in(client, email) == "/"
    for what, headers in FOREIGN.items():
        form = {"email": email, "password": PASSWORD, "new_password": "seven copper kettles by the sea"}
        answer = client.post(one.path, data=form, headers=headers)
        assert (answer.status_code, answer.text) == (403, "This request came from another site."), what
    assert _sign_in(visit(), email) == "/"
    assert client.post("/auth/reauthenticate", data={"password": PASSWORD}, headers=SAME_ORIGIN).json()["ok"]


@pytest.mark.parametrize("path", ["/auth/sign-in", "/exports/audit.csv", "/ping", "/"])
def test_no_other_site_is_told_that_it_may_read(visit: Callable[[], TestClient], path: str) -> None:
    for method in ("OPTIONS", "GET"):
        headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
        answer = visit().request(method, path, headers=headers)
        assert answer.headers.get("access-control-allow-origin") not in {"*", "https://evil.example"}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", None, f"{URL}.evil.example", f"{URL}:8443"]
)
def test_no_socket_is_opened_from_another_site(application: Any, origin: str | None) -> None:
    assert asyncio.run(_shake_hands(application, origin)) == ["websocket.close"]


async def _shake_hands(application: Any, origin: str | None) -> list[str]:
    said: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        said.append(message["type"])

    headers = [(b"host", HOST.encode())] + ([(b"origin", origin.encode())] if origin else [])
    scope = {
        "type": "websocket",
        "scheme": "wss",
        "path": "/_event/",
        "raw_path": b"/_event/",
        "root_path": "",
        "query_string": b"EIO=4&transport=websocket&token=x",
        "headers": headers,
        "subprotocols": [],
        "client": ("192.0.2.7", 4711),
        "server": (HOST, 443),
    }
    await application(scope, receive, send)
    return said


def test_a_sign_in_gives_no_role_that_the_form_names(
    session: Session, visit: Callable[[], TestClient]
) -> None:
    email = _person(session, "nurse")
    client = visit()
    _post(client, "/auth/sign-in", {**SMUGGLED, "email": email, "password": PASSWORD})
    actor = _actor(session, client)
    assert actor.roles == ("Nurse",)
    assert not actor.can(Permission.SECURITY_ROLE_EDIT)


def _actor(session: Session, client: TestClient) -> Actor:
    session.rollback()
    token = client.cookies.get(SESSION_COOKIE, domain=HOST)
    return security.resolve_actor(session, session_token=token, ip_address="")


def _invitation(**fields: Any) -> tuple[str, str]:
    email = f"invited{next(_addresses)}@example.org"
    with db.transaction() as own:
        request = InviteInput(name="In Vited", email=email, **fields)
        return email, security.invite_user(own, SYSTEM, request=request).token


def test_an_invitation_gives_no_role_that_its_form_names(
    session: Session, visit: Callable[[], TestClient]
) -> None:
    email, token = _invitation()
    client = visit()
    form = {**SMUGGLED, "token": token, "password": PASSWORD, "email": "other@example.org", "name": "Other"}
    assert _post(client, "/auth/accept-invitation", form).headers["location"] == "/sign-in?note=accepted"
    assert _sign_in(client, email) == "/"
    actor = _actor(session, client)
    assert (actor.name, actor.roles, actor.permissions, actor.patient_id) == (
        "In Vited",
        (),
        frozenset(),
        None,
    )


def test_ones_password_form_changes_nobody_elses(session: Session, visit: Callable[[], TestClient]) -> None:
    victim, email = _person(session), _person(session)
    client = visit()
    _sign_in(client, email)
    form = {
        **SMUGGLED,
        "user_id": str(_of(session, victim, "id")),
        "email": victim,
        "password": PASSWORD,
        "new_password": "seven copper kettles by the sea",
    }
    assert _post(client, "/auth/change-password", form).headers["location"].endswith("note=password-changed")
    assert _sign_in(visit(), victim) == "/"
    assert _sign_in(visit(), email).endswith("refused")


def _send(house: House, address: str, *events: tuple[str, dict[str, Any]]) -> str:
    async def send() -> str:
        async with browser() as client:
            for ending, payload in events:
                name = next(
                    name for name in RegistrationContext.get().event_handlers if name.endswith(ending)
                )
                await client.send(name, payload, session=house.everything, tab="t", address=address)
                assert client.failures == []
            return client.sent_text()

    return asyncio.run(send())


def test_who_is_invited_is_what_the_form_names_and_no_more(session: Session, house: House) -> None:
    email = f"smuggled{next(_addresses)}@example.org"
    form = {**SMUGGLED, "name": "Smuggled", "email": email}
    del form["role_id"]  # The one field of these that the form has.
    _send(house, "/administration/users", ("users_state.invite", {"form": form}))
    assert _of(session, email, "status") == "invited"
    assert _of(session, email, "password_hash") is None
    assert _of(session, email, "patient_id") is None
    assert _of(session, email, "(SELECT count(*) FROM user_role r WHERE r.user_id = app_user.id)") == 0


def test_the_form_of_a_user_changes_only_that_users_own_fields(session: Session, house: House) -> None:
    victim, email = _person(session, "nurse"), _person(session, "nurse")
    before = [_of(session, victim, "to_jsonb(app_user)::text"), _of(session, email, "password_hash")]
    form = {
        **SMUGGLED,
        "name": "New Name",
        "email": email,
        "patient_id": "",
        "user_id": str(_of(session, victim, "id")),
    }
    address = f"/administration/users/{_of(session, email, 'id')}"
    _send(house, address, ("user_detail_state.load", {}), ("user_detail_state.save", {"form": form}))
    assert _of(session, email, "name") == "New Name"
    assert _of(session, email, "status") == "active"
    assert _of(session, email, "version") == 2
    assert [_of(session, victim, "to_jsonb(app_user)::text"), _of(session, email, "password_hash")] == before
    held = "FROM user_role u JOIN role r ON r.id = u.role_id WHERE u.user_id = app_user.id"
    assert _of(session, email, f"(SELECT string_agg(r.code, ' ') {held})") == "nurse"


def test_the_set_up_page_is_dead_after_the_set_up(session: Session, house: House) -> None:
    def counted() -> list[Any]:
        session.rollback()
        tables = ("hospital", "app_user", "user_role", "setup_code")
        return [session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]

    before = counted()
    with db.transaction() as own:
        assert security.issue_setup_code(own) is None
    form = {
        "code": "AAAA-BBBB-CCCC-DDDD",
        "name": "Taken over",
        "currency": "EUR",
        "zone_name": "UTC",
        "language": "en",
        "admin_name": "Mal Lory",
        "admin_email": "mallory@example.org",
        "password": PASSWORD,
        "password_again": PASSWORD,
    }
    said = _send(house, "/set-up", ("set_up_state.submit", {"form": form}))
    assert "is set up already" in said
    assert "/sign-in" in _send(house, "/set-up", ("set_up_state.load", {}))
    assert counted() == before


LONG: Final = "quartz lantern over the harbour and far beyond it, where seven ships lie st"
assert len(LONG) > 73
TAKEN: Final = {
    "73 bytes": (LONG[:73], LONG[:72]),
    "73 bytes that differ in the last": (LONG[:72] + "x", LONG[:72] + "y"),
    "64 emoji": (
        "".join(chr(0x1F600 + n * 37 % 64) for n in range(64)),
        "".join(chr(0x1F600 + n * 37 % 64) for n in range(63)),
    ),
    "256 characters": ("".join(chr(0x61 + n * 7 % 26) + str(n % 10) for n in range(128)), "a"),
    "spaces around": ("  quartz lantern over the sea  ", "quartz lantern over the sea"),
}
REFUSED: Final = {
    "empty": "",
    "short": "kettles",
    "with NUL": "quartz lantern\0 over the harbour",
    "257 characters": LONG * 4,
    "10 kB": "quartz " * 1500,
    "one emoji": "👩‍⚕️",
    "only blanks": " " * 30,
}


@pytest.mark.parametrize("what", TAKEN)
def test_every_part_of_a_password_counts_at_the_doors(visit: Callable[[], TestClient], what: str) -> None:
    password, almost = TAKEN[what]
    email, token = _invitation()
    client = visit()
    accepted = _post(client, "/auth/accept-invitation", {"token": token, "password": password})
    assert accepted.headers["location"] == "/sign-in?note=accepted"
    assert _sign_in(client, email, almost).endswith("problem=refused")
    assert _sign_in(client, email, password) == "/"


@pytest.mark.parametrize("what", REFUSED)
def test_no_impossible_password_is_taken_and_none_is_a_failure(
    visit: Callable[[], TestClient], what: str
) -> None:
    email, token = _invitation()
    client = visit()
    refused = _post(client, "/auth/accept-invitation", {"token": token, "password": REFUSED[what]})
    assert refused.status_code == 303
    assert parse_qs(urlsplit(refused.headers["location"]).query)["problem"] == ["weak"]
    assert "problem=" in _sign_in(client, email, REFUSED[what])


def test_a_password_longer_than_any_form_is_not_read(visit: Callable[[], TestClient]) -> None:
    for path in ("/auth/sign-in", "/auth/accept-invitation", "/auth/unlock"):
        assert _post(visit(), path, {"email": "x", "password": "x" * 1_000_000}).status_code == 413


@pytest.fixture
def protected(session: Session, house: House) -> Iterator[tuple[str, pyotp.TOTP]]:
    """Somebody whose authenticator shows a code that was not used yet."""
    with time_machine.travel(clock.now(), tick=True) as traveller:
        user = make_user(session, email=f"totp{next(_addresses)}@example.org")
        session.commit()
        with db.transaction() as own:
            token = factory.signed_in(own, user)
            actor = factory.actor_of(own, token)
            device = pyotp.TOTP(security.begin_totp(own, actor).secret)
            security.confirm_totp(own, actor, code=device.now())
        traveller.shift(60)
        yield user.email, device


def test_a_code_that_was_used_is_used_up(
    visit: Callable[[], TestClient], protected: tuple[str, pyotp.TOTP]
) -> None:
    email, device = protected
    code = device.now()
    first, second = visit(), visit()
    for client in (first, second):
        assert _sign_in(client, email) == "/second-factor"
    assert _post(first, "/auth/second-factor", {"code": code}).headers["location"] == "/"
    replayed = _post(second, "/auth/second-factor", {"code": code})
    assert replayed.headers["location"] == "/second-factor?problem=code"
    assert second.cookies.get(SESSION_COOKIE, domain=HOST) is None


def test_a_code_that_is_sent_twice_at_once_lets_in_once(
    visit: Callable[[], TestClient], protected: tuple[str, pyotp.TOTP]
) -> None:
    email, device = protected
    clients = [visit(), visit(), visit()]
    for client in clients:
        _sign_in(client, email)
    code, answers = device.now(), []

    def send(client: TestClient) -> None:
        answers.append(_post(client, "/auth/second-factor", {"code": code}).headers["location"])

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["/", "/second-factor?problem=code", "/second-factor?problem=code"]
