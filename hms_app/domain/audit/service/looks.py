"""Looks: at one patient's record, and at lists and searches that show many.

What somebody is still typing is no look yet. The latest search of a session at a place waits in a row of its own
until it settles: it is replaced when the next one comes within seconds, and becomes an entry when none does. The row
is written with the search, so that a closed tab or a killed server loses none.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.domain.audit.rules import digest_of, plain, snapshot
from hms_app.domain.audit.service.entries import record, record_if_refused, unwritten
from hms_app.domain.audit.values import DIGEST, SALT, AuditAction

SETTLED_AFTER: Final = dt.timedelta(seconds=3)
"""A search that no other followed within this time was read; the same list within it is the same look."""
LONGEST_TYPING: Final = dt.timedelta(seconds=10)
"""Whoever goes on searching for longer leaves an entry on the way, however fast one follows the other."""
SETTLED_AT_ONCE: Final = 200
_COLUMNS: Final = (
    "session_id, place, started_at, asked_at, actor_user_id, actor_name, ip_address, told, shown"
)
_IS_REPLACED: Final = "typed_search.asked_at > :settled AND typed_search.started_at > :typed_for"
_TYPE: Final = sa.text(f"""
INSERT INTO typed_search ({_COLUMNS})
VALUES (:session_id, :place, :now, :now, :actor_user_id, :actor_name, :ip_address,
    CAST(:told AS jsonb), CAST(:shown AS bigint[]))
ON CONFLICT (session_id, place) DO UPDATE
SET asked_at = excluded.asked_at, ip_address = excluded.ip_address, told = excluded.told, shown = excluded.shown
WHERE {_IS_REPLACED} RETURNING 1
""")
_TAKE: Final = sa.text(f"""
DELETE FROM typed_search WHERE session_id = :session_id AND place = :place
RETURNING {_COLUMNS}, {_IS_REPLACED} AS is_replaced
""")
_DUE: Final = sa.text(f"""
DELETE FROM typed_search WHERE (session_id, place) IN (
    SELECT session_id, place FROM typed_search WHERE asked_at <= :settled
    ORDER BY asked_at LIMIT {SETTLED_AT_ONCE} FOR UPDATE SKIP LOCKED
) RETURNING {_COLUMNS}, false AS is_replaced
""")
_NEWEST: Final = sa.text("""
SELECT after FROM (SELECT action, session_id, occurred_at, after FROM audit_entry
    WHERE actor_user_id = :user_id ORDER BY id DESC LIMIT 10) newest
WHERE action = :action AND session_id = :session_id AND occurred_at > :settled
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
    return _settle(session, _DUE, _limits())


def _record(session: Session, actor: Actor, said: Mapping[str, Any], shown: Collection[int]) -> None:
    record(session, actor, AuditAction.LIST_SEEN, "patient", after=said, shown=shown)


def _is_shown_already(
    session: Session, actor: Actor, said: Mapping[str, Any], shown: Collection[int]
) -> bool:
    wanted = {**said, DIGEST: digest_of(shown)} if shown else dict(said)
    asked = {"user_id": actor.user_id, "session_id": actor.session_id, "action": AuditAction.LIST_SEEN}
    found = session.connection().execute(_NEWEST, {**asked, **_limits()}).scalars()
    earlier = [{**after, SALT: ""} for after in found]
    earlier += [{**entry["after"], SALT: ""} for entry in unwritten(session) if entry["after"]]
    return {**wanted, SALT: ""} in earlier


def _type(session: Session, actor: Actor, said: dict[str, Any], shown: Collection[int]) -> None:
    """Put the search in the place of the one before, if that is replaced; otherwise make an entry of that first."""
    row = {
        "session_id": actor.session_id,
        "place": said["place"],
        "actor_user_id": actor.user_id,
        "actor_name": plain(actor.name),
        "ip_address": plain(actor.ip_address),
        "told": json.dumps(said),
        "shown": sorted(set(shown)),
        **_limits(),
    }
    while session.connection().execute(_TYPE, row).first() is None:
        _take_typed(session, actor, said["place"])


def _take_typed(session: Session, actor: Actor, place: str) -> None:
    """Take away what was typed at a place: an entry if it had settled, else nothing."""
    _settle(session, _TAKE, {"session_id": actor.session_id, "place": place, **_limits()})


def _limits() -> dict[str, dt.datetime]:
    now = clock.now()
    return {"now": now, "settled": now - SETTLED_AFTER, "typed_for": now - LONGEST_TYPING}


def _settle(session: Session, taken: sa.TextClause, values: Mapping[str, Any]) -> int:
    rows = session.connection().execute(taken, values).all()
    settled = sorted((row for row in rows if not row.is_replaced), key=lambda one: one.asked_at)
    for row in settled:
        actor = Actor(
            row.actor_user_id,
            row.actor_name,
            frozenset(),
            session_id=row.session_id,
            ip_address=row.ip_address,
        )
        _record(session, actor, {**row.told, "seen_at": row.asked_at}, row.shown)
    return len(settled)
