"""The search's SQL: bounded scans of `patient_search_key`, one for each way the terms can be meant.

A patient is found by a single key, by two name words, or by a date of birth and a name word in one range of an
index each; two words are driven by the longer one, through the words of the vocabulary that begin with it.
Further terms only filter. No scan reads more than `SCAN_CAP` keys.

The statements leave PostgreSQL no choice: sub-selects with ORDER BY, LIMIT or OFFSET stay as they are and are joined
row by row, in their order, until enough are found. Statistics about prefixes mislead it.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hms_app.domain.patients.values import KeyRange, SearchTerm

SCAN_CAP: Final = 2000
"""The most keys one scan reads before its filters: what bounds a search that hardly anybody fits."""
MOST_WAYS: Final = 12
TELLING_DIGITS: Final = 4
"""A number of no more digits than these is the start of too many others to say much."""
REPEATS: Final = 4
"""A patient with several words that begin alike comes up as often; scans read so much more than is wanted."""


class Statement(NamedTuple):
    """SQL of fixed fragments, and its bound values."""

    sql: str
    values: dict[str, Any]


def rows_of(session: Session, statement: Statement) -> list[Mapping[str, Any]]:
    """Run a statement of fixed fragments; the driver's own call spares the search a third of its time."""
    return list(session.connection().exec_driver_sql(statement.sql, statement.values).mappings())  # type: ignore[arg-type]


def matches(terms: list[SearchTerm], condition: str, *, cap: int) -> Statement | None:
    """Rows (patient_id, way, first, second): `cap` patients or more who fit all terms and the condition on `p`.

    None when there is no term. `way`, `first` and `second` sort the best first.
    """
    if not terms:
        return None
    values = _Values()
    driving, others = _chosen([_sharpened(term) for term in terms] if len(terms) > 1 else terms)
    ways = [way for ranges in product(*(term.ranges for term in driving)) for way in _ways(ranges, values)]
    if not ways:
        return None
    extras = "".join(f", {_has(term, values, 's', f'x{n}')}" for n, term in enumerate(others))
    scans = [
        f"(SELECT s.patient_id, {place} AS way, s.first, s.second FROM ({way}) s, LATERAL"
        f" (SELECT 1 FROM patient p WHERE p.id = s.patient_id AND {condition} OFFSET 0) seen{extras}"
        f" LIMIT {cap * REPEATS})"
        for place, way in enumerate(ways[:MOST_WAYS])
    ]
    return Statement(
        "SELECT DISTINCT ON (patient_id) patient_id, way, first, second"
        f" FROM ({' UNION ALL '.join(scans)}) u ORDER BY patient_id, way, first, second",
        values.bound,
    )


class _Values:
    """Bound values, named as they come."""

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {}

    def bind(self, value: str) -> str:
        name = f"k{len(self.bound)}"
        self.bound[name] = value
        return f"%({name})s"

    def within(self, column: str, keys: KeyRange, strip: int = 0) -> str:
        if keys.is_exact:
            return f"{column} = {self.bind(keys.start[strip:])}"
        return f"{column} >= {self.bind(keys.start[strip:])} AND {column} < {self.bind(keys.end[strip:])}"


def _chosen(terms: list[SearchTerm]) -> tuple[list[SearchTerm], list[SearchTerm]]:
    """The one or two terms to scan by (the most telling), and those that only filter."""
    ranked = sorted(terms, key=_weight, reverse=True)
    count = 1 if _is_number(ranked[0]) or len(ranked) == 1 else 2
    return ranked[:count], ranked[count:]


def _sharpened(term: SearchTerm) -> SearchTerm:
    """Beside another term, four digits that can be a year are not also taken for the start of a number."""
    kept = tuple(
        keys for keys in term.ranges if keys.start[0] in "dn" or len(keys.start) > TELLING_DIGITS + 2
    )
    return SearchTerm(kept) if kept else term


def _weight(term: SearchTerm) -> tuple[bool, bool, int]:
    is_exact = any(keys.is_exact for keys in term.ranges)
    return _is_number(term), is_exact, max(len(keys.start) for keys in term.ranges)


def _is_number(term: SearchTerm) -> bool:
    """Whether the term is long enough a record number, phone or identifier to be scanned by alone."""
    return all(keys.start[0] in "mpi" and len(keys.start) >= 7 for keys in term.ranges)


def _ways(ranges: tuple[KeyRange, ...], values: _Values) -> list[str]:
    if len(ranges) == 1:
        return [_single(ranges[0], values)]
    first, second = sorted(ranges)
    if second.start[0] not in "dn" or first.start[0] not in "dn":
        alone, other = (first, second) if first.start[0] in "mpi" else (second, first)
        return [_single(alone, values, also=other)]
    if first.start[0] == second.start[0] == "d":
        return []
    ways = [_pair(first, second, values)]
    if second.start.startswith(first.start):
        ways.append(_pair(second, first, values))
    return ways


def _single(keys: KeyRange, values: _Values, also: KeyRange | None = None) -> str:
    scan = (
        "SELECT k.patient_id, k.key AS first, k.second_key AS second FROM patient_search_key k"
        f" WHERE {values.within('k.key', keys)} AND k.second_key = ''"
        f" ORDER BY k.key, k.second_key, k.patient_id LIMIT {SCAN_CAP}"
    )
    if also is None:
        return scan
    return f"SELECT a.* FROM ({scan}) a, {_has(SearchTerm((also,)), values, 'a', 'also')}"


def _pair(first: KeyRange, second: KeyRange, values: _Values) -> str:
    if first.is_exact:
        return (
            "SELECT k.patient_id, k.key AS first, k.second_key AS second FROM patient_search_key k"
            f" WHERE {values.within('k.key', first)} AND {values.within('k.second_key', second)}"
            f" ORDER BY k.key, k.second_key, k.patient_id LIMIT {SCAN_CAP}"
        )
    by_second = first.start[0] == "d" or len(second.start) > len(first.start)
    driver, other = (second, first) if by_second else (first, second)
    column, rest = ("second_key", "key") if by_second else ("key", "second_key")
    return (
        "SELECT k.patient_id, 'n:' || v.word AS first, k.rest AS second FROM"
        f" (SELECT w.word FROM name_word w WHERE {values.within('w.word', driver, 2)} ORDER BY w.word) v, LATERAL"
        f" (SELECT k.patient_id, k.{rest} AS rest FROM patient_search_key k"
        f" WHERE k.{column} = 'n:' || v.word AND {values.within(f'k.{rest}', other)}{_is_pair(by_second)}"
        f" ORDER BY k.{column}, k.{rest}, k.patient_id LIMIT {SCAN_CAP}) k LIMIT {SCAN_CAP}"
    )


def _is_pair(by_second: bool) -> str:
    """What lets PostgreSQL use the index of second keys, whatever the values."""
    return " AND k.second_key <> ''" if by_second else ""


def _has(term: SearchTerm, values: _Values, of: str, name: str) -> str:
    """A join that keeps the rows of `of` whose patient has a key of the term, looked up among their few keys."""
    ranges = " OR ".join(f"({values.within('e.key', keys)})" for keys in term.ranges)
    return (
        "LATERAL (SELECT 1 FROM (SELECT o.key, o.second_key FROM patient_search_key o"
        f" WHERE o.patient_id = {of}.patient_id OFFSET 0) e WHERE e.second_key = '' AND ({ranges}) LIMIT 1) {name}"
    )
