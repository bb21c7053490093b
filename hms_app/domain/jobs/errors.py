"""How a job can end otherwise than done."""

import datetime as dt


class StopWorking(Exception):
    """The worker has to stop: the job leaves what it has at hand in order, and is taken up again."""


class TryAgain(Exception):
    """The job is to be run again, not before `at`; it carries nothing of what the job was about."""

    def __init__(self, at: dt.datetime) -> None:
        super().__init__()
        self.at = at


class JobFailed(Exception):
    """The job is over, and its row says why; this says nothing, for it is logged."""
