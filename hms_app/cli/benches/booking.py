"""Bookings a second, by one client and by sixteen at once, against the same statements by hand.

The hand replays what each booking sent to the database, in a transaction of its own: the trail's entry with its lock
and the NOTIFY included. Keys that the database gave out in the first run are replaced by those it gives out now.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.cli.benches import diary
from hms_app.cli.benches.figures import goal, spread
from hms_app.core import clock, db
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.values.booking import BookingInput
from hms_app.runtime.database import connect

BOOKINGS: Final = 160
"""At each count of clients, each of another time."""
CLIENTS: Final = (1, 16)
LIMIT: Final = 2.0
DIARY: Final = 5_000
DIARY_DAYS: Final = 7
_FIRST_KEY: Final = 50_000_000
"""Keys of what is booked begin here, so that none of them is some other number in a statement."""
_FAR_AHEAD: Final = 70
_FRESH: Final = (
    "DELETE FROM reservation r USING appointment a WHERE a.id = r.appointment_id AND a.id >= %(first)s",
    "ALTER TABLE appointment_change DISABLE TRIGGER USER",
    "DELETE FROM appointment_change",
    "ALTER TABLE appointment_change ENABLE TRIGGER USER",
    "DELETE FROM appointment WHERE id >= %(first)s",
    "DELETE FROM command",
)

Statement = tuple[str, Any]
Act = Callable[[], object]


def run(database_url: str) -> dict[str, Any]:
    """Book the same times by the use case and by hand, at each count of clients in turn; milliseconds."""
    diary.fill(database_url, size=DIARY, ahead=DIARY_DAYS)
    with connect(database_url) as connection:
        connection.execute("SELECT setval(pg_get_serial_sequence('appointment', 'id'), %s)", [_FIRST_KEY - 1])
        connection.execute("SELECT setval('appointment_number_seq', %s)", [2 * _FIRST_KEY])
    bookings = _bookings(database_url)
    engine = db.make_engine(database_url, pool_size=max(CLIENTS))
    db.bind(engine)
    try:
        noted = _noted(engine, bookings)
        measured = {str(clients): _measure(database_url, bookings, noted, clients) for clients in CLIENTS}
    finally:
        db.bind(None)
        engine.dispose()
    return {
        "statements_a_booking": len(noted[-1]),
        "clients": measured,
        "goals": {
            f"over_by_hand_at_{clients}": goal(measured[str(clients)]["over_by_hand"], LIMIT)
            for clients in CLIENTS
        },
    }


def _bookings(database_url: str) -> list[BookingInput]:
    """Each of another practitioner, patient and time, on days that nobody has booked yet."""
    service, people = diary.service_id(database_url), diary.practitioners(database_url)
    first = clock.today(diary.HERE.zone) + timedelta(days=_FAR_AHEAD)
    days = [first + timedelta(days=number) for number in range(40)]
    days = [day for day in days if day.isoweekday() < 6]
    return [
        BookingInput.from_form(
            {
                "key": str(UUID(int=number + 1)),
                "patient_id": number + 1,
                "service_id": service,
                "practitioner_id": people[number % len(people)],
                "day": days[number // len(people)].isoformat(),
                "time": "09:00",
            }
        )
        for number in range(BOOKINGS)
    ]


def _noted(engine: sa.Engine, bookings: Sequence[BookingInput]) -> list[list[Statement]]:
    """The statements of each booking; savepoints are statements too, and are sent by hand as well."""
    noted: list[list[Statement]] = []

    def note(*arguments: Any) -> None:
        noted[-1].append((arguments[2], arguments[3]))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        for booking in bookings:
            noted.append([])
            _book(booking)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return noted


def _measure(
    database_url: str, bookings: Sequence[BookingInput], noted: Sequence[list[Statement]], clients: int
) -> dict[str, Any]:
    _forget(database_url)
    used, used_for = _timed([lambda booking=booking: _book(booking) for booking in bookings], clients)  # type: ignore[misc]
    hand, hand_for = _by_hand(database_url, noted, clients)
    bare, bare_for = _by_hand(database_url, [_unaudited(one) for one in noted], clients)
    return {
        "bookings_a_second": round(len(used) / used_for, 1),
        "by_hand_a_second": round(len(hand) / hand_for, 1),
        "by_hand_without_audit_a_second": round(len(bare) / bare_for, 1),
        "use_case": spread(used),
        "by_hand": spread(hand),
        "over_by_hand": round(used_for / hand_for, 2),
        "over_by_hand_without_audit": round((used_for - (hand_for - bare_for)) / bare_for, 2),
    }


def _book(booking: BookingInput) -> None:
    def work(session: Session) -> object:
        return book_appointment(session, diary.DESK, booking=booking)

    db.in_transaction(work)


def _by_hand(database_url: str, noted: Sequence[list[Statement]], clients: int) -> tuple[list[float], float]:
    _forget(database_url)
    own = threading.local()
    opened: list[psycopg.Connection[Any]] = []

    def act(statements: list[Statement]) -> None:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(_plain(database_url), autocommit=True)
            opened.append(own.connection)
        _replay(own.connection, statements)

    try:
        return _timed([lambda statements=statements: act(statements) for statements in noted], clients)  # type: ignore[misc]
    finally:
        for connection in opened:
            connection.close()


def _replay(connection: psycopg.Connection[Any], statements: Sequence[Statement]) -> None:
    given: dict[Any, Any] = {}
    with connection.transaction():
        for statement, values in statements:
            if "audit_entry" in statement:
                given["now"] = clock.now()
            found = connection.execute(statement, _with(values, given))
            if "appointment_number_seq" in statement:
                given["number"] = str((found.fetchone() or (0,))[0])
            elif statement.startswith("INSERT INTO appointment ("):
                given["id"] = (found.fetchone() or (0,))[0]


def _with(values: Any, given: dict[Any, Any]) -> Any:
    """The values of a statement, keys that the first run gave out replaced by those of this one."""
    if isinstance(values, dict):
        return {name: _now(value, given) for name, value in values.items()}
    return [_now(value, given) for value in values] if values else values


def _now(value: Any, given: dict[Any, Any]) -> Any:
    if isinstance(value, datetime):
        return given.get("now", value)
    if isinstance(value, int) and _FIRST_KEY <= value < 2 * _FIRST_KEY:
        return given.get("id", value)
    if isinstance(value, str) and value.isdecimal() and int(value) > 2 * _FIRST_KEY:
        return given.get("number", value)
    return value


def _unaudited(statements: list[Statement]) -> list[Statement]:
    """A booking's statements without those of the trail."""
    return [one for one in statements if "audit_" not in one[0]]


def _timed(acts: Sequence[Act], clients: int) -> tuple[list[float], float]:
    """How long each took, and all of them together."""

    def one(act: Act) -> float:
        started = time.perf_counter()
        act()
        return time.perf_counter() - started

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as crowd:
        seconds = list(crowd.map(one, acts))
    return seconds, time.perf_counter() - began


def _forget(database_url: str) -> None:
    """Take away what was booked, so that it can be booked again."""
    with connect(database_url) as connection:
        for statement in _FRESH:
            connection.execute(statement, {"first": _FIRST_KEY})


def _plain(database_url: str) -> str:
    return sa.make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
