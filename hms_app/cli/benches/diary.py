"""A hospital's diary for measurements: practitioners with full days behind them and busy ones before them.

All of it is made by a few statements over whole sets, between tables without their indices.
"""

import datetime as dt
from typing import Any, Final

import psycopg

from hms_app.cli.benches.loading import bare_tables
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.runtime.database import connect

HERE: Final = HospitalLocale("Europe/Berlin", "EUR", "en", "DE")
DESK: Final = Actor.system("bench", HERE)
PRACTITIONERS: Final = 200
SPECIALTIES: Final = 20
FULL: Final = "Specialty 0"
"""The specialty whose next 30 days are full."""
FULL_DAYS: Final = 30
AHEAD_DAYS: Final = 60
PAST_DAYS: Final = 1035
PATIENTS: Final = 20_000
_LOADED: Final = ("appointment", "reservation")
_VISITS_A_DAY: Final = 8
_BOOKED_OF_1000: Final = 700

_HOUSE: Final = (
    "INSERT INTO hospital (id, name, currency, zone_name, language, country, founded_at)"
    " VALUES (1, 'Bench', 'EUR', 'Europe/Berlin', 'en', 'DE', now())",
    "INSERT INTO department (name, name_key, code) VALUES ('Bench', 'bench', 'BENCH')",
    "INSERT INTO practitioner (family_name, name_key, specialty, department_id)"
    " SELECT 'Doctor ' || n, 'doctor ' || n, 'Specialty ' || n %% %(specialties)s, (SELECT id FROM department)"
    " FROM generate_series(0, %(practitioners)s - 1) n",
    "INSERT INTO resource (kind, practitioner_id) SELECT 'practitioner', id FROM practitioner ORDER BY id",
    "INSERT INTO healthcare_service (name, name_key, duration_minutes, ahead_days)"
    " VALUES ('Visit', 'visit', 60, 400)",
    "INSERT INTO service_resource (service_id, resource_id)"
    " SELECT s.id, r.id FROM healthcare_service s, resource r",
    "INSERT INTO schedule (resource_id, slot_minutes, valid_from)"
    " SELECT id, 15, date '2020-01-01' FROM resource",
    "INSERT INTO schedule_window (schedule_id, weekday, start_time, end_time)"
    " SELECT s.id, d, h::time, (h::time + interval '4 hours')::time"
    " FROM schedule s, generate_series(1, 5) d, unnest(ARRAY['08:00', '13:00']) h",
    "INSERT INTO patient (id, mrn, family_name, given_names, name_sort, birth_date, sex_at_birth)"
    " SELECT n, (20000000 + n)::text, 'Bench ' || n, 'Pat', 'bench ' || n, date '1980-01-01', 'female'"
    " FROM generate_series(1, %(patients)s) n",
)
_CHOSEN: Final = """
WITH days AS (
    SELECT d::date AS day, d::date - %(today)s::date AS ahead
    FROM generate_series(%(today)s::date - %(past)s, %(today)s::date + %(ahead)s, interval '1 day') d
    WHERE extract(isodow FROM d) < 6
), doctors AS (
    SELECT r.id AS resource_id, p.id AS practitioner_id, p.specialty, row_number() OVER (ORDER BY p.id) AS place
    FROM resource r JOIN practitioner p ON p.id = r.practitioner_id
), hours AS (
    SELECT n, CASE WHEN n < 4 THEN 8 + n ELSE 9 + n END AS hour FROM generate_series(0, %(visits)s - 1) n
), wanted AS (
    SELECT days.*, doctors.*, hours.n,
        (day + make_interval(hours => hour)) AT TIME ZONE 'Europe/Berlin' AS starts_at,
        abs(hashint8(place * 1000003 + (day - date '2000-01-01') * 16 + hours.n)) %% 1000 AS chance,
        ((((day - date '2000-01-01') * 8 + hours.n) * %(practitioners)s + place) %% %(patients)s) + 1 AS patient_id
    FROM days, doctors, hours
), future AS (
    SELECT * FROM wanted
    WHERE ahead >= 0 AND (chance < %(booked)s OR (specialty = %(full)s AND ahead <= %(full_days)s))
), past AS (
    SELECT * FROM wanted WHERE ahead < 0 ORDER BY chance, place, day, n
    LIMIT greatest(0, %(size)s - (SELECT count(*) FROM future))
), chosen AS (SELECT * FROM future UNION ALL SELECT * FROM past)
INSERT INTO appointment (number, patient_id, service_id, practitioner_id, status, starts_at, ends_at, booked_at)
SELECT (1000000 + row_number() OVER (ORDER BY starts_at, place))::text, patient_id,
    (SELECT id FROM healthcare_service), practitioner_id,
    CASE WHEN ahead < 0 THEN 'fulfilled' ELSE 'booked' END, starts_at, starts_at + interval '1 hour',
    starts_at - interval '20 days'
FROM chosen ORDER BY starts_at, place
"""
_HELD: Final = (
    "INSERT INTO reservation (appointment_id, resource_id, during)"
    " SELECT a.id, r.id, tstzrange(a.starts_at, a.ends_at) FROM appointment a"
    " JOIN resource r ON r.practitioner_id = a.practitioner_id",
    "INSERT INTO reservation (appointment_id, patient_id, during)"
    " SELECT id, patient_id, tstzrange(starts_at, ends_at) FROM appointment",
)


