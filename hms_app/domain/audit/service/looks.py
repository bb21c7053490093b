"""Looks: at one patient's record, and at lists and searches that show many.

What somebody is still typing is no look yet. The latest search of a session at a place waits in a row of its own
until it settles: it is replaced when the next one comes within seconds, and becomes an entry when none does. The row
is written with the search, so that a closed tab or a killed server loses none.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.domain.audit.rules import digest_of, plain, snapshot
from hms_app.domain.audit.service.entries import record, record_if_refused, unwritten
from hms_app.domain.audit.tables import TypedSearch
from hms_app.domain.audit.values import DIGEST, SALT, AuditAction

SETTLED_AFTER: Final = dt.timedelta(seconds=3)
"""A search that no other followed within this time was read; the same list within it is the same look."""
LONGEST_TYPING: Final = dt.timedelta(seconds=10)
"""Whoever goes on searching for longer leaves an entry on the way, however fast one follows the other."""
SETTLED_AT_ONCE: Final = 200
_TYPED: Final = cast(sa.Table, sa.inspect(TypedSearch).local_table)
_NEWEST: Final = sa.text("""
SELECT after FROM (SELECT action, session_id, occurred_at, after FROM audit_entry
    WHERE actor_user_id = :user_id ORDER BY id DESC LIMIT 10) newest
WHERE action = :action AND session_id = :session_id AND occurred_at > :since
""")


def record_access(session: Session, actor: Actor, *, patient_id: int, what: str) -> None:
    """Note that `actor` saw a part (`what`, such as "overview") of a patient's record; once a transaction and part."""
    if not actor.looks:
        return
    for entry in unwritten(session):
        if (entry["action"], entry["patient_id"], entry["after"]) == (
            AuditAction.RECORD_ACCESSED,
            patient_id,
            {"what": what},
        ):
            return
    record(
        session,
        actor,
        AuditAction.RECORD_ACCESSED,
        "patient",
        subject_id=patient_id,
        patient_id=patient_id,
        after={"what": what},
    )


def record_access_if_refused(session: Session, actor: Actor, *, patient_id: int) -> None:
    """Note that what follows, if it is refused, says something of this patient: then that is a look at the record."""
    record_if_refused(
        session,
        lambda undone: record_access(undone, actor, patient_id=patient_id, what="refusal"),
    )


def record_list(
    session: Session,
    actor: Actor,
    *,
    place: str,
    shown: Collection[int],
    told: Mapping[str, Any] | None = None,
    is_typed: bool = False,
) -> None:
    """Note that a list at `place` showed these patients, and in `told` by what it was narrowed: one entry.

    The same list shown again at once, as a reload does, is the same look. With `is_typed` somebody may type on: it
    becomes an entry by `settle_searches`.
    """
    if not actor.looks:
        return
    said = snapshot({"place": place, **(told or {}), "shown": len(shown)})
    if actor.session_id is None:
        _record(session, actor, said, shown)
    elif is_typed:
        _type(session, actor, said, shown)
    else:
        _take_typed(session, actor, place)
        if not _is_shown_already(session, actor, said, shown):
            _record(session, actor, said, shown)


def settle_searches(session: Session) -> int:
    """Make entries of the searches that nobody replaced in time; says how many."""
    due = (
        sa.select(_TYPED.c.session_id, _TYPED.c.place)
        .where(_TYPED.c.asked_at <= clock.now() - SETTLED_AFTER)
        .order_by(_TYPED.c.asked_at)
        .limit(SETTLED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return _settle(session, sa.tuple_(_TYPED.c.session_id, _TYPED.c.place).in_(due))


def _record(session: Session, actor: Actor, said: Mapping[str, Any], shown: Collection[int]) -> None:
    record(session, actor, AuditAction.LIST_SEEN, "patient", after=said, shown=shown)


def _is_shown_already(
    session: Session, actor: Actor, said: Mapping[str, Any], shown: Collection[int]
) -> bool:
    wanted = {**said, DIGEST: digest_of(shown)} if shown else dict(said)
    found = session.connection().execute(
        _NEWEST,
        {
            "user_id": actor.user_id,
            "session_id": actor.session_id,
            "action": AuditAction.LIST_SEEN,
            "since": clock.now() - SETTLED_AFTER,
        },
    )
    earlier = [{**after, SALT: ""} for after in found.scalars()]
    earlier += [{**entry["after"], SALT: ""} for entry in unwritten(session) if entry["after"]]
    return {**wanted, SALT: ""} in earlier


def _type(session: Session, actor: Actor, said: dict[str, Any], shown: Collection[int]) -> None:
    """Put the search in the place of the one before, if that is replaced; otherwise make an entry of that first."""
    now = clock.now()
    row = {
        "session_id": actor.session_id,
        "place": said["place"],
        "started_at": now,
        "asked_at": now,
        "actor_user_id": actor.user_id,
        "actor_name": plain(actor.name),
        "ip_address": plain(actor.ip_address),
        "told": said,
        "shown": sorted(set(shown)),
    }
    new = insert(_TYPED).values(row)
    newer = new.on_conflict_do_update(
        index_elements=[_TYPED.c.session_id, _TYPED.c.place],
        set_={name: new.excluded[name] for name in ("asked_at", "ip_address", "told", "shown")},
        where=_is_replaced(now),
    ).returning(_TYPED.c.session_id)
    while session.connection().execute(newer).first() is None:
        _settle(session, _at(actor, said["place"]))


def _take_typed(session: Session, actor: Actor, place: str) -> None:
    """A page takes the place of what was typed there: an entry if that had settled, else nothing."""
    now = clock.now()
    _settle(session, sa.and_(_at(actor, place), sa.not_(_is_replaced(now))))
    session.connection().execute(sa.delete(_TYPED).where(_at(actor, place)))


def _is_replaced(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_TYPED.c.asked_at > now - SETTLED_AFTER, _TYPED.c.started_at > now - LONGEST_TYPING)


def _at(actor: Actor, place: str) -> sa.ColumnElement[bool]:
    return sa.and_(_TYPED.c.session_id == actor.session_id, _TYPED.c.place == place)


def _settle(session: Session, which: sa.ColumnElement[bool]) -> int:
    settled = session.connection().execute(sa.delete(_TYPED).where(which).returning(*_TYPED.c)).all()
    for row in sorted(settled, key=lambda one: one.asked_at):
        actor = Actor(
            row.actor_user_id,
            row.actor_name,
            frozenset(),
            session_id=row.session_id,
            ip_address=row.ip_address,
        )
        _record(session, actor, {**row.told, "seen_at": row.asked_at}, row.shown)
    return len(settled)
