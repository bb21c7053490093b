"""Databases of measurements that stay from run to run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

KEPT_UNDER: Final = "HMS_BENCH_DIR"
"""The environment's name of the directory in which loaded measurements stay."""

OpenDatabase = Callable[[str, Callable[[str], bool]], AbstractContextManager[tuple[str, bool]]]
"""Opens a database by a name, and says whether it still holds what the second argument looks for in it.

With `HMS_BENCH_DIR` it stays on a server in that directory; without, it is new and dropped afterwards.
"""
