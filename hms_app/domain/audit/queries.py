"""Reading and proving the trail."""

import datetime as dt
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.keyset import Keyset, Place, count_label
from hms_app.core.paging import PAGE_SIZE, Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit.rules import Known, named_patients, not_shown, shown
from hms_app.domain.audit.tables import AuditChainHead, AuditEntry, AuditShown
from hms_app.domain.audit.values import (
    SALT,
    ChainHead,
    ChainStatus,
    Check,
    EntryFilters,
    EntryRow,
)
from hms_app.runtime.kept_heads import HashesOf, KeptHeads, contradictions

GENESIS: Final = "0" * 64
PROBLEMS_SHOWN: Final = 20
EXPORTED_AT_ONCE: Final = 500
NEWEST_FIRST: Final = Keyset("trail", (int,))
"""Every list of entries is sorted by their number, downwards."""
_ENTRY = sa.inspect(AuditEntry).local_table
_SHOWN = sa.inspect(AuditShown).local_table

_RECOMPUTED: Final = """
WITH walked AS (
    SELECT id, hash, previous_hash, occurred_at, written_at,
        lag(id, 1, 0::bigint) OVER walk AS id_before,
        lag(hash, 1, :genesis) OVER walk AS hash_before,
        lag(written_at) OVER walk AS written_before,
        encode(sha256(convert_to(previous_hash || (jsonb_build_array(
            id, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), actor_user_id, actor_name,
            session_id, ip_address, action, subject_type, subject_id, patient_id, before, after, reason
        ) || CASE WHEN written_at IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(
            to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
        ) END)::text, 'UTF8')), 'hex') AS hash_now
    FROM audit_entry
    WINDOW walk AS (ORDER BY id)
), judged AS (
    SELECT id, id_before, id <> id_before + 1 AS has_gap, hash <> hash_now AS is_altered,
        previous_hash <> hash_before AS is_unchained,
        written_at IS NULL AND written_before IS NOT NULL AS is_undated,
        coalesce(occurred_at > written_at + tolerance
            OR occurred_at < least(written_at, written_before) - tolerance, FALSE) AS is_misdated
    FROM walked, (SELECT tolerance FROM audit_chain_head) AS head
)
SELECT *, count(*) OVER () AS broken FROM judged
WHERE has_gap OR is_altered OR is_unchained OR is_undated OR is_misdated
ORDER BY id LIMIT :shown
"""


_LISTS: Final = """
SELECT count(*) AS checked,
    array_agg(coalesce(e.id, s.entry_id) ORDER BY coalesce(e.id, s.entry_id))
        FILTER (WHERE e.digest IS DISTINCT FROM s.digest) AS broken
FROM (SELECT id, after->>'_digest' AS digest FROM audit_entry WHERE after ? '_digest') e
FULL JOIN (
    SELECT entry_id,
        encode(sha256(convert_to(string_agg(patient_id::text, ',' ORDER BY patient_id), 'UTF8')), 'hex') AS digest
    FROM audit_shown GROUP BY entry_id
) s ON s.entry_id = e.id
"""

KnownAmong = Callable[[Collection[int | str]], Collection[int | str]]
"""Tells of some patients, by key or record number, those whom a reader may know of."""


def knows_nobody(_named: Collection[int | str]) -> Collection[int | str]:
    """For readers of whom nothing is known: what is about a patient is not shown."""
    return ()


@use_case(Permission.AUDIT_ENTRY_READ)
def list_entries(
    session: Session,
    actor: Actor,
    *,
    filters: EntryFilters,
    at: str | None = None,
    known: KnownAmong = knows_nobody,
) -> Page[EntryRow]:
    """A page of the trail, newest first, with what the reader may see.

    Entries about a patient the reader may not know of are not found by that patient.
    """
    if not _may_ask(filters, known):
        return Page(count_label="0")
    place = NEWEST_FIRST.place(at)
    statement = _filtered(sa.select(_ENTRY), filters)
    label = count_label(session, statement, _ENTRY.c.id)
    wanted = next_entries(statement, _ENTRY.c.id, place, PAGE_SIZE)
    found: list[Mapping[str, Any]] = [dict(row) for row in session.connection().execute(wanted).mappings()]
    page = NEWEST_FIRST.cut(found, place, values_of=key_of_entry, label=label)
    known_ones = known(named_patients(page.rows))
    return page.map(lambda entry: entry_row(entry, actor, known_ones))


def next_entries(
    statement: sa.Select[Any], entry_id: sa.ColumnElement[int], place: Place, size: int
) -> sa.Select[Any]:
    """The entries on the far side of a place, and one more, which tells that there are others."""
    if place:
        (beside,) = place.values
        statement = statement.where(entry_id > beside if place.is_back else entry_id < beside)
    return statement.order_by(entry_id.asc() if place.is_back else entry_id.desc()).limit(size + 1)


def key_of_entry(entry: Mapping[str, Any]) -> tuple[int]:
    """By what the trail's lists are sorted."""
    return (entry["id"],)


