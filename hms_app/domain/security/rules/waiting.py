"""How long somebody who guessed wrong must wait, and when a session ends."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

MAX_WAIT_SECONDS: Final = 60
"""Never more: a guesser gets one try a minute, and nobody is kept out for long by another's guesses."""
FORGOTTEN_AFTER: Final = dt.timedelta(hours=1)
SWEPT_AT_ONCE: Final = 50
"""Forgotten rows that go with each sign-in: more than one adds."""
PLACE_KEPT: Final = dt.timedelta(days=180)
"""How long a place that is not signed in from is known."""
PLACES_KEPT: Final = 20
"""Of each person; the one used last longest ago goes first."""
TOUCH_SECONDS: Final = 30
REAUTHENTICATION_MINUTES: Final = 5
UNLOCK_ATTEMPTS: Final = 10


@dataclass(frozen=True)
class Allowance:
    """How many failures are free; each one more doubles the wait."""

    prefix: str
    free: int


DEVICE: Final = Allowance("device", 4)
"""A person at a browser that they signed in from before: nobody else's guesses are counted with theirs."""
PERSON_AT_ADDRESS: Final = Allowance("pair", 4)
PERSON: Final = Allowance("user", 10)
"""From wherever they never signed in from."""
ADDRESS: Final = Allowance("address", 30)
"""At the names of people who never signed in from there."""
WHOLE_ADDRESS: Final = Allowance("whole", 300)
"""At all names: each costs a comparison."""
SECOND_FACTOR: Final = Allowance("code", 4)
SESSION: Final = Allowance("session", 3)
SET_UP: Final = Allowance("set-up", 20)
LINK: Final = Allowance("link", 30)
"""Of invitations, which are drawn from 2**256."""
RECORD: Final = Allowance("record", 3)
"""At whose record a sign-in is to open, by whoever looks after sign-ins."""


def wait_seconds(failures: int, allowance: Allowance) -> int:
    """The wait after that many failures in a row: 1, 2, 4 ... up to a minute."""
    excess = failures - allowance.free
    return 0 if excess <= 0 else int(min(MAX_WAIT_SECONDS, 2 ** min(excess - 1, 10)))
