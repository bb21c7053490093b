"""How fast a patient is found among ten thousand and among a million, against the same SQL without the use case."""

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import psycopg

from hms_app.cli.benches.figures import goal, percentile
from hms_app.cli.benches.loading import bare_tables
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.patients.queries import Statement, search_patients, search_statement
from hms_app.domain.patients.rules import mrn_of, name_sort, search_keys
from hms_app.domain.patients.values import PhoneNumber
from hms_app.runtime.database import connect

SIZES: Final = (10_000, 1_000_000)
SEARCHES: Final = 600
"""Searches measured at each size, after as many to warm up."""
ROUNDS: Final = 5
"""Each search counts with its quickest round: what else the machine does must not decide the comparison."""
SEED: Final = 20_261_123
LIMIT: Final = 8

_CHUNK: Final = 20_000
_LOADED_TABLES: Final = ("patient", "patient_search_key")
_FIRST_MRN: Final = 1_000_001
_ONSETS: Final = (*"bcdfghjklmnprstvw", "br", "ch", "gr", "st")
_VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "ei", "ou")
_ENDS: Final = ("", "", "n", "r", "s", "l", "tt", "nd", "ck", "z")


def run(database_url: str) -> dict[str, Any]:
    """Fill the database with each size in turn and measure; p50 and p95 in milliseconds."""
    people = People(random.Random(SEED))  # noqa: S311  (sample data)
    measured: dict[str, Any] = {}
    for size in SIZES:
        started = time.perf_counter()
        people.fill(database_url, up_to=size)
        seconds = time.perf_counter() - started
        measured[f"{size}"] = {"made_in_s": round(seconds, 1), **_measure(database_url, people.searches())}
    small, large = (measured[f"{size}"] for size in SIZES)
    growth = round(large["use_case_p95_ms"] / small["use_case_p95_ms"], 2)
    return {
        "sizes": measured,
        "growth_p50": round(large["use_case_p50_ms"] / small["use_case_p50_ms"], 2),
        "growth_p95": growth,
        "goals": {
            "p95_over_raw_sql": goal(large["ratio_p95"], 3.0),
            "p95_growth": goal(growth, 2.0),
        },
    }


class People:
    """Made-up patients: few names are frequent, most are rare, as in life."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._given = self._names(4_000)
        self._family = self._names(30_000)
        self._words: set[str] = set()
        self._count = 0
        self._known: list[tuple[str, str, str, str, str, str]] = []

    def fill(self, database_url: str, *, up_to: int) -> None:
        """Add patients by COPY until there are `up_to`; indices are put back at the end."""
        with connect(database_url) as patients, connect(database_url) as keys:
            for connection in (patients, keys):
                connection.autocommit = True
                connection.execute("SET synchronous_commit = off")
                connection.execute("SET statement_timeout = 0")
            patients.execute("SET maintenance_work_mem = '512MB'")
            with bare_tables(patients, _LOADED_TABLES):
                self._copy(patients, keys, up_to)
            patients.execute("TRUNCATE name_word")
            with patients.cursor().copy("COPY name_word (word) FROM STDIN") as copy:
                copy.write("".join(f"{word}\n" for word in sorted(self._words)).encode())
            patients.execute("VACUUM (ANALYZE) patient, patient_search_key, name_word")

    def searches(self) -> list[str]:
        """What people type, by every road, about patients who exist and some who do not."""
        chance = random.Random(SEED + 1)  # noqa: S311  (sample data)
        chosen = [chance.choice(self._known) for _ in range(SEARCHES)]
        return [_typed(chance, place, person) for place, person in enumerate(chosen)]

    def _copy(self, patients: psycopg.Connection[Any], keys: psycopg.Connection[Any], up_to: int) -> None:
        patient_copy = (
            "COPY patient (id, mrn, family_name, given_names, name_sort, birth_date, sex_at_birth) FROM STDIN"
        )
        key_copy = "COPY patient_search_key (key, second_key, patient_id) FROM STDIN"
        with patients.cursor().copy(patient_copy) as to_patients, keys.cursor().copy(key_copy) as to_keys:
            while self._count < up_to:
                rows, key_rows = self._made(min(_CHUNK, up_to - self._count))
                to_patients.write("".join(rows).encode())
                to_keys.write("".join(key_rows).encode())

    def _made(self, count: int) -> tuple[list[str], list[str]]:
        rows, key_rows = [], []
        for _ in range(count):
            self._count += 1
            number = self._count
            given, family, born, mrn = self.person(number)
            phone = f"617{self._chance.randrange(10**7):07d}"
            code = f"{self._chance.randrange(10**9):09d}"
            sex = "female" if number % 2 else "male"
            rows.append(f"{number}\t{mrn}\t{family}\t{given}\t{name_sort(family, given)}\t{born}\t{sex}\n")
            for key, second in search_keys(
                names=(given, family),
                mrn=mrn,
                birth_date=born,
                phones=(PhoneNumber(f"1{phone}", phone),),
                identifiers=(code,),
            ):
                key_rows.append(f"{key}\t{second}\t{number}\n")
            self._words.update(f"{given} {family}".lower().split())
            if number <= SIZES[0]:
                self._known.append((given, family, born.isoformat(), mrn, phone, code))
        return rows, key_rows

    def person(self, number: int) -> tuple[str, str, dt.date, str]:
        """Somebody's given and family names, date of birth and record number."""
        given = self._one(self._given)
        if number % 3 == 0:
            given = f"{given} {self._one(self._given)}"
        family = self._one(self._family)
        if number % 7 == 0:
            family = f"{family} {self._one(self._family)}"
        born = dt.date(1925, 1, 1) + dt.timedelta(days=self._chance.randrange(365 * 100))
        return given, family, born, mrn_of(_FIRST_MRN + number)

    def _one(self, names: list[str]) -> str:
        return names[int(len(names) * self._chance.random() ** 3)]

    def _names(self, count: int) -> list[str]:
        made: dict[str, None] = {}
        while len(made) < count:
            syllables = self._chance.choice((1, 2, 2, 3))
            word = "".join(
                self._chance.choice(_ONSETS) + self._chance.choice(_VOWELS) for _ in range(syllables)
            )
            made[(word + self._chance.choice(_ENDS)).capitalize()] = None
        return list(made)