def entries_before(
    session: Session, filters: EntryFilters, place: int | None, known: KnownAmong
) -> tuple[list[Mapping[str, Any]], int | None]:
    """The next entries below `place`, newest first, and where others follow; for a caller that has asked who may."""
    if not _may_ask(filters, known):
        return [], None
    statement = _filtered(sa.select(_ENTRY), filters).order_by(_ENTRY.c.id.desc()).limit(EXPORTED_AT_ONCE)
    if place is not None:
        statement = statement.where(_ENTRY.c.id < place)
    found: list[Mapping[str, Any]] = [
        dict(entry) for entry in session.connection().execute(statement).mappings()
    ]
    return found, found[-1]["id"] if len(found) == EXPORTED_AT_ONCE else None


def find_entry(session: Session, entry_id: int) -> Mapping[str, Any]:
    """Every column of an entry, for a caller that shows no more than may be seen; raises NotFound."""
    found = session.connection().execute(sa.select(_ENTRY).where(_ENTRY.c.id == entry_id)).mappings()
    entry = found.one_or_none()
    if entry is None:
        raise NotFound("audit entry")
    return dict(entry)


def patients_shown(session: Session, entry_id: int) -> list[int]:
    """The patients that an entry's list showed, for a caller that asks whom the reader may know of."""
    statement = sa.select(_SHOWN.c.patient_id).where(_SHOWN.c.entry_id == entry_id)
    return list(session.connection().execute(statement.order_by(_SHOWN.c.patient_id)).scalars())


def _may_ask(filters: EntryFilters, known: KnownAmong) -> bool:
    """Whether the reader may know of the patient they ask for; else they are answered as if there were none."""
    return filters.patient_id is None or filters.patient_id in known([filters.patient_id])


def chain_head(session: Session) -> ChainHead:
    """Where the chain ends now; print it and keep it elsewhere."""
    head = session.get(AuditChainHead, 1)
    return ChainHead(head.last_id, head.last_hash) if head else ChainHead(0, GENESIS)


@use_case(Permission.AUDIT_CHAIN_VERIFY)
def chain_status(session: Session, actor: Actor) -> ChainStatus:
    """Recompute the whole chain and say whether it holds."""
    chain, kept, head = verify_chain(session), check_kept_heads(session), chain_head(session)
    problems = [*chain.problems, *kept.problems]
    sentence = (
        f"The trail is whole: {actor.locale.number(chain.checked)} entries, each chained to the one before."
        if not problems
        else "The trail was tampered with. Keep this server as it is and tell the privacy officer."
    )
    return ChainStatus(not problems, chain.checked, str(head), sentence, problems)


def verify_chain(session: Session, *, kept_head: ChainHead | None = None) -> Check:
    """Recompute every hash, apart from the code that wrote them, and name each altered, removed or moved row.

    `kept_head` is an earlier head from outside the database: with it a trail that was rewritten from some row
    on, head included, is found too.
    """
    broken = (
        session.connection()
        .execute(sa.text(_RECOMPUTED), {"genesis": GENESIS, "shown": PROBLEMS_SHOWN})
        .all()
    )
    problems = [sentence for row in broken for sentence in _broken_sentences(row)]
    if broken and broken[0].broken > len(broken):
        problems.append(f"{broken[0].broken - len(broken)} more entries do not fit the chain.")
    problems += _head_problems(session)
    if kept_head is not None:
        problems += _kept_head_problems(session, kept_head)
    checked = session.connection().execute(sa.select(sa.func.count()).select_from(_ENTRY)).scalar_one()
    return Check("audit chain", not problems, checked, problems)


def verify_lists(session: Session) -> Check:
    """Compare the patients of every list with the digest in its entry, which the chain holds fast."""
    found = session.connection().execute(sa.text(_LISTS)).one()
    problems = [
        f"Audit entry {entry_id}: the patients its list showed were altered."
        for entry_id in found.broken or ()
    ]
    shown_problems = problems[:PROBLEMS_SHOWN]
    if len(problems) > PROBLEMS_SHOWN:
        shown_problems.append(f"{len(problems) - PROBLEMS_SHOWN} more lists were altered.")
    return Check("audit lists", not problems, found.checked, shown_problems)


def check_kept_heads(session: Session) -> Check:
    """The trail still holds every head that the launcher kept beside the installation's key."""
    heads, problems = KeptHeads.of(get_settings()).read()
    problems += contradictions(heads, hashes_from(session))
    return Check("audit heads kept by the launcher", not problems, len(heads), problems)


def check_head(session: Session, kept: ChainHead) -> Check:
    """The trail still holds a head that somebody kept elsewhere."""
    problems = _kept_head_problems(session, kept)
    return Check(f"audit head {kept.last_id}", not problems, 1, problems)


