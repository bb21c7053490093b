"""How well and how fast two records of one person are found: on FEBRL, and among a million patients.

Both take the road of the hospital: the people are patients in the database, `scan_register` walks over them, and
what counts is what stands on the worklist from `LIKELY` on.
"""

import datetime as dt
import random
import string
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import psycopg
from psycopg import sql

from hms_app.cli.benches.febrl import Person, people_of, true_pairs
from hms_app.cli.benches.figures import at_least, goal
from hms_app.cli.benches.loading import bare_tables
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.queries import find_likely_duplicates
from hms_app.domain.duplicates.service import run_scan, start_scan
from hms_app.domain.duplicates.values import ScanRow
from hms_app.domain.patients import rules as patient_rules
from hms_app.domain.patients.values import PhoneNumber
from hms_app.runtime.database import connect

PEOPLE: Final = 1_000_000
PLANTED: Final = 10_000
"""Patients among them who are there twice, with the slips of a registration desk."""
TWINS: Final = 5_000
"""Brothers and sisters of one birth at one address: nobody's duplicates."""
SEED: Final = 20_261_124
LOOKED_UP: Final = 300
PRECISION: Final = 0.98
RECALL: Final = 0.95
LONGEST_MINUTES: Final = 15

_TABLES: Final = (
    "patient",
    "patient_search_key",
    "patient_identifier",
    "patient_contact_point",
    "patient_address",
)
_DERIVED: Final = ("patient_duplicate", "duplicate_scan", "name_word", *_TABLES)
_CHUNK: Final = 10_000
_ACTOR: Final = Actor.system("bench")


def run(database_url: str) -> dict[str, Any]:
    """Measure on each FEBRL set, then on a million made-up patients."""
    febrl = {number: people_of(number) for number in (1, 2, 3, 4)}
    engine = db.make_engine(database_url, pool_size=3)
    db.bind(engine)
    try:
        measured = {f"febrl {number}": _on_febrl(database_url, people) for number, people in febrl.items()}
        million = _on_a_million(database_url)
    finally:
        db.bind(None)
        engine.dispose()
    return {
        **measured,
        "a million": million,
        "goals": {
            **_quality("febrl 1", measured["febrl 1"]),
            **_quality("febrl 4", measured["febrl 4"]),
            "minutes for a million": goal(million["scanned_in_min"], LONGEST_MINUTES),
        },
    }


def _quality(name: str, measured: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{name} precision": at_least(measured["precision"], PRECISION),
        f"{name} recall": at_least(measured["recall"], RECALL),
    }


def _on_febrl(database_url: str, people: list[Person]) -> dict[str, Any]:
    _fill(database_url, people)
    seconds = _scan()
    return {"records": len(people), "seconds": round(seconds, 1), **_rated(true_pairs(people), _found())}


def _on_a_million(database_url: str) -> dict[str, Any]:
    started = time.perf_counter()
    made = _MadeUp(random.Random(SEED))  # noqa: S311  (sample data)
    _fill(database_url, made.people())
    making = time.perf_counter() - started
    seconds = _scan(shown=True)
    found = _found()
    return {
        "patients": made.count,
        "made_in_s": round(making),
        "scanned_in_min": round(seconds / 60, 1),
        "twins_taken_for_one": len(found & made.twins),
        **_rated(made.pairs, found),
        "look_up": _look_ups(made),
    }


def _rated(true: set[tuple[int, int]], found: set[tuple[int, int]]) -> dict[str, Any]:
    right = len(true & found)
    return {
        "pairs": len(true),
        "precision": round(right / len(found), 4) if found else 0.0,
        "recall": round(right / len(true), 4),
    }


def _scan(*, shown: bool = False) -> float:
    """Scan the register from the beginning to the end; answers how many seconds it took."""
    started = time.perf_counter()
    db.in_transaction(lambda session: start_scan(session, _ACTOR))
    run_scan(on_progress=_show if shown else None)
    if shown:
        print(file=sys.stderr)
    return time.perf_counter() - started


def _show(scan: ScanRow) -> None:
    print(f"\r     {scan.sentence:<72}", end="", file=sys.stderr, flush=True)


