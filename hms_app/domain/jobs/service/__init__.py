"""Asking for jobs, and working on them."""

from hms_app.domain.jobs.service.asking import ask_for, ask_for_scheduled, try_again
from hms_app.domain.jobs.service.working import Run, work_on

__all__ = ["Run", "ask_for", "ask_for_scheduled", "try_again", "work_on"]
