"""Screens of scheduling without a browser."""

from tests.state.organization.conftest import Open, drained, opened
from tests.state.scheduling.clinic import booked, clinic, saturday

__all__ = ["Open", "booked", "clinic", "drained", "opened", "saturday"]