def last_told(session: Session, *, subject_type: str, actions: str, field: str) -> dict[int, dict[str, Any]]:
    """By subject, what the newest entry says that has `field`, of the actions that begin so."""
    newest = (
        sa.select(sa.func.max(_ENTRY.c.id))
        .where(
            _ENTRY.c.subject_type == subject_type,
            _ENTRY.c.subject_id.is_not(None),
            _ENTRY.c.action.startswith(actions, autoescape=True),
            _ENTRY.c.after.has_key(field),
        )
        .group_by(_ENTRY.c.subject_id)
    )
    found = session.connection().execute(
        sa.select(_ENTRY.c.subject_id, _ENTRY.c.after).where(_ENTRY.c.id.in_(newest))
    )
    return {int(subject_id): after for subject_id, after in found}


def hashes_from(session: Session) -> HashesOf:
    """What gives the hashes that these entries have now."""

    def hashes_of(ids: Sequence[int]) -> dict[int, str]:
        found = session.connection().execute(
            sa.select(_ENTRY.c.id, _ENTRY.c.hash).where(_ENTRY.c.id.in_(ids))
        )
        return {int(entry_id): str(entry_hash) for entry_id, entry_hash in found}

    return hashes_of


CHECKS: Final[list[Callable[[Session], Check]]] = [verify_chain, verify_lists, check_kept_heads]


def as_text(value: Any) -> str:
    """A stored value as plain text: instants in ISO 8601 UTC, JSON compact."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _broken_sentences(row: Any) -> list[str]:
    sentences = []
    if row.has_gap:
        missing = str(row.id - 1) if row.id == row.id_before + 2 else f"{row.id_before + 1} to {row.id - 1}"
        sentences.append(f"Audit entry {missing} was removed.")
    if row.is_altered:
        sentences.append(f"Audit entry {row.id} was altered: its contents do not match its hash.")
    if row.is_unchained and not row.has_gap:
        sentences.append(
            f"Audit entry {row.id} does not follow entry {row.id_before}: one was altered or moved."
        )
    if row.is_undated or row.is_misdated:
        sentences.append(
            f"Audit entry {row.id} is dated ahead of when it was written, or before the entry that it follows."
        )
    return sentences


def _head_problems(session: Session) -> list[str]:
    head = chain_head(session)
    last = (
        session.connection()
        .execute(sa.select(_ENTRY.c.id, _ENTRY.c.hash).order_by(_ENTRY.c.id.desc()).limit(1))
        .one_or_none()
    )
    last_id, last_hash = (last.id, last.hash) if last else (0, GENESIS)
    if last_id < head.last_id:
        return [f"Audit entry {last_id + 1} to {head.last_id} was removed from the end."]
    if (last_id, last_hash) != (head.last_id, head.last_hash):
        return [f"Audit entry {last_id} is not the one the chain's head names ({head.last_id})."]
    return []


def _kept_head_problems(session: Session, kept: ChainHead) -> list[str]:
    if kept.last_id == 0:
        return []
    found = (
        session.connection()
        .execute(sa.select(_ENTRY.c.hash).where(_ENTRY.c.id == kept.last_id))
        .scalar_one_or_none()
    )
    if found is None:
        return [f"Audit entry {kept.last_id}, which the kept head names, is missing."]
    if found != kept.last_hash:
        return [f"Audit entry {kept.last_id} or one before it differs from the kept head."]
    return []


def _filtered(statement: sa.Select[Any], filters: EntryFilters) -> sa.Select[Any]:
    for column, wanted in (
        (_ENTRY.c.actor_user_id, filters.actor_user_id),
        (_ENTRY.c.patient_id, filters.patient_id),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if filters.action:
        statement = statement.where(_ENTRY.c.action.startswith(filters.action, autoescape=True))
    if filters.from_at is not None:
        statement = statement.where(_ENTRY.c.occurred_at >= filters.from_at)
    if filters.to_at is not None:
        statement = statement.where(_ENTRY.c.occurred_at < filters.to_at)
    return statement


def entry_row(
    entry: Mapping[str, Any], actor: Actor, known: Known, *, listed: Sequence[int] = ()
) -> EntryRow:
    """An entry with what `actor` sees of it, who may know of `known`; `listed` are the patients its list showed."""
    seen = shown(entry, actor, known)
    has_subject = entry["subject_id"] is not None and seen.knows_patient
    subject = entry["subject_type"] + (f" {entry['subject_id']}" if has_subject else "")
    return EntryRow(
        id=entry["id"],
        occurred_at=entry["occurred_at"],
        actor_name=entry["actor_name"],
        ip_address=entry["ip_address"],
        action=entry["action"],
        subject=subject,
        patient_id=entry["patient_id"] if seen.knows_patient else None,
        is_about_somebody=entry["patient_id"] is not None,
        listed=tuple(listed),
        reason=seen.reason,
        before=seen.before,
        after=seen.after,
        hidden=tuple(not_shown(kind) for kind in seen.hidden),
        hides_reason=not_shown(seen.hides_reason) if seen.hides_reason else "",
        hash=entry["hash"] if SALT in (entry["after"] or {}) else "",
    )
