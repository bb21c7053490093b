"""What the hospital does in the background: each kind with its lag and last failure, and the jobs themselves."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.jobs.queries import list_jobs, list_kinds
from hms_app.domain.jobs.service import try_again
from hms_app.domain.jobs.values import JOB_LIFE, JobRow, JobStatus, KindRow
from hms_app.state.address import number_from
from hms_app.state.base import handles
from hms_app.state.lists.kinds import Filter, ListKind, one_of
from hms_app.state.lists.screen import ListScreen
from hms_app.state.replies import refuse, say

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


def _kinds(session: Session, actor: Actor, *, asked: Mapping[str, str]) -> list[KindItem]:
    return [_kind_item(row, actor.locale) for row in list_kinds(session, actor)]


def job_item(row: JobRow, actor: Actor) -> JobItem:
    """A row of the list, in words."""
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


JOBS: Final = ListKind(
    name="jobs",
    noun="job",
    read=Permission.JOBS_JOB_READ,
    export=Permission.JOBS_JOB_READ,
    find=list_jobs,
    present=job_item,
    columns={
        "title": "Work",
        "status": "Status",
        "asked_by": "Asked for by",
        "due": "Due",
        "lag": "Waited",
        "ended": "Ended",
        "attempts": "Attempts",
        "problem": "Problem",
    },
    filters=(Filter("status", "status", one_of(JobStatus)),),
    search="",
    beside=_kinds,
)


class OperationsState(ListScreen, rx.State):
    """The kinds of work, and a page of jobs."""

    listed: ClassVar = JOBS
    kinds: list[KindItem] = []
    rows: list[JobItem] = []

    @handles(Permission.JOBS_JOB_MANAGE)
    async def retry(self, job_id: str) -> Any:
        """Have a failed job done once more."""
        await self._run(try_again, job_id=number_from(job_id))
        refusal = self.problem
        await self._fill()
        return refuse(refusal) if refusal else say("It is tried again.")

    def _show_beside(self, found: list[KindItem]) -> None:
        self.kinds = found


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
