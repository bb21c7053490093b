"""Pictures on their way into a form: drawn anew when they come, kept for their owner until the form names them.

What is kept here is no part of the hospital yet: it has no row, and goes after a day. Its owner stands in its name on
disk, so that nobody else's form can name it.
"""

import hashlib
import re
import secrets
from functools import partial
from pathlib import Path
from typing import Final

from hms_app.core.actor import Actor
from hms_app.core.pictures import redraw
from hms_app.core.reading import a_look, in_turn, read_apart
from hms_app.domain.files.errors import PictureGone, PictureRefused
from hms_app.domain.files.queries import waiting_dir
from hms_app.domain.files.service.keeping import CheckedFile, Received
from hms_app.domain.files.values import TYPE_OF, PictureUse

MOST_WAITING: Final = 20
"""Pictures of one person that wait for their forms; the oldest goes when another comes."""
_NAME: Final = re.compile(r"[0-9a-f]{48}")


def receive_picture(actor: Actor, *, received: Received, use: PictureUse) -> str:
    """Draw a picture anew as its use wants it; answers the name by which the actor's form names it.

    Read in a process of its own, for which no transaction should wait. Raises PictureRefused at the use's field.
    """
    received.finish()
    name, shape = secrets.token_hex(24), use.shape
    target = _place_of(actor, use, name)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with in_turn():
        list(
            read_apart(
                redraw,
                *(str(received.path), str(target), shape.edge, shape.as_format),
                allowance=a_look(),
                refusal=partial(PictureRefused, field=use.field),
            )
        )
    for path in _waiting(actor)[:-MOST_WAITING]:
        path.unlink(missing_ok=True)
    return name


def claimed_picture(actor: Actor, *, name: str, use: PictureUse) -> CheckedFile:
    """The picture that the actor's form names; raises PictureGone for another's, and for one that is kept already."""
    path = _place_of(actor, use, name)
    if not _NAME.fullmatch(name) or not path.is_file():
        raise PictureGone(field=use.field)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return CheckedFile(path, digest, len(content), TYPE_OF[use.shape.media_type])


def _place_of(actor: Actor, use: PictureUse, name: str) -> Path:
    return waiting_dir() / f"{actor.user_id}-{use}-{name}"


def _waiting(actor: Actor) -> list[Path]:
    """The actor's pictures, the oldest first."""
    return sorted(waiting_dir().glob(f"{actor.user_id}-*"), key=lambda path: path.stat().st_mtime)
