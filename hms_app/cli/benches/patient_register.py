"""How fast a patient is registered among ten thousand and among a million, against a plain INSERT of the same rows.

A registration here has a name, a birth, a sex, a phone and an address; the check for duplicates is part of it.
"""

import random
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from sqlmodel import Session

from hms_app.cli.benches.figures import goal, spread
from hms_app.cli.benches.patient_search import SEED, SIZES, People
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.duplicates.queries import read_typing
from hms_app.domain.duplicates.service import register_patient
from hms_app.domain.patients.values import IdentityInput, RegistrationInput
from hms_app.runtime.database import connect

Row = TypeVar("Row")

REGISTRATIONS: Final = 300
"""Patients registered at each size, after a tenth as many to warm up."""
P95_LIMIT_MS: Final = 100.0
GROWTH_LIMIT: Final = 2.0

_ROOM: Final = 5_000_000
_HERE: Final = HospitalLocale("America/New_York", "USD", "en", "US")
_COPIED: Final = ("patient_contact_point", "patient_address", "patient_search_key")
_OWN_ROWS: Final = """SELECT to_jsonb(p) AS patient,
 (SELECT jsonb_agg(to_jsonb(r)) FROM patient_contact_point r WHERE r.patient_id = p.id) AS patient_contact_point,
 (SELECT jsonb_agg(to_jsonb(r)) FROM patient_address r WHERE r.patient_id = p.id) AS patient_address,
 (SELECT jsonb_agg(to_jsonb(r)) FROM patient_search_key r WHERE r.patient_id = p.id) AS patient_search_key,
 (SELECT jsonb_agg(to_jsonb(e)) FROM audit_entry e WHERE e.patient_id = p.id) AS audit_entry
FROM patient p WHERE p.id = %s"""


def run(database_url: str) -> dict[str, Any]:
    """Fill the database with each size in turn and measure; p50 and p95 in milliseconds."""
    chance = random.Random(SEED)  # noqa: S311  (sample data)
    people = People(chance)
    measured: dict[str, Any] = {}
    _leave_room(database_url)
    for size in SIZES:
        started = time.perf_counter()
        people.fill(database_url, up_to=size)
        seconds = time.perf_counter() - started
        forms = [_form(chance, people) for _ in range(REGISTRATIONS + REGISTRATIONS // 10)]
        measured[f"{size}"] = {"made_in_s": round(seconds, 1), **_measure(database_url, forms)}
    small, large = (measured[f"{size}"]["use_case"]["p95_ms"] for size in SIZES)
    return {
        "sizes": measured,
        "goals": {
            "p95_ms_at_a_million": goal(large, P95_LIMIT_MS),
            "p95_growth": goal(round(large / small, 2), GROWTH_LIMIT),
        },
    }


def _leave_room(database_url: str) -> None:
    """Let keys and record numbers of the registered begin behind the sample's, which bring their own."""
    with connect(database_url) as connection:
        connection.execute("SELECT setval(pg_get_serial_sequence('patient', 'id'), %s)", [_ROOM])
        connection.execute("SELECT setval('patient_mrn_seq', %s)", [_ROOM])


def _form(chance: random.Random, people: People) -> dict[str, str]:
    given, family, born, _ = people.person(chance.randrange(10**6))
    return {
        "key": str(UUID(int=chance.getrandbits(128))),
        "family_name": family,
        "given_names": given,
        "birth": born.isoformat(),
        "sex_at_birth": chance.choice(("female", "male")),
        "phones_1_number": f"617 2{chance.randrange(10**6):06d}",
        "address_line": f"{chance.randrange(1, 900)} Main Street",
        "postal_code": f"{chance.randrange(10**5):05d}",
        "city": "Boston",
        "country": "US",
        "duplicate_reason": "Asked: another person",
    }


def _measure(database_url: str, forms: list[dict[str, str]]) -> dict[str, Any]:
    """Each registration by the use case, then its rows once more by plain INSERTs, each in a transaction of its own."""
    actor = Actor.system("bench", _HERE)
    engine = db.make_engine(database_url, pool_size=1)
    db.bind(engine)
    try:
        with connect(database_url) as raw:
            raw.autocommit = True
            taken = [_once(raw, actor, form) for form in forms]
    finally:
        db.bind(None)
        engine.dispose()
    counted = taken[len(forms) - REGISTRATIONS :]
    looked, by_use_case, plain = ([times[place] for times in counted] for place in range(3))
    return {
        "registrations_a_second": round(len(by_use_case) / sum(by_use_case), 1),
        "use_case": spread(by_use_case),
        "plain_insert": spread(plain),
        "reading_along": spread(looked),
        "ratio_p50": round(spread(by_use_case)["p50_ms"] / spread(plain)["p50_ms"], 2),
        "ratio_p95": round(spread(by_use_case)["p95_ms"] / spread(plain)["p95_ms"], 2),
    }


def _once(raw: psycopg.Connection[Any], actor: Actor, form: dict[str, str]) -> tuple[float, float, float]:
    """Seconds to read along, to register, and to insert the same rows plainly."""
    identity, request = IdentityInput.from_form(form), RegistrationInput.from_form(form)
    looked, _ = _timed(lambda session: read_typing(session, actor, request=identity))
    spent, row = _timed(lambda session: register_patient(session, actor, request=request))
    return looked, spent, _inserted(raw, row.id)


def _timed(work: Callable[[Session], Row]) -> tuple[float, Row]:
    started = time.perf_counter()
    done = db.in_transaction(work)
    return time.perf_counter() - started, done


def _inserted(raw: psycopg.Connection[Any], patient_id: int) -> float:
    """Write a patient's rows once more, as somebody new: how long the INSERTs alone take, commit included."""
    names = ("patient", *_COPIED, "audit_entry")
    rows = dict(zip(names, raw.execute(_OWN_ROWS, [patient_id]).fetchone() or (), strict=True))
    copy_id, number = raw.execute(
        "SELECT nextval(pg_get_serial_sequence('patient', 'id')), nextval('patient_mrn_seq')"
    ).fetchone() or (0, 0)
    patient = rows["patient"] | {"id": copy_id, "mrn": f"{number}0"}
    others = {name: [_of_copy(row, copy_id) for row in rows[name]] for name in _COPIED}
    entries = [_of_copy(row, copy_id) for row in rows["audit_entry"]]
    started = time.perf_counter()
    with raw.transaction():
        raw.execute(
            "INSERT INTO patient SELECT * FROM jsonb_populate_record(NULL::patient, %s)", [Jsonb(patient)]
        )
        for name, content in {**others, "audit_entry": entries}.items():
            raw.execute(_INSERTS[name], [Jsonb(content)])
    return time.perf_counter() - started


def _of_copy(row: dict[str, Any], patient_id: int) -> dict[str, Any]:
    """A row about the copy; rows that have a key of their own keep it, with its sign turned."""
    own_key = {"id": -row["id"]} if "id" in row else {}
    return {**row, **own_key, "patient_id": patient_id}


_INSERTS: Final = {
    name: f"INSERT INTO {name} SELECT * FROM jsonb_populate_recordset(NULL::{name}, %s)"  # noqa: S608
    for name in (*_COPIED, "audit_entry")
}
