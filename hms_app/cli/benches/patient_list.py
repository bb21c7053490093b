"""How fast a page of the patient list comes among a million patients, by every filter, against its SQL alone."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from psycopg import sql

from hms_app.cli.benches.figures import goal, percentile
from hms_app.cli.benches.loading import bare_tables
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.patients.values import LastVisit, PatientStatus, Sex
from hms_app.domain.workflows.find_patients import PatientQuestion, find_patients
from hms_app.runtime.database import connect

ROUNDS: Final = 5
"""Each page counts with its quickest round: what else the machine does must not decide the comparison."""
SEED: Final = 0.20261124

_MADE: Final = (
    "INSERT INTO department (name, name_key, code) SELECT 'Department ' || n, 'department ' || n, 'D' || n"
    " FROM generate_series(1, 30) n",
    "INSERT INTO practitioner (family_name, name_key) SELECT 'Doctor ' || n, 'doctor ' || n"
    " FROM generate_series(1, 2000) n",
    "INSERT INTO payer (name, name_key, kind) SELECT 'Payer ' || n, 'payer ' || n, 'private'"
    " FROM generate_series(1, 40) n",
    """INSERT INTO patient (mrn, family_name, given_names, name_sort, birth_date, sex_at_birth, status,
     deceased_at, last_visit_at)
    SELECT lpad((10000000 + n)::text, 8, '0'), family, given, lower(family || ' ' || given), born,
     CASE WHEN chance < 0.49 THEN 'female' WHEN chance < 0.98 THEN 'male' WHEN chance < 0.985 THEN 'other'
      ELSE 'unknown' END,
     CASE WHEN other < 0.03 THEN 'inactive' WHEN other < 0.0305 THEN 'entered_in_error' ELSE 'active' END,
     CASE WHEN other > 0.96 THEN now() END,
     CASE WHEN n % 10 <> 0 THEN now() - interval '8 years' * power(random(), 2) END
    FROM (
        SELECT n, 'Family' || floor(30000 * power(random(), 3))::int AS family,
         'Given' || floor(4000 * power(random(), 3))::int AS given,
         current_date - floor(36500 * random())::int AS born, random() AS chance, random() AS other
        FROM generate_series(1, 1000000) n OFFSET 0
    ) AS person""",
    """INSERT INTO encounter (patient_id, status, encounter_class, practitioner_id, department_id, occurred_at)
    SELECT p.id, 'completed', 'ambulatory', 1 + floor(2000 * power(random(), 2))::int,
     1 + floor(30 * power(random(), 4))::int, p.last_visit_at - interval '200 days' * (visit - 1)
    FROM patient p, generate_series(1, 2) visit WHERE p.last_visit_at IS NOT NULL""",
    """INSERT INTO condition (patient_id, status, code, code_system, display, occurred_at)
    SELECT p.id, 'active', 'C' || floor(10000 * power(random(), 6))::int, 'BENCH', 'Condition', now()
    FROM patient p, generate_series(1, 2)""",
    """INSERT INTO coverage (patient_id, payer_id, starts_on)
    SELECT p.id, 1 + floor(40 * power(random(), 3))::int, current_date - 400 FROM patient p WHERE p.id % 5 <> 0""",
)
_LOADED_TABLES: Final = ("patient", "encounter", "condition", "coverage")


def run(database_url: str) -> dict[str, Any]:
    """Make a million patients with visits, conditions and payers, and page through each filter; milliseconds."""
    started = time.perf_counter()
    _make(database_url)
    made_in = time.perf_counter() - started
    actor = replace(Actor.system("bench"), looks=False)  # What finding costs, without the note of it.
    engine = db.make_engine(database_url, pool_size=1)
    db.bind(engine)
    try:
        with connect(database_url) as raw:
            raw.autocommit = True
            pages = [
                (name, question, bookmark)
                for name, asked in _questions(raw)
                for question, bookmark in _first_two(actor, PatientQuestion(**asked))
            ]
            measured = [_times(engine, raw, actor, *page) for page in pages]
    finally:
        db.bind(None)
        engine.dispose()
    return {
        "made_in_s": round(made_in, 1),
        "pages": len(pages),
        **_figures([page[0] for page in pages], measured),
    }


def _make(database_url: str) -> None:
    with connect(database_url) as connection:
        connection.autocommit = True
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET statement_timeout = 0")
        connection.execute(f"SELECT setseed({SEED})")
        connection.execute("SET maintenance_work_mem = '512MB'")
        with bare_tables(connection, _LOADED_TABLES):
            for statement in _MADE:
                connection.execute(statement)
        connection.execute("VACUUM (ANALYZE) patient, encounter, condition, coverage")


def _questions(raw: psycopg.Connection[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each filter with values that many, some and hardly any patients have; and several at once."""
    yield "no filter", {}
    for sex in (Sex.FEMALE, Sex.OTHER):
        yield "sex", {"sex": sex}
    for youngest, oldest in ((0, 1), (18, 39), (99, None)):
        yield "age", {"age_from": youngest, "age_to": oldest}
    yield "deceased", {"deceased": True}
    for status in (PatientStatus.INACTIVE, PatientStatus.ENTERED_IN_ERROR):
        yield "status", {"status": status}
    for band in LastVisit:
        yield "last visit", {"last_visit": band}
    for part, table, column in (
        ("department", "encounter", "department_id"),
        ("practitioner", "encounter", "practitioner_id"),
        ("payer", "coverage", "payer_id"),
        ("condition", "condition", "code"),
    ):
        for value in _spread(raw, table, column):
            yield part, {part: value}
    common, _, _, rare = _spread(raw, "condition", "code")
    yield "several", {"condition": common, "sex": Sex.FEMALE, "age_from": 18, "age_to": 39}
    yield "several", {"condition": rare, "department": 1, "last_visit": LastVisit.YEAR}
    yield "several", {"payer": 1, "department": 1, "sort": "-last_visit"}
    for sort in ("-birth_date", "mrn", "-updated", "-last_visit"):
        yield "sort", {"sort": sort, "sex": Sex.MALE}


