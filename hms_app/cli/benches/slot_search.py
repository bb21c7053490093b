"""How fast a free time is found in a diary of 50,000 and of 500,000 appointments, 200 practitioners, busy weeks ahead.

Next free of a specialty, also of one that is full for 30 days; and a week of one practitioner.
"""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlmodel import Session

from hms_app.cli.benches import diary
from hms_app.cli.benches.figures import goal, spread
from hms_app.cli.benches.kept import OpenDatabase
from hms_app.core import clock, db
from hms_app.domain.scheduling.queries.availability import list_free_times, next_free
from hms_app.domain.scheduling.values.booking import SlotWish

SIZES: Final = (50_000, 500_000)
SEARCHES: Final = 100
"""Of each kind at each size, after a tenth as many to warm up."""
P95_LIMIT_MS: Final = 50.0
GROWTH_LIMIT: Final = 2.0
SEED: Final = 20_261_128


def run(open_database: OpenDatabase) -> dict[str, Any]:
    """Measure at each size; p50 and p95 in milliseconds."""
    measured: dict[str, Any] = {}
    for size in SIZES:
        with open_database(f"slots_{size}", partial(diary.holds, size=size)) as (url, is_kept):
            started = time.perf_counter()
            if not is_kept:
                diary.fill(url, size=size)
            seconds = round(time.perf_counter() - started, 1)
            measured[f"{size}"] = {"made_in_s": 0.0 if is_kept else seconds, **_measure(url)}
    small, large = (measured[f"{size}"] for size in SIZES)
    kinds = ("next_free_of_a_specialty", "next_free_of_a_full_specialty", "week_of_a_practitioner")
    return {
        "sizes": measured,
        "goals": {
            **{f"{kind}_p95_ms": goal(large[kind]["p95_ms"], P95_LIMIT_MS) for kind in kinds},
            **{
                f"{kind}_growth_p95": goal(
                    round(large[kind]["p95_ms"] / small[kind]["p95_ms"], 2), GROWTH_LIMIT
                )
                for kind in kinds
            },
        },
    }


def _measure(url: str) -> dict[str, Any]:
    chance = random.Random(SEED)  # noqa: S311  (sample data)
    service, people = diary.service_id(url), diary.practitioners(url)
    today = clock.today(diary.HERE.zone)

    def specialty() -> Callable[[Session], object]:
        name = f"Specialty {chance.randrange(1, diary.SPECIALTIES)}"
        return lambda session: next_free(session, diary.DESK, wish=SlotWish(service, specialty=name))

    def full() -> Callable[[Session], object]:
        return lambda session: next_free(session, diary.DESK, wish=SlotWish(service, specialty=diary.FULL))

    def week() -> Callable[[Session], object]:
        wish = SlotWish(service, practitioner_ids=(chance.choice(people),))
        first = today + timedelta(days=chance.randrange(diary.AHEAD_DAYS - 7))
        return lambda session: list_free_times(
            session, diary.DESK, wish=wish, first=first, last=first + timedelta(days=6)
        )

    engine = db.make_engine(url, pool_size=1)
    db.bind(engine)
    try:
        return {
            "next_free_of_a_specialty": _timed(specialty),
            "next_free_of_a_full_specialty": _timed(full),
            "week_of_a_practitioner": _timed(week),
        }
    finally:
        db.bind(None)
        engine.dispose()


def _timed(make: Callable[[], Callable[[Session], object]]) -> dict[str, float]:
    seconds = []
    for _ in range(SEARCHES + SEARCHES // 10):
        search = make()
        started = time.perf_counter()
        found = db.in_transaction(search)
        seconds.append(time.perf_counter() - started)
        if not found:
            raise RuntimeError("The diary has no free time where there should be some.")
    return spread(seconds[SEARCHES // 10 :])
