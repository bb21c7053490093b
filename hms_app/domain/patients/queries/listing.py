"""The patient list: one page after the other of those who fit a search and filters, sorted, by bookmarks.

Each filter is a `Narrowing`. The one that keeps the fewest leads: those it keeps are asked the others until more fit
than are counted, or none is left. Then they are known, and only sorted. When more fit, they are picked by their keys
where the leader keeps few, else met soon enough by walking the list in its order. Either way a page reads some ten
thousand rows, of a million patients too; PostgreSQL's own choice rests on statistics that know little of
combinations, so that it is made here.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.keyset import Keyset, Kind
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import COUNT_CAP, PAGE_SIZE, Page, capped_label
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed, use_case
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.matching import Statement, matches, rows_of
from hms_app.domain.patients.queries.patients import ROW, patient_row, visible_to
from hms_app.domain.patients.tables import IS_DECEASED, NEVER, UNBORN
from hms_app.domain.patients.values import LastVisit, PatientFilters, PatientRow

_DECEASED: Final = IS_DECEASED.replace("deceased_", "p.deceased_")
MATCH_CAP: Final = 200
"""The list sorts and pages the first 200 patients that fit the text; who wants others types more."""
FEW: Final = 10_000
"""A narrowing of no more rows picks the patients; a commoner one fits one in a hundred of a million, and is asked."""
SIZED_TO: Final = 20_000
"""How far each of several narrowings is counted to find the smallest."""


class Narrowing(NamedTuple):
    """A filter, as fixed fragments of SQL and their bound values.

    `patients` selects the `patient_id` of those it keeps; `holds` says the same as a condition on `patient p`. On
    what another table says of patients (`is_elsewhere`), they are sorted, each perhaps several times.
    """

    patients: str
    holds: str
    values: dict[str, Any]
    is_elsewhere: bool = True

    @classmethod
    def own(cls, condition: str, **values: Any) -> "Narrowing":
        """The patients whose own row is under `condition`."""
        return cls(f"SELECT p.id AS patient_id FROM patient p WHERE {condition}", condition, values, False)

    @classmethod
    def on(cls, table: str, condition: str, **values: Any) -> "Narrowing":
        """The patients with a row `t` of `table` under `condition`; OFFSET keeps the question one of each row."""
        return cls(
            f"SELECT t.patient_id FROM {table} t WHERE {condition} ORDER BY t.patient_id",
            f"EXISTS (SELECT 1 FROM {table} t WHERE t.patient_id = p.id AND {condition} OFFSET 0)",
            values,
        )


class Sort(NamedTuple):
    """What a list sorts by: its expression and type in the database and here, and a row's value."""

    expression: str
    type_name: str
    kind: Kind
    value_of: Callable[[Mapping[str, Any]], Any]


_SORTS: Final[dict[str, Sort]] = {
    "name": Sort("p.name_sort", "text", str, lambda row: row["name_sort"]),
    "birth_date": Sort(
        f"coalesce(p.birth_date, {UNBORN})", "date", dt.date, lambda row: row["birth_date"] or dt.date.min
    ),
    "mrn": Sort("p.mrn", "text", str, lambda row: row["mrn"]),
    "updated": Sort("p.updated_at", "timestamptz", dt.datetime, lambda row: row["updated_at"]),
    "last_visit": Sort(
        f"coalesce(p.last_visit_at, {NEVER})",
        "timestamptz",
        dt.datetime,
        lambda row: row["last_visit_at"] or dt.datetime.min.replace(tzinfo=dt.UTC),
    ),
}
SORTS: Final = tuple(_SORTS)