def _spread(raw: psycopg.Connection[Any], table: str, column: str) -> tuple[Any, ...]:
    """The commonest value of a column, the rarest, and two between."""
    values = sql.SQL("SELECT {0} FROM {1} GROUP BY 1 ORDER BY count(*) DESC, 1")
    found = raw.execute(values.format(sql.Identifier(column), sql.Identifier(table))).fetchall()
    return tuple(found[int(place * (len(found) - 1))][0] for place in (0, 0.02, 0.2, 1))


def _first_two(actor: Actor, question: PatientQuestion) -> list[tuple[PatientQuestion, str | None]]:
    with db.transaction() as session:
        second = find_patients(session, actor, question=question).next_bookmark
    return [(question, None), (question, second)] if second else [(question, None)]


def _times(
    engine: sa.Engine,
    raw: psycopg.Connection[Any],
    actor: Actor,
    _name: str,
    question: PatientQuestion,
    bookmark: str | None,
) -> tuple[float, float]:
    """The quickest of the rounds in milliseconds: by the use case, and by the statements it ran."""
    statements: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:
        statements.append((arguments[2], arguments[3]))

    sa.event.listen(engine, "before_cursor_execute", note)
    _ask(actor, question, bookmark)
    sa.event.remove(engine, "before_cursor_execute", note)
    by_use_case, by_sql = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        _ask(actor, question, bookmark)
        by_use_case.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        with raw.transaction():
            for statement, values in statements:
                raw.execute(statement, values).fetchall()
        by_sql.append((time.perf_counter() - started) * 1000)
    return min(by_use_case), min(by_sql)


def _ask(actor: Actor, question: PatientQuestion, bookmark: str | None) -> None:
    with db.transaction() as session:
        find_patients(session, actor, question=question, at=bookmark)


def _figures(names: list[str], measured: list[tuple[float, float]]) -> dict[str, Any]:
    use_case_p95 = percentile([by_use_case for by_use_case, _ in measured], 0.95)
    sql_p95 = percentile([by_sql for _, by_sql in measured], 0.95)
    slowest = {
        name: round(max(times[0] for times, of in zip(measured, names, strict=True) if of == name), 2)
        for name in dict.fromkeys(names)
    }
    return {
        "use_case_p95_ms": round(use_case_p95, 2),
        "sql_p95_ms": round(sql_p95, 2),
        "slowest_page_ms": slowest,
        "goals": {
            "p95_ms": goal(round(use_case_p95, 2), 50.0),
            "p95_over_raw_sql": goal(round(use_case_p95 / sql_p95, 2), 3.0),
        },
    }
