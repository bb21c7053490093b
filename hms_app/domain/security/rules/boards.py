"""Sign-ins that stay on a screen which nobody sits at."""

from collections.abc import Collection
from typing import Final

from hms_app.core.permissions import Permission

_SHOWN_TO_ALL: Final = frozenset({Permission.SCHEDULING_QUEUE_READ})


def is_board(permissions: Collection[Permission]) -> bool:
    """Whether a sign-in may see what a waiting room sees and nothing else: there is nothing to lock away."""
    return frozenset(permissions) == _SHOWN_TO_ALL
