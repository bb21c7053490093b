"""What every list screen reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.state.lists.kinds import ListKind


@dataclass(frozen=True)
class Found:
    """A page as it is shown, what this person may do here, and what is shown beside it."""

    page: Page[Mapping[str, Any]]
    rights: Mapping[str, bool]
    beside: Any


def read_list(
    session: Session, actor: Actor, *, kind: ListKind, asked: Mapping[str, str], at: str, **of: Any
) -> Found:
    """A page of a list with what stands beside it, in one transaction; `of` says whose list it is."""
    wanted = {**({"may_export": kind.export} if kind.export else {}), **kind.rights}
    rights = {name: actor.can(permission) for name, permission in wanted.items()}
    page = kind.page(session, actor, asked, at, **of)
    beside = kind.beside(session, actor, asked=asked, **of) if kind.beside else None
    return Found(page, rights, beside)