@use_case(Permission.PATIENTS_PATIENT_READ)
def list_patients(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    filters: PatientFilters | None = None,
    narrowings: Sequence[Narrowing] = (),
    sort: str = "name",
    bookmark: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[PatientRow]:
    """A page of `size` patients by one of `SORTS`; "-name" sorts downwards.

    With `text` it pages through the first `MATCH_CAP` matches. Raises DomainError for an unknown sort or a
    damaged bookmark, NotPermitted for a filter or a sort by last visits without the right to see visits.
    """
    name = sort.removeprefix("-")
    if name not in _SORTS:
        raise DomainError("Patients cannot be sorted by that.")
    wanted = filters or PatientFilters()
    if wanted.last_visit or name == "last_visit":
        ensure_allowed(actor, Permission.CLINICAL_ENCOUNTER_READ)
    asked = [*_own(actor.locale, wanted), *narrowings]
    values = {key: value for narrowing in asked for key, value in narrowing.values.items()}
    base = _base(actor, wanted)
    if text.strip():
        condition = _all_of(base, asked)
        found = matches(rules.parse_search(text, today=actor.locale.today()), condition, cap=MATCH_CAP + 1)
        if found is None:
            return Page(count_label="0")
        values |= found.values
        condition = f"p.id IN (SELECT patient_id FROM ({found.sql}) m LIMIT {MATCH_CAP + 1})"
        label = _counted(_count(session, _those(condition), values, MATCH_CAP), MATCH_CAP)
    elif asked:
        condition, count = _led(session, base, asked, values)
        label = _counted(count, COUNT_CAP)
    else:
        condition, label = base, _counted(_count(session, _those(base), values, COUNT_CAP), COUNT_CAP)
    return _page(
        session, actor.locale, condition, values, sort=sort, bookmark=bookmark, label=label, size=size
    )


def _led(
    session: Session, base: str, narrowings: Sequence[Narrowing], values: dict[str, Any]
) -> tuple[str, int]:
    """The condition of the list, perhaps on a further bound value, and how many fit it, to just above the cap."""
    sizes = _sizes(session, narrowings, values)
    leader = narrowings[sizes.index(min(sizes))]
    others = _all_of(base, [narrowing for narrowing in narrowings if narrowing is not leader])
    found = rows_of(session, Statement(f"{_those_of(leader, others)} LIMIT {COUNT_CAP + 1}", values))
    if len(found) <= COUNT_CAP:
        values["those"] = [row["patient_id"] for row in found]
        return "p.id = ANY(%(those)s::bigint[])", len(found)
    if leader.is_elsewhere and min(sizes) <= FEW:
        picked = f"p.id = ANY(ARRAY(SELECT DISTINCT n.patient_id FROM ({leader.patients}) n))"
        return f"{picked} AND {others}", len(found)
    return f"{others} AND {leader.holds}", len(found)


def _sizes(session: Session, narrowings: Sequence[Narrowing], values: dict[str, Any]) -> list[int]:
    """How many rows each narrowing keeps, to just above a cap; of an only one on the patients' rows nobody asks."""
    if len(narrowings) == 1:
        return [_count(session, one.patients, values, FEW) if one.is_elsewhere else 0 for one in narrowings]
    return [_count(session, narrowing.patients, values, SIZED_TO) for narrowing in narrowings]


def _all_of(base: str, narrowings: Sequence[Narrowing]) -> str:
    return " AND ".join([base, *(narrowing.holds for narrowing in narrowings)])


def _those(condition: str) -> str:
    return f"SELECT 1 FROM patient p WHERE {condition}"


def _those_of(leader: Narrowing, others: str) -> str:
    """Those the leader keeps who are under `others` as well, in the order of its index.

    That order must reach DISTINCT, which then stops at a limit; nothing may be put around `leader.patients`.
    """
    if not leader.is_elsewhere:
        return f"{leader.patients} AND {others}"
    return (
        f"SELECT DISTINCT n.patient_id FROM ({leader.patients}) n, LATERAL"
        f" (SELECT 1 FROM patient p WHERE p.id = n.patient_id AND {others} OFFSET 0) seen"
    )


def _count(session: Session, rows: str, values: dict[str, Any], cap: int) -> int:
    statement = f"SELECT count(*) AS n FROM (SELECT 1 FROM ({rows}) r LIMIT {cap + 1}) c"
    return int(rows_of(session, Statement(statement, values))[0]["n"])


def _counted(count: int, cap: int) -> str:
    return f"{cap:,}+" if count > cap else capped_label(count)


def _base(actor: Actor, filters: PatientFilters) -> str:
    """Whom the list may show at all."""
    return visible_to(actor) + (
        "" if filters.status else " AND p.status NOT IN ('entered_in_error', 'merged')"
    )


def _own(locale: HospitalLocale, filters: PatientFilters) -> list[Narrowing]:
    """What the filters say of a patient's own row."""
    narrowings = []
    if filters.sex:
        narrowings.append(Narrowing.own("p.sex_at_birth = %(sex)s", sex=str(filters.sex)))
    if filters.status:
        narrowings.append(Narrowing.own("p.status = %(status)s", status=str(filters.status)))
    if filters.deceased is not None:
        narrowings.append(Narrowing.own(_DECEASED if filters.deceased else f"NOT {_DECEASED}"))
    if filters.age_from is not None or filters.age_to is not None:
        born_from, born_to = _born_between(locale.today(), filters)
        born = f"coalesce(p.birth_date, {UNBORN}) BETWEEN %(born_from)s AND %(born_to)s"
        narrowings.append(Narrowing.own(born, born_from=born_from, born_to=born_to))
    if filters.last_visit is not None:
        narrowings.append(_last_seen(filters.last_visit, locale))
    return narrowings


def _last_seen(last_visit: LastVisit, locale: HospitalLocale) -> Narrowing:
    seen = f"coalesce(p.last_visit_at, {NEVER})"
    if last_visit is LastVisit.NEVER:
        return Narrowing.own(f"{seen} = {NEVER}")
    since, _ = locale.day_bounds(locale.today() - dt.timedelta(days=last_visit.days))
    if last_visit.is_within:
        return Narrowing.own(f"{seen} >= %(seen)s", seen=since)
    return Narrowing.own(f"{seen} > {NEVER} AND {seen} < %(seen)s", seen=since)


def _born_between(today: dt.date, filters: PatientFilters) -> tuple[dt.date, dt.date]:
    """The birth dates whose completed years lie in the filters' ages; unknown ones lie in none."""
    earliest = dt.date(1, 1, 2)
    if filters.age_to is not None:
        earliest = max(earliest, _years_before(today, filters.age_to + 1) + dt.timedelta(days=1))
    return earliest, _years_before(today, filters.age_from or 0)


def _years_before(day: dt.date, years: int) -> dt.date:
    year = max(2, day.year - max(0, years))
    try:
        return day.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)


def _page(
    session: Session,
    locale: HospitalLocale,
    condition: str,
    values: dict[str, Any],
    *,
    sort: str,
    bookmark: str | None,
    label: str,
    size: int,
) -> Page[PatientRow]:
    is_down, by = sort.startswith("-"), _SORTS[sort.removeprefix("-")]
    keyset, values = Keyset(f"patients {sort}", (by.kind, int)), dict(values)
    place = keyset.place(bookmark)
    way, sign = ("DESC", "<") if is_down != place.is_back else ("ASC", ">")
    if place:
        values["after"], values["after_id"] = place.values
        condition += f" AND ({by.expression}, p.id) {sign} (%(after)s::{by.type_name}, %(after_id)s::bigint)"
    found = rows_of(
        session,
        Statement(
            f"SELECT {ROW} FROM patient p WHERE {condition} ORDER BY {by.expression} {way}, p.id {way}"
            f" LIMIT {size + 1}",
            values,
        ),
    )
    page = keyset.cut(
        found, place, values_of=lambda row: (by.value_of(row), row["id"]), size=size, label=label
    )
    return page.map(lambda row: patient_row(row, locale))
