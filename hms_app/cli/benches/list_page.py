"""What a list costs: how often a click on a filter reads it, and a save against its own statements by hand.

The hand replays what the save sent to the database, the entry in the trail included, in a transaction of its own.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.cli.benches.figures import goal, spread
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.organization import service as organization
from hms_app.domain.organization.queries import list_departments
from hms_app.domain.organization.values import DepartmentInput
from hms_app.domain.security import service as security
from hms_app.domain.security.values import AdministratorInput
from hms_app.runtime.database import connect
from hms_app.state.credentials import SESSION_COOKIE

DEPARTMENTS: Final = 300
SAVES: Final = 300
"""After a tenth as many to warm up."""
PAGES: Final = 100
SAVE_LIMIT: Final = 2.0
_EMAIL: Final = "ada@example.org"
_PASSWORD: Final = "brass lanterns over the quiet ferry"  # noqa: S105  (of a scratch database)
_LIST: Final = "/hospital/departments"
Statement = tuple[str, Any]


def run(database_url: str) -> dict[str, Any]:
    """Make a list of some pages; click its filters, walk its pages, save one of its rows; milliseconds."""
    engine = db.make_engine(database_url, pool_size=2)
    db.bind(engine)
    try:
        token = db.in_transaction(_furnish)
        reads, pages = asyncio.run(_click(engine, token))
        with connect(database_url) as raw:
            raw.autocommit = True
            saved, by_hand = _save(engine, raw)
    finally:
        db.bind(None)
        engine.dispose()
    save, hand = spread(saved), spread(by_hand)
    return {
        "reads_by_click": reads,
        "page": spread(pages),
        "save": save,
        "same_statements_by_hand": hand,
        "goals": {
            "reads_per_filter_click": goal(max(reads.values()), 1),
            "save_over_by_hand": goal(round(save["p50_ms"] / hand["p50_ms"], 2), SAVE_LIMIT),
        },
    }


def _furnish(session: Session) -> str:
    """Departments to list, and somebody who may see and change them; their session."""
    security.make_first_administrator(
        session, request=AdministratorInput(name="Ada Admin", email=_EMAIL, password=_PASSWORD)
    )
    actor = Actor.system("bench")
    for number in range(DEPARTMENTS):
        request = DepartmentInput(name=f"Department {number:03d}", code=f"D{number}")
        organization.add_department(session, actor, request=request)
    entered = security.sign_in(session, email=_EMAIL, password=_PASSWORD, ip_address="127.0.0.1")
    return str(entered.token)


async def _click(engine: sa.Engine, token: str) -> tuple[dict[str, int], list[float]]:
    """How often each click reads the list, and how long each page takes, over the whole of a screen's state."""
    screen = await _screen(token)
    reads: dict[str, int] = {}
    for name, *arguments in (("narrow", "closed", "yes"), ("search", "dep"), ("next_page",), ("clear",)):
        with _noting(engine) as statements:
            answer = await _call(screen, name, *arguments)
        reads[name] = sum(map(_reads_page, statements)) + _loads(answer)
    seconds = []
    for _ in range(PAGES):
        started = time.perf_counter()
        await _call(screen, "next_page" if screen.has_next else "clear")
        seconds.append(time.perf_counter() - started)
    return reads, seconds


async def _screen(token: str) -> Any:
    import reflex as rx
    from reflex.istate.data import RouterData

    from hms_app.state.organization.departments import DepartmentsState

    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    headers = {"cookie": f"{SESSION_COOKIE}={token}"}
    root.router = RouterData.from_router_data(
        {"pathname": _LIST, "asPath": _LIST, "query": {}, "headers": headers, "ip": "127.0.0.1"}
    )
    screen = await root.get_state(DepartmentsState)
    await _call(screen, "load")
    return screen


async def _call(screen: Any, handler: str, *arguments: str) -> Any:
    return await type(screen).event_handlers[handler].fn(screen, *arguments)


def _reads_page(statement: Statement) -> bool:
    """Whether a statement reads rows of the list: it sorts them by name."""
    return "ORDER BY department.name_key" in statement[0]


def _loads(answer: Any) -> int:
    """How many pages the answer has the browser load once more."""
    events = answer if isinstance(answer, list) else [answer]
    return sum(getattr(event, "name", "") == "_redirect" for event in events)


def _save(engine: sa.Engine, raw: psycopg.Connection[Any]) -> tuple[list[float], list[float]]:
    """Seconds of each save by its use case, and of its statements on the same row by hand, which come to the same."""
    actor = Actor.system("bench", HospitalLocale())
    with db.transaction() as session:
        row = list_departments(session, actor).rows[0]
    saved, by_hand = [], []
    for number in range(SAVES + SAVES // 10):
        request = DepartmentInput(name=f"Department 000 {number}", code=row.code)
        with _noting(engine) as statements:
            started = time.perf_counter()
            _rename(actor, row.id, row.version + number, request)
            saved.append(time.perf_counter() - started)
        started = time.perf_counter()
        with raw.transaction():
            for statement, values in statements:
                raw.execute(statement, values)
        by_hand.append(time.perf_counter() - started)
    warm = SAVES // 10
    return saved[warm:], by_hand[warm:]


def _rename(actor: Actor, key: int, version: int, request: DepartmentInput) -> None:
    db.in_transaction(
        lambda session: organization.change_department(
            session, actor, department_id=key, version=version, request=request
        )
    )


@contextmanager
def _noting(engine: sa.Engine) -> Iterator[list[Statement]]:
    """The statements that are run meanwhile, with their values."""
    statements: list[Statement] = []

    def note(*arguments: Any) -> None:
        statements.append((arguments[2], arguments[3]))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
