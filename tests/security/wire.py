"""What goes over the wire to the database: the driver's own trace, so that nothing is sent without being counted."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa


class Wire:
    """The messages of every connection that an engine makes from now on."""

    def __init__(self, engine: sa.Engine, directory: Path) -> None:
        self._directory, self._files = directory, list[Any]()
        self._engine = engine
        engine.dispose()
        sa.event.listen(engine, "connect", self._trace)
        self._end = lambda: sa.event.remove(engine, "connect", self._trace)

    def close(self) -> None:
        """Close the connections, and trace no new one."""
        self._end()
        self._engine.dispose()
        for file in self._files:
            file.close()

    def forget(self) -> None:
        """What was sent so far counts no more."""
        for file in self._files:
            file.seek(0)
            file.truncate()

    def round_trips(self) -> int:
        """How often an answer was waited for: each Sync, or Query, is one."""
        return sum(line.split("\t")[3] in {"Sync", "Query"} for line in self._sent())

    def statements(self) -> list[str]:
        """The texts that were sent, of those that the server had not prepared already."""
        return [line.split("\t", 4)[4] for line in self._sent() if line.split("\t")[3] in {"Parse", "Query"}]

    def _sent(self) -> list[str]:
        lines = [
            line for file in self._files for line in Path(file.name).read_text(errors="replace").splitlines()
        ]
        return [line for line in lines if len(line.split("\t")) > 3 and line.split("\t")[1] == "F"]

    def _trace(self, driver: Any, _record: Any) -> None:
        file = (self._directory / f"{driver.info.backend_pid}.trace").open("a+")
        self._files.append(file)
        driver.pgconn.trace(file.fileno())