def _found() -> set[tuple[int, int]]:
    """The pairs of the worklist that are more probably one person than two, as places in the list of people."""
    with db.transaction() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT first_id - 1, second_id - 1 FROM patient_duplicate WHERE weight >= %(likely)s",
            {"likely": rules.LIKELY},
        )
        return {(first, second) for first, second in rows}


def _look_ups(made: "_MadeUp") -> dict[str, float]:
    """How long the look-up while somebody registers takes, and how often it finds who is there."""
    times, hits = [], 0
    for patient_id, person in made.asked:
        facts = _facts_of(person)
        started = time.perf_counter()
        with db.transaction() as session:
            likely = find_likely_duplicates(session, _ACTOR, facts=facts, leave_out=patient_id + 1)
        times.append((time.perf_counter() - started) * 1000)
        hits += any(
            (min(row.row.id - 1, patient_id), max(row.row.id - 1, patient_id)) in made.pairs for row in likely
        )
    times.sort()
    return {
        "p50_ms": round(times[len(times) // 2], 1),
        "p95_ms": round(times[len(times) * 95 // 100], 1),
        "found": round(hits / len(times), 4),
    }


def _facts_of(person: Person) -> Any:
    return rules.match_facts(
        given_names=person["given_names"],
        family_name=person["family_name"],
        birth_date=person["birth_date"],
        sex=person.get("sex", "unknown"),
        phones=[f"+1{person['phone']}"] if person.get("phone") else [],
        addresses=[(person["address_line"], person["city"], person["postal_code"])],
    )


# Filling.


def _fill(database_url: str, people: Iterable[Person]) -> None:
    """Put the people, numbered from 1, into empty tables by COPY."""
    with connect(database_url) as connection:
        connection.autocommit = True
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET statement_timeout = 0")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute(
            sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, _DERIVED)))
        )
        with bare_tables(connection, _TABLES):
            for start, chunk in _chunks(people):
                _copy(connection, chunk, start)
        connection.execute("VACUUM (ANALYZE) " + ", ".join(_TABLES))


def _chunks(people: Iterable[Person]) -> Iterator[tuple[int, list[Person]]]:
    start, chunk = 1, []
    for person in people:
        chunk.append(person)
        if len(chunk) == _CHUNK:
            yield start, chunk
            start, chunk = start + len(chunk), []
    if chunk:
        yield start, chunk


def _copy(connection: "psycopg.Connection[Any]", people: list[Person], start: int) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
    for number, person in enumerate(people, start=start):
        _add_rows(rows, number, person)
    for table, columns in _COLUMNS.items():
        with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows[table]:
                copy.write_row(row)


_COLUMNS: Final = {
    "patient": "id, mrn, family_name, given_names, name_sort, birth_date, sex_at_birth",
    "patient_search_key": "key, second_key, patient_id",
    "patient_identifier": "patient_id, type, issuer, value",
    "patient_contact_point": "patient_id, system, value, digits",
    "patient_address": "patient_id, address_line, city, postal_code",
}


def _add_rows(rows: dict[str, list[tuple[Any, ...]]], number: int, person: Person) -> None:
    given, family, mrn = (
        person["given_names"],
        person["family_name"],
        patient_rules.mrn_of(1_000_000 + number),
    )
    phone = person.get("phone")
    rows["patient"].append(
        (
            number, mrn, family or ("" if given else "?"), given, patient_rules.name_sort(family, given),
            person["birth_date"], person.get("sex", "unknown"),
        )
    )  # fmt: skip
    if person.get("ssn"):
        rows["patient_identifier"].append((number, "ssn", f"copy {number}", person["ssn"]))
    if phone:
        rows["patient_contact_point"].append((number, "phone", phone, f"1{phone}"))
    rows["patient_address"].append((number, person["address_line"], person["city"], person["postal_code"]))
    keys = patient_rules.search_keys(
        names=(given, family),
        mrn=mrn,
        birth_date=person["birth_date"],
        phones=[PhoneNumber(f"1{phone}", phone)] if phone else [],
        identifiers=[person["ssn"]] if person.get("ssn") else [],
    )
    rows["patient_search_key"].extend((key.key, key.second_key, number) for key in keys)


