"""The road off the event loop: as many threads as the database pool has connections."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from hms_app.config import get_settings

T = TypeVar("T")


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=get_settings().database_pool, thread_name_prefix="use-case")


async def off_loop(work: Callable[[], T]) -> T:
    """Run `work` in the bounded pool, so that no session waits for another's database."""
    return await asyncio.get_running_loop().run_in_executor(_pool(), work)
