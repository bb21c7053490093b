"""How long somebody who guessed wrong must wait, and when a session ends."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

MAX_WAIT_SECONDS: Final = 60
"""Never more: a guesser gets one try a minute, and nobody is kept out for long by another's guesses."""
FORGOTTEN_AFTER: Final = dt.timedelta(hours=1)
TOUCH_SECONDS: Final = 30
REAUTHENTICATION_MINUTES: Final = 5
UNLOCK_ATTEMPTS: Final = 10


@dataclass(frozen=True)
class Allowance:
    """How many failures are free; each one more doubles the wait."""

    prefix: str
    free: int


PERSON_AT_ADDRESS: Final = Allowance("pair", 4)
PERSON: Final = Allowance("user", 10)
ADDRESS: Final = Allowance("address", 30)
SECOND_FACTOR: Final = Allowance("code", 4)
SESSION: Final = Allowance("session", 3)
SET_UP: Final = Allowance("set-up", 5)
LINK: Final = Allowance("link", 3)


def wait_seconds(failures: int, allowance: Allowance) -> int:
    """The wait after that many failures in a row: 1, 2, 4 ... up to a minute."""
    excess = failures - allowance.free
    return 0 if excess <= 0 else int(min(MAX_WAIT_SECONDS, 2 ** min(excess - 1, 10)))
