"""What every list screen reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.domain.security import queries as security
from hms_app.domain.security import service as views
from hms_app.domain.security.values import SavedViewInput, SavedViewRow
from hms_app.state.lists.kinds import Choice, ListKind


@dataclass(frozen=True)
class Found:
    """A page as it is shown, what this person may do here, and what is shown beside it.

    `offered` are the filters that the person may use, `columns` the columns that are shown, and `words` what the
    values of lookups are called.
    """

    page: Page[Mapping[str, Any]]
    rights: Mapping[str, bool]
    beside: Any
    offered: list[str]
    columns: list[str]
    words: Mapping[str, str]


def read_list(
    session: Session,
    actor: Actor,
    *,
    kind: ListKind,
    asked: Mapping[str, str],
    at: str,
    is_typed: bool = False,
    **of: Any,
) -> Found:
    """A page of a list with what stands beside it, in one transaction; `of` says whose list it is.

    `is_typed` while somebody may still be typing what to search for; only a list of people hears of that.
    """
    wanted = {**({"may_export": kind.export} if kind.export else {}), **kind.rights}
    rights = {name: actor.can(permission) for name, permission in wanted.items()}
    typed = {"is_typed": is_typed} if kind.search == "tab" else {}
    page = kind.page(session, actor, asked, at, **typed, **of)
    beside = kind.beside(session, actor, asked=asked, **of) if kind.beside else None
    offered = [part.name for part in kind.filters if part.is_offered(actor)]
    words = {
        name: part.chosen(session, actor, asked[name])["label"]
        for name, part in kind.lookups.items()
        if asked[name]
    }
    return Found(page, rights, beside, offered, list(kind.shown_columns(actor, asked)), words)


def read_pages(session: Session, actor: Actor, *, pages: int, **question: Any) -> Found:
    """That many pages of a growing list from the first one, below each other as it shows them."""
    found = read_list(session, actor, **question)
    for _ in range(pages - 1):
        if found.page.next_bookmark is None:
            break
        further = read_list(session, actor, **{**question, "at": found.page.next_bookmark}).page
        found = replace(found, page=further.with_rows([*found.page.rows, *further.rows]))
    return found


def read_choices(
    session: Session, actor: Actor, *, kind: ListKind, asked: Mapping[str, str]
) -> dict[str, list[Choice]]:
    """What each lookup that this person may use offers before anything is typed."""
    return {
        name: part.choices(session, actor, "", asked[name])
        for name, part in kind.lookups.items()
        if part.is_offered(actor)
    }


def search_choices(
    session: Session, actor: Actor, *, kind: ListKind, part: str, text: str, asked: Mapping[str, str]
) -> list[Choice]:
    """What one lookup offers for a text; nothing for who may not use it."""
    lookup = kind.lookups.get(part)
    if lookup is None or not lookup.is_offered(actor):
        return []
    return lookup.choices(session, actor, text, asked[part])


def read_views(session: Session, actor: Actor, *, kind: ListKind) -> list[SavedViewRow]:
    """One's own views of a list."""
    return security.list_saved_views(session, actor, screen=kind.views)


def keep_view(
    session: Session, actor: Actor, *, kind: ListKind, asked: Mapping[str, str], name: str
) -> list[SavedViewRow]:
    """Keep filters, sort and columns under a name; answers all views there are now."""
    query = urlencode({part: text for part, text in kind.address_of(asked).items() if text})
    request = SavedViewInput.from_form({"screen": kind.views, "name": name, "query": query})
    views.save_view(session, actor, request=request)
    return read_views(session, actor, kind=kind)


def forget_view(session: Session, actor: Actor, *, kind: ListKind, view_id: int) -> list[SavedViewRow]:
    """Remove one of one's own views; answers those that are left."""
    views.forget_view(session, actor, view_id=view_id)
    return read_views(session, actor, kind=kind)
