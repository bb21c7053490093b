"""What the hospital does in the background: each kind with its lag and last failure, and the jobs themselves."""

import datetime as dt
from typing import Any, Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import Page, with_noun
from hms_app.core.permissions import Permission
from hms_app.domain.jobs.queries import list_jobs, list_kinds
from hms_app.domain.jobs.service import try_again
from hms_app.domain.jobs.values import JOB_LIFE, JobRow, JobStatus, KindRow
from hms_app.state.address import number_from, query_of, with_query
from hms_app.state.base import ScreenState, handles
from hms_app.state.replies import go, refuse, say

TONES: Final = {
    JobStatus.QUEUED: "neutral",
    JobStatus.RUNNING: "info",
    JobStatus.DONE: "success",
    JobStatus.FAILED: "danger",
    JobStatus.CANCELLED: "neutral",
}
_LATE: Final = dt.timedelta(minutes=1)


class KindItem(TypedDict):
    """One kind of work in words."""

    id: str
    title: str
    schedule: str
    waiting: str
    running: str
    lag: str
    is_late: bool
    last_done: str
    last_problem: str
    last_failed: str


class JobItem(TypedDict):
    """One job in words."""

    id: str
    title: str
    status: str
    tone: str
    asked_by: str
    due: str
    lag: str
    ended: str
    attempts: str
    problem: str
    percent: int
    is_running: bool
    may_retry: bool


class OperationsState(ScreenState, rx.State):
    """The kinds of work, and a page of jobs."""

    kinds: list[KindItem] = []
    rows: list[JobItem] = []
    status: str = ""
    count: str = ""
    has_next: bool = False
    has_previous: bool = False
    _at: str = ""
    _next: str = ""
    _previous: str = ""

    @handles(Permission.JOBS_JOB_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        wanted = query_of(self)
        self.status = wanted.get("status", "") if wanted.get("status", "") in set(JobStatus) else ""
        self._at = wanted.get("at", "")
        await self._fill()

    @handles(Permission.JOBS_JOB_READ, passive=True)
    async def refresh(self) -> None:
        """Show how far the work is now."""
        self._show(await self._reread(_operations, **self._asked()))

    @handles(Permission.JOBS_JOB_READ)
    async def filter_status(self, value: str) -> Any:
        """Show the jobs of one status only, or all of them."""
        return go(with_query(navigation.OPERATIONS.route, status=str(value)))

    @handles(Permission.JOBS_JOB_READ)
    async def next_page(self) -> Any:
        """Earlier jobs."""
        return go(with_query(navigation.OPERATIONS.route, status=self.status, at=self._next))

    @handles(Permission.JOBS_JOB_READ)
    async def previous_page(self) -> Any:
        """Later jobs."""
        return go(with_query(navigation.OPERATIONS.route, status=self.status, at=self._previous))

    @handles(Permission.JOBS_JOB_MANAGE)
    async def retry(self, job_id: str) -> Any:
        """Have a failed job done once more."""
        await self._run(try_again, job_id=number_from(job_id))
        refusal, self.problem = self.problem, ""
        await self._fill()
        return refuse(refusal) if refusal else say("It is tried again.")

    async def _fill(self) -> None:
        found = await self._run(_operations, **self._asked())
        self.is_loading = False
        if found is None:
            self.kinds, self.rows = [], []
        self._show(found)

    def _asked(self) -> dict[str, Any]:
        return {"status": JobStatus(self.status) if self.status else None, "at": self._at or None}

    def _show(self, found: tuple[list[KindItem], list[JobItem], Page[JobRow]] | None) -> None:
        if found is None:
            return
        self.kinds, self.rows, page = found
        self._next, self._previous = page.next_bookmark or "", page.previous_bookmark or ""
        self.has_next, self.has_previous = bool(self._next), bool(self._previous)
        self.count = with_noun(page.count_label, "job")


def _operations(
    session: Session, actor: Actor, *, status: JobStatus | None, at: str | None
) -> tuple[list[KindItem], list[JobItem], Page[JobRow]]:
    page = list_jobs(session, actor, status=status, at=at)
    kinds = [_kind_item(row, actor.locale) for row in list_kinds(session, actor)]
    return kinds, [_job_item(row, actor) for row in page.rows], page


def _kind_item(row: KindRow, locale: HospitalLocale) -> KindItem:
    return {
        "id": row.name,
        "title": row.title,
        "schedule": clock_in_words(row.schedule, locale),
        "waiting": str(row.waiting),
        "running": str(row.running),
        "lag": in_words(row.lag),
        "is_late": row.lag > _LATE,
        "last_done": locale.moment(row.last_done_at) or "Never",
        "last_problem": row.last_problem,
        "last_failed": locale.moment(row.last_failed_at),
    }


def _job_item(row: JobRow, actor: Actor) -> JobItem:
    locale = actor.locale
    return {
        "id": str(row.id),
        "title": row.title,
        "status": JOB_LIFE.labels[row.status],
        "tone": TONES[row.status],
        "asked_by": row.asked_by.removeprefix("system: "),
        "due": locale.moment(row.due_at),
        "lag": in_words(row.lag),
        "ended": locale.moment(row.finished_at),
        "attempts": str(row.attempts),
        "problem": row.problem,
        "percent": min(100, 100 * row.done // row.total) if row.total else 0,
        "is_running": row.status is JobStatus.RUNNING,
        "may_retry": actor.can(Permission.JOBS_JOB_MANAGE) and bool(JOB_LIFE.offered(row.status, actor)),
    }


def clock_in_words(schedule: str, locale: HospitalLocale) -> str:
    """When work is done, of a cron line in UTC: "Every day at 02:20" as the hospital's clocks show it today."""
    if not schedule:
        return "When asked for"
    minute, hour, *days = schedule.split()
    if not (minute.isdecimal() and hour.isdecimal() and days == ["*"] * 3):
        return "By the clock"
    midnight = dt.datetime.combine(locale.today(), dt.time(), dt.UTC)
    return f"Every day at {locale.time(midnight.replace(hour=int(hour), minute=int(minute)))}"


def in_words(span: dt.timedelta) -> str:
    """A span as people say it: "none", "40 s", "3 min", "2 h", "5 days"."""
    seconds = int(span.total_seconds())
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if seconds >= size * (2 if unit == "days" else 1):
            return f"{seconds // size} {unit}"
    return "none"
