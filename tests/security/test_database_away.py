"""While the database is away: every address and event answers with a sentence, and no tab forgets what it holds."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.api import routing
from hms_app.core import db
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.permissions import PUBLIC
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.security.rules.codes import new_token
from hms_app.state.security.entrance import PROBLEMS
from tests.event_path import Browser, browser, fitting_payload
from tests.security.people import signed_in
from tests.whole_application import SAME_ORIGIN, client_of

SENTENCE: Final = "database cannot be reached at the moment"
HYDRATE: Final = "reflex___state____state.hydrate"
HANDLERS: Final = {
    name: registered.handler.fn
    for name, registered in RegistrationContext.get().event_handlers.items()
    if hasattr(registered.handler.fn, GUARD_ATTRIBUTE)
}
ENTER: Final = next(name for name in HANDLERS if name.endswith("entry_state.enter"))
TOKEN: Final = new_token()
FORMS: Final = {
    "/auth/sign-in": {"email": "nora@example.org", "password": "a long enough password"},
    "/auth/sign-out-everywhere": {},
    "/auth/change-password": {"password": "x", "new_password": "y"},
    "/auth/accept-invitation": {"token": "t0k3n", "password": "a long enough password"},
}


@pytest.fixture
def absence(matrix_engine: sa.Engine) -> Iterator[sa.Engine]:
    """An engine to whose server nobody listens, as long as it is bound."""
    engine = db.make_engine("postgresql+psycopg://hms@127.0.0.1:1/hms")
    yield engine
    db.bind(None)
    engine.dispose()


def _everything_sent(client: Browser) -> str:
    return client.sent_text() + " ".join(map(repr, client.failures))


@pytest.mark.parametrize(("path", "form"), FORMS.items())
def test_who_sends_a_form_comes_back_to_its_page_with_the_sentence(
    path: str, form: dict[str, str], application: Any, absence: sa.Engine
) -> None:
    db.bind(absence)
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, TOKEN)
    answer = client.post(path, data=form, headers=SAME_ORIGIN)
    assert answer.status_code == 303
    assert "problem=away" in answer.headers["location"]
    assert "set-cookie" not in answer.headers
    assert SENTENCE in PROBLEMS["away"]


def test_an_invitation_is_still_there_to_be_accepted(application: Any, absence: sa.Engine) -> None:
    db.bind(absence)
    form = FORMS["/auth/accept-invitation"]
    answer = client_of(application).post("/auth/accept-invitation", data=form, headers=SAME_ORIGIN)
    assert answer.headers["location"] == "/invitation?token=t0k3n&problem=away"


def test_signing_out_is_at_least_done_in_the_browser_and_said_to_be_no_more(
    application: Any, absence: sa.Engine
) -> None:
    db.bind(absence)
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, TOKEN)
    answer = client.post("/auth/sign-out", headers=SAME_ORIGIN)
    assert answer.headers["location"] == "/sign-in?problem=forgotten"
    assert 'hms_session=""; ' in answer.headers["set-cookie"]


def test_every_guarded_address_says_it_and_when_to_ask_again(application: Any, absence: sa.Engine) -> None:
    db.bind(absence)
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, TOKEN)
    for declared in routing.ROUTES:
        if declared.guard == PUBLIC or declared.path in FORMS:
            continue
        address = declared.path.replace("{", "").replace("}", "")
        for accept in ("text/html", "application/json"):
            answer = client.request(declared.methods[0], address, headers={**SAME_ORIGIN, "accept": accept})
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), declared.path
            assert SENTENCE in answer.text


def test_the_check_for_readiness_says_503_and_the_one_for_life_200(
    application: Any, absence: sa.Engine
) -> None:
    db.bind(absence)
    client = client_of(application)
    assert client.get("/readyz").json() == {
        "status": "not ready",
        "checks": {"database": False, "migrations": False},
    }
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


def test_readiness_is_seen_at_once_over_connections_that_died(
    application: Any, bound_engine: sa.Engine, owner_engine: sa.Engine
) -> None:
    client = client_of(application)
    assert client.get("/readyz").status_code == 200
    with owner_engine.connect() as owner:
        gone = sa.text(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = :name AND pid <> pg_backend_pid()"
        )
        owner.execute(gone, {"name": bound_engine.url.database})
    assert client.get("/readyz").status_code == 200
    bound_engine.dispose()  # Readiness has a connection of its own; the dead ones are nobody else's.


def test_no_event_calls_it_a_failure_of_ours(absence: sa.Engine) -> None:
    db.bind(absence)

    async def walk() -> dict[str, str]:
        wrong = {}
        async with browser() as client:
            for name, function in HANDLERS.items():
                payload = {"route": "/patients"} if name == ENTER else fitting_payload(function)
                await client.send(name, payload, session=TOKEN, tab="mine")
                said = _everything_sent(client)
                if "reference" in said or "rror(" in said:
                    wrong[name] = said
        return wrong

    assert asyncio.run(walk()) == {}


def test_a_tab_gets_the_banner_and_is_sent_nothing_and_forgets_nothing(
    session: Session, bound_engine: sa.Engine, absence: sa.Engine
) -> None:
    token = signed_in(session, role="doctor", name="Dr Secret Name")

    async def visit() -> tuple[str, str, str]:
        async with browser() as client:
            await client.send(ENTER, {"route": "/"}, session=token, tab="mine")
            db.bind(absence)
            await client.send(HYDRATE, session=token, tab="mine")
            hydrated = _everything_sent(client)
            await client.send(ENTER, {"route": "/patients"}, session=token, tab="mine")
            entered = _everything_sent(client)
            db.bind(bound_engine)
            await client.send(HYDRATE, session=token, tab="mine")
            return hydrated, entered, client.sent_text()

    hydrated, entered, back = asyncio.run(visit())
    assert "hmsAway?.(true)" in hydrated
    assert "hmsAway?.(true)" in entered
    assert "Dr Secret Name" not in hydrated
    assert "Dr Secret Name" in back


def test_who_pressed_something_is_told_that_it_came_to_nothing(absence: sa.Engine) -> None:
    db.bind(absence)
    pressed = next(name for name in HANDLERS if name.endswith("shell_state.mark_read"))

    async def press() -> str:
        async with browser() as client:
            await client.send(pressed, session=TOKEN, tab="mine")
            return client.sent_text()

    said = asyncio.run(press())
    assert "hmsAway?.(false)" in said
    assert SENTENCE in said


def test_a_visitor_keeps_the_sign_in_page(absence: sa.Engine) -> None:
    db.bind(absence)

    async def visit() -> str:
        async with browser() as client:
            await client.send(ENTER, {"route": "/sign-in"}, tab="mine")
            return client.sent_text()

    assert "hmsAway?.(false)" in asyncio.run(visit())