def _typed(chance: random.Random, place: int, person: tuple[str, str, str, str, str, str]) -> str:
    given, family, born, mrn, phone, code = person
    first, last = given.split()[0], family.split()[0]
    roads: tuple[Callable[[], str], ...] = (
        lambda: last[:1],
        lambda: last[:2],
        lambda: last[:3],
        lambda: last,
        lambda: f"{first} {last}",
        lambda: f"{last} {first[:3]}",
        lambda: f"{first[:1]} {last[:1]}",
        lambda: f"{first[:2]} {last[:4]}",
        lambda: f"{given} {family}",
        lambda: mrn,
        lambda: mrn[:5],
        lambda: phone,
        lambda: f"+1 {phone[:3]} {phone[3:6]} {phone[6:]}",
        lambda: code,
        lambda: born,
        lambda: f"{last} {born}",
        lambda: f"{born[:4]} {last[:2]}",
        lambda: f"{last} xyzzy",
        lambda: f"{last[:1]} qq",
        lambda: f"{last} {chance.choice('abcdefghij')} {first[:1]}",
    )
    return roads[place % len(roads)]()


def _measure(database_url: str, searches: list[str]) -> dict[str, Any]:
    """Each search by the use case and by its SQL alone, turn and turn about, each in a transaction of its own."""
    actor = replace(Actor.system("bench"), looks=False)  # What finding costs, without the note of it.
    engine = db.make_engine(database_url, pool_size=1)
    db.bind(engine)
    try:
        with connect(database_url) as raw:
            raw.autocommit = True
            statements = [(text, search_statement(actor, text=text, limit=LIMIT)) for text in searches]
            _times(raw, actor, statements)
            rounds = [_times(raw, actor, statements) for _ in range(ROUNDS)]
    finally:
        db.bind(None)
        engine.dispose()
    by_use_case = [min(times) for times in zip(*(use_case for use_case, _ in rounds), strict=True)]
    by_sql = [min(times) for times in zip(*(plain for _, plain in rounds), strict=True)]
    slowest = max(range(len(searches)), key=lambda place: by_use_case[place])
    figures = {
        "use_case_p50_ms": round(percentile(by_use_case, 0.50), 3),
        "use_case_p95_ms": round(percentile(by_use_case, 0.95), 3),
        "sql_p50_ms": round(percentile(by_sql, 0.50), 3),
        "sql_p95_ms": round(percentile(by_sql, 0.95), 3),
    }
    return {
        **figures,
        "ratio_p50": round(figures["use_case_p50_ms"] / figures["sql_p50_ms"], 2),
        "ratio_p95": round(figures["use_case_p95_ms"] / figures["sql_p95_ms"], 2),
        "slowest": {"search": searches[slowest], "ms": round(by_use_case[slowest], 2)},
    }


def _times(
    raw: psycopg.Connection[Any], actor: Actor, searches: list[tuple[str, Statement | None]]
) -> tuple[list[float], list[float]]:
    by_use_case, by_sql = [], []
    for text, statement in searches:
        started = time.perf_counter()
        with db.transaction() as session:
            search_patients(session, actor, text=text, limit=LIMIT)
        by_use_case.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        if statement is not None:
            with raw.transaction():
                raw.execute(statement.sql, statement.values).fetchall()
        by_sql.append((time.perf_counter() - started) * 1000)
    return by_use_case, by_sql
