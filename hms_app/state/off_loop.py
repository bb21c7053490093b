"""The roads off the event loop: as many threads as the database pool has connections, a few more for visitors.

Whoever is signed in never waits behind whoever is not: visitors have their own road, a quarter as wide.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final, TypeVar

from hms_app.config import get_settings
from hms_app.core.errors import DomainError

T = TypeVar("T")

MOST_VISITORS_WAITING: Final = 100
_waiting: list[object] = []


class TooManyVisitors(DomainError):
    """More people without a session want something than can be served soon."""

    def __init__(self) -> None:
        super().__init__("The hospital is busy. Wait a moment, then try again.")


async def off_loop(work: Callable[[], T]) -> T:
    """Run `work` in the bounded pool, so that no session waits for another's database."""
    return await asyncio.get_running_loop().run_in_executor(_pool(), work)


async def off_loop_for_visitor(work: Callable[[], T]) -> T:
    """The same for somebody who is not signed in, or not yet known to be; raises TooManyVisitors."""
    if len(_waiting) >= MOST_VISITORS_WAITING:
        raise TooManyVisitors
    _waiting.append(work)
    try:
        return await asyncio.get_running_loop().run_in_executor(_visitors_pool(), work)
    finally:
        _waiting.remove(work)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=get_settings().database_pool, thread_name_prefix="use-case")


@lru_cache(maxsize=1)
def _visitors_pool() -> ThreadPoolExecutor:
    width = max(1, get_settings().database_pool // 4)
    return ThreadPoolExecutor(max_workers=width, thread_name_prefix="visitors")
