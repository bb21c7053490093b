"""The patient list: search as you type, filters, sort and keyset pages, all of it in the address."""

from typing import Any, Final

import reflex as rx

from hms_app import navigation
from hms_app.core.paging import Page, with_noun
from hms_app.core.permissions import Permission
from hms_app.domain.patients.queries import list_patients
from hms_app.domain.patients.values import PatientFilters, PatientRow
from hms_app.state.address import query_of, rewritten, with_query
from hms_app.state.base import ScreenState, handles
from hms_app.state.patients.rows import PatientItem, patient_item

SORTS: Final = tuple(f"{way}{name}" for name in ("name", "birth_date", "mrn", "updated") for way in ("", "-"))
AGES: Final[dict[str, tuple[int, int | None]]] = {
    "0-1": (0, 1),
    "2-11": (2, 11),
    "12-17": (12, 17),
    "18-39": (18, 39),
    "40-64": (40, 64),
    "65-": (65, None),
}
"""Age bands in completed years, both ends included."""
SEXES: Final = ("female", "male", "other", "unknown")
STATUSES: Final = ("active", "inactive")
LONGEST_SEARCH: Final = 200


class PatientListState(ScreenState, rx.State):
    """One page of patients and the question it answers."""

    rows: list[PatientItem] = []
    count: str = ""
    has_next: bool = False
    has_previous: bool = False
    is_narrowed: bool = False
    q: str = ""
    q_key: str = ""
    sort: str = "name"
    sex: str = ""
    age: str = ""
    deceased: str = ""
    status: str = ""
    _at: str = ""
    _next: str = ""
    _previous: str = ""

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        wanted = query_of(self)
        self.q = wanted.get("q", "")[:LONGEST_SEARCH]
        self.q_key = self.q
        self.sort = _one_of(wanted.get("sort", ""), SORTS) or "name"
        self.sex = _one_of(wanted.get("sex", ""), SEXES)
        self.age = _one_of(wanted.get("age", ""), tuple(AGES))
        self.deceased = _one_of(wanted.get("deceased", ""), ("yes", "no"))
        self.status = _one_of(wanted.get("status", ""), STATUSES)
        self._at = wanted.get("at", "")
        await self._fill()

    @handles(Permission.PATIENTS_PATIENT_READ, supersedes=True)
    async def search(self, text: str) -> Any:
        """Narrow the list while somebody types; the address follows without a step to walk back."""
        self.q, self._at = str(text)[:LONGEST_SEARCH].strip(), ""
        await self._fill()
        return rewritten(self._address())

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def sort_by(self, sort: str) -> Any:
        """Sort by a column ("name") or downwards ("-name")."""
        self.sort = _one_of(str(sort), SORTS) or "name"
        return await self._go()

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def filter_sex(self, value: str) -> Any:
        """Only patients of one sex; "" for all."""
        self.sex = _one_of(str(value), SEXES)
        return await self._go()

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def filter_age(self, value: str) -> Any:
        """Only patients in an age band; "" for all."""
        self.age = _one_of(str(value), tuple(AGES))
        return await self._go()

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def filter_deceased(self, value: str) -> Any:
        """Only the living ("no") or the deceased ("yes"); "" for all."""
        self.deceased = _one_of(str(value), ("yes", "no"))
        return await self._go()

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def filter_status(self, value: str) -> Any:
        """Only active or inactive records; "" for all."""
        self.status = _one_of(str(value), STATUSES)
        return await self._go()

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def clear(self) -> Any:
        """Show every patient again."""
        self.q = self.sex = self.age = self.deceased = self.status = ""
        self.q_key = "cleared" if self.q_key == "" else ""
        return await self._go()

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def next_page(self) -> Any:
        """The page after this one."""
        return await self._go(at=self._next)

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def previous_page(self) -> Any:
        """The page before this one."""
        return await self._go(at=self._previous)

    async def _go(self, at: str = "") -> Any:
        """Show the changed question now, and make it a step of the browser's history."""
        self._at = at
        await self._fill()
        return rx.redirect(self._address())

    async def _fill(self) -> None:
        low, high = AGES.get(self.age, (None, None))
        found: Page[PatientRow] | None = await self._run(
            list_patients,
            text=self.q,
            filters=PatientFilters(
                sex=self.sex or None,
                age_from=low,
                age_to=high,
                status=self.status or None,
                deceased=None if not self.deceased else self.deceased == "yes",
            ),
            sort=self.sort,
            bookmark=self._at or None,
        )
        self.is_loading = False
        self.is_narrowed = bool(self.q or self.sex or self.age or self.deceased or self.status)
        page = found or Page()
        rows = [patient_item(row) for row in page.rows]
        if rows != self.rows:
            self.rows = rows
        self._next, self._previous = page.next_bookmark or "", page.previous_bookmark or ""
        self.has_next, self.has_previous = bool(self._next), bool(self._previous)
        self.count = with_noun(page.count_label, "patient")

    def _address(self) -> str:
        return with_query(
            navigation.PATIENT_LIST.route,
            q=self.q,
            sort="" if self.sort == "name" else self.sort,
            sex=self.sex,
            age=self.age,
            deceased=self.deceased,
            status=self.status,
            at=self._at,
        )


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    return text if text in allowed else ""
