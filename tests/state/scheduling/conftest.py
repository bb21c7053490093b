"""Screens of scheduling without a browser."""

from tests.state.organization.conftest import Open, drained, opened

__all__ = ["Open", "drained", "opened"]