class _MadeUp:
    """Made-up people: few names are frequent, most are rare; families share a house and a phone."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._given, self._family = self._names(4_000), self._names(30_000)
        self.count = 0
        self.pairs: set[tuple[int, int]] = set()
        self.twins: set[tuple[int, int]] = set()
        self.asked: list[tuple[int, Person]] = []

    def people(self) -> Iterator[Person]:
        """Everybody, family after family; a duplicate some way behind whom it is of."""
        waiting: list[tuple[int, Person]] = []
        while self.count < PEOPLE:
            for person in self._household():
                if self._chance.random() < PLANTED / PEOPLE:
                    waiting.append((self.count, self._mistyped(person)))
                yield self._counted(person)
            if waiting and self._chance.random() < 0.05:
                original, again = waiting.pop(0)
                self.pairs.add((original, self.count))
                if len(self.asked) < LOOKED_UP:
                    self.asked.append((self.count, again))
                yield self._counted(again)

    def _counted(self, person: Person) -> Person:
        self.count += 1
        return person

    def _household(self) -> list[Person]:
        family, phone = self._one(self._family), f"617{self._chance.randrange(10**7):07d}"
        street = f"{self._chance.randrange(1, 300)} {self._one(self._family)} Street"
        city = self._chance.randrange(400)
        home = {
            "address_line": street,
            "city": self._family[-city - 1],
            "postal_code": f"{1000 + city * 37:05d}",
        }
        people = [self._person(family, phone, home) for _ in range(self._chance.choice((1, 1, 2, 3, 4)))]
        if len(people) > 1 and self._chance.random() < TWINS / PEOPLE * 4:
            people[-1]["birth_date"] = people[-2]["birth_date"]
            if people[-1]["given_names"] != people[-2]["given_names"]:
                self.twins.add((self.count + len(people) - 2, self.count + len(people) - 1))
        return people

    def _person(self, family: str, phone: str, home: Person) -> Person:
        born = dt.date(1925, 1, 1) + dt.timedelta(days=self._chance.randrange(365 * 100))
        return {
            "given_names": self._one(self._given),
            "family_name": family,
            "birth_date": born,
            "sex": self._chance.choice(("female", "male")),
            "phone": phone if self._chance.random() < 0.8 else "",
            "ssn": f"{self._chance.randrange(10**9):09d}" if self._chance.random() < 0.5 else "",
            **home,
        }

    def _mistyped(self, person: Person) -> Person:
        """The same person registered again: one to three things are another or missing."""
        again = dict(person)
        slips = [self._slip_of_name, self._slip_of_birth, self._moved, self._no_numbers, self._other_phone]
        for slip in self._chance.sample(slips, self._chance.randint(1, 3)):
            slip(again)
        return again

    def _slip_of_name(self, person: Person) -> None:
        field = self._chance.choice(("given_names", "family_name"))
        name, at = person[field], self._chance.randrange(1, len(person[field]))
        person[field] = name[:at] + self._chance.choice(string.ascii_lowercase) + name[at + 1 :]

    def _slip_of_birth(self, person: Person) -> None:
        person["birth_date"] = self._chance.choice(rules.slips_of(person["birth_date"]))

    def _moved(self, person: Person) -> None:
        person["address_line"] = f"{self._chance.randrange(1, 300)} {self._one(self._family)} Road"

    def _no_numbers(self, person: Person) -> None:
        person["ssn"] = ""

    def _other_phone(self, person: Person) -> None:
        person["phone"] = f"781{self._chance.randrange(10**7):07d}"

    def _one(self, names: list[str]) -> str:
        return names[int(len(names) * self._chance.random() ** 3)]

    def _names(self, count: int) -> list[str]:
        onsets, ends = (
            (*"bcdfghjklmnprstvw", "br", "ch", "gr", "st"),
            ("", "n", "r", "s", "l", "tt", "nd", "ck"),
        )
        made: dict[str, None] = {}
        while len(made) < count:
            parts = self._chance.choice((2, 2, 3))
            word = "".join(self._chance.choice(onsets) + self._chance.choice("aeiou") for _ in range(parts))
            made[(word + self._chance.choice(ends)).capitalize()] = None
        return list(made)
