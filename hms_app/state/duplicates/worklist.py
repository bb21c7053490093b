"""The worklist of likely duplicates, and the scan that fills it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypedDict

import reflex as rx

from hms_app import navigation
from hms_app.core.paging import Page, with_noun
from hms_app.core.permissions import Permission
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.queries import find_scan, list_duplicates
from hms_app.domain.duplicates.service import start_scan
from hms_app.domain.duplicates.values import (
    DuplicateFilters,
    DuplicateRow,
    DuplicateStatus,
    Likeness,
    ScanRow,
    ScanStatus,
)
from hms_app.domain.patients.values import PatientRow
from hms_app.state.address import query_of, with_query
from hms_app.state.base import ScreenState, handles
from hms_app.state.duplicates.likeness import tone_of
from hms_app.state.replies import show_address

BANDS: Final[dict[str, tuple[float | None, float | None]]] = {
    Likeness.CERTAIN: (rules.ALMOST_CERTAIN, None),
    Likeness.LIKELY: (rules.LIKELY, rules.ALMOST_CERTAIN),
    Likeness.POSSIBLE: (rules.POSSIBLE, rules.LIKELY),
}
LOOK_AGAIN_AFTER: Final = 2.0
"""Seconds between two looks at a scan that is running."""


class PairItem(TypedDict):
    """A pair of the worklist."""

    id: str
    href: str
    first: str
    first_detail: str
    second: str
    second_detail: str
    percent: str
    tone: str
    reasons: str
    doubts: str
    decided: str


class ScanView(TypedDict):
    """How the scan stands."""

    sentence: str
    started: str
    share: str
    tone: str


NO_SCAN: Final[ScanView] = {"sentence": "", "started": "", "share": "0", "tone": "info"}


class DuplicatesState(ScreenState, rx.State):
    """One page of pairs, and how the scan stands."""

    rows: list[PairItem] = []
    count: str = ""
    has_next: bool = False
    has_previous: bool = False
    band: str = ""
    status: str = DuplicateStatus.OPEN.value
    scan: ScanView = NO_SCAN
    is_scanning: bool = False
    was_scanned: bool = False
    _at: str = ""
    _next: str = ""
    _previous: str = ""

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def load(self) -> Any:
        """Show what the address asks for."""
        wanted = query_of(self)
        self.band = wanted.get("band", "") if wanted.get("band", "") in BANDS else ""
        status = wanted.get("status", "")
        self.status = status if status in set(DuplicateStatus) else DuplicateStatus.OPEN.value
        self._at = wanted.get("at", "")
        await self._fill()
        await self._look()
        return DuplicatesState.watch if self.is_scanning else None

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def filter_band(self, value: str) -> Any:
        """Only pairs of one likeness; "" for all."""
        self.band = value if value in BANDS else ""
        return await self._go()

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def filter_status(self, value: str) -> Any:
        """Pairs to decide, or those decided one way."""
        self.status = value if value in set(DuplicateStatus) else DuplicateStatus.OPEN.value
        return await self._go()

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def next_page(self) -> Any:
        """The page after this one."""
        return await self._go(at=self._next)

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def previous_page(self) -> Any:
        """The page before this one."""
        return await self._go(at=self._previous)

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def start(self) -> Any:
        """Scan the register, or go on with a scan that was broken off; it goes on when this page is left."""
        if await self._run(start_scan) is None:
            return None
        await self._look()
        return DuplicatesState.watch

    @handles(Permission.PATIENTS_PATIENT_MERGE, passive=True, background=True)
    async def watch(self) -> Any:
        """Follow the scan while this page is open."""
        while True:
            async with self:
                if self.router.url.path.rstrip("/") != navigation.DUPLICATES.route:
                    return
                await self._look()
                if not self.is_scanning:
                    await self._fill(self._refresh)
                    return
            await asyncio.sleep(LOOK_AGAIN_AFTER)

    async def _look(self) -> None:
        scan: ScanRow | None = await self._run(find_scan)
        self.was_scanned = scan is not None
        self.is_scanning = scan is not None and scan.is_alive
        self.scan = _scan_view(scan) if scan else NO_SCAN

    async def _go(self, at: str = "") -> Any:
        self._at = at
        await self._fill()
        return show_address(self._address())

    async def _fill(self, run: Callable[..., Any] | None = None) -> None:
        low, high = BANDS.get(self.band, (None, None))
        filters = DuplicateFilters(status=self.status, weight_from=low, weight_to=high)
        read = run or self._run
        found: Page[DuplicateRow] | None = await read(list_duplicates, filters=filters, at=self._at or None)
        self.is_loading = False
        page = found or Page()
        self.rows = [_item(row) for row in page.rows]
        self._next, self._previous = page.next_bookmark or "", page.previous_bookmark or ""
        self.has_next, self.has_previous = bool(self._next), bool(self._previous)
        self.count = with_noun(page.count_label, "pair")

    def _address(self) -> str:
        return with_query(
            navigation.DUPLICATES.route,
            band=self.band,
            status="" if self.status == DuplicateStatus.OPEN.value else self.status,
            at=self._at,
        )


def _item(row: DuplicateRow) -> PairItem:
    return {
        "id": str(row.id),
        "href": navigation.DUPLICATE_PAIR.address(first_id=row.first.id, second_id=row.second.id),
        "first": row.first.name,
        "first_detail": _detail(row.first),
        "second": row.second.name,
        "second_detail": _detail(row.second),
        "percent": row.percent,
        "tone": tone_of(row.weight),
        "reasons": _sentence(row.reasons),
        "doubts": ", ".join(row.doubts),
        "decided": row.decided,
    }


def _sentence(reasons: Sequence[str]) -> str:
    """Reasons as one line: "Same date of birth, same phone"."""
    line = ", ".join(reasons)
    return line[:1].upper() + line[1:]


def _detail(patient: PatientRow) -> str:
    return " · ".join(part for part in (patient.mrn, patient.birth_date, patient.sex) if part)


def _scan_view(scan: ScanRow) -> ScanView:
    failed = scan.status == ScanStatus.FAILED.value
    stopped = scan.status == ScanStatus.RUNNING.value and not scan.is_alive
    return {
        "sentence": scan.sentence,
        "started": f"Started {scan.started}.",
        "share": str(scan.share),
        "tone": "danger" if failed else "warning" if stopped else "info",
    }
