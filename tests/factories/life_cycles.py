"""Walking a row to a state by the moves that are allowed."""

from collections import deque

from hms_app.core.life_cycle import LifeCycle


def steps_to(life: LifeCycle, start: str, end: str) -> list[str]:  # type: ignore[type-arg]
    """The states on the shortest allowed way from one state to another, the last one included."""
    ways = deque([(start, [])])  # type: ignore[var-annotated]
    seen = {start}
    while ways:
        now, way = ways.popleft()
        if now == end:
            return way
        for known, following in sorted(life.pairs):
            if known == now and following not in seen:
                seen.add(following)
                ways.append((following, [*way, following]))
    raise AssertionError(f"No way leads from {start} to {end}.")
