"""What the tests of several domains start from."""

from collections.abc import Iterator

import pytest
import time_machine


@pytest.fixture
def noon() -> Iterator[None]:
    """Midday, so that a few minutes ago is today wherever the hospital is."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=True):
        yield