def holds(database_url: str, size: int) -> bool:
    """Whether the diary of today is there already, from a run before."""
    with connect(database_url) as connection:
        found = connection.execute(
            "SELECT count(*), max(starts_at) >= now() + make_interval(days => %s) FROM appointment",
            [AHEAD_DAYS - 7],
        ).fetchone()
        latest = connection.execute(
            "SELECT obj_description('appointment'::regclass) = %s", [_mark(size)]
        ).fetchone()
    return bool(found and found[0] and found[1] and latest and latest[0])


def fill(database_url: str, *, size: int, ahead: int = AHEAD_DAYS) -> None:
    """Make a diary of `size` appointments: the days ahead are 70 % full, the rest lies in the three years before."""
    values = {
        "today": clock.today(HERE.zone),
        "past": PAST_DAYS,
        "ahead": ahead,
        "visits": _VISITS_A_DAY,
        "booked": _BOOKED_OF_1000,
        "full": FULL,
        "full_days": FULL_DAYS,
        "practitioners": PRACTITIONERS,
        "specialties": SPECIALTIES,
        "patients": PATIENTS,
        "size": size,
    }
    with connect(database_url) as connection:
        connection.autocommit = True
        for setting in (
            "synchronous_commit = off",
            "statement_timeout = 0",
            "maintenance_work_mem = '512MB'",
        ):
            connection.execute(f"SET {setting}")
        _run(connection, *_HOUSE, values=values)
        with bare_tables(connection, _LOADED):
            _run(connection, _CHOSEN, values=values)
            _run(connection, *_HELD, values=values)
        connection.execute(
            "VACUUM (ANALYZE) appointment, reservation, resource, practitioner, patient, schedule"
        )
        connection.execute(f"COMMENT ON TABLE appointment IS '{_mark(size)}'")


def service_id(database_url: str) -> int:
    """What can be booked."""
    with connect(database_url) as connection:
        found = connection.execute("SELECT id FROM healthcare_service").fetchone()
    return int(found[0]) if found else 0


def practitioners(database_url: str) -> list[int]:
    """Who can be booked."""
    with connect(database_url) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM practitioner ORDER BY id")]


def _run(connection: psycopg.Connection[Any], *statements: str, values: dict[str, Any]) -> None:
    for statement in statements:
        connection.execute(statement, values)


def _mark(size: int) -> str:
    return f"bench diary of {size} on {dt.date.isoformat(clock.today(HERE.zone))}"
