"""What changed, said to every worker: a topic's name for each thing that screens watch, and nothing of its data.

A topic is the name of a table of ours, `patients` for whatever is said of any patient, or `patient:ID` for one record.
PostgreSQL keeps the word until the commit, and nobody hears of what was undone.
"""

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

CHANNEL: Final = "hms_live"
PATIENTS: Final = "patients"
EVERY_RECORD: Final = "patient:*"
"""Rung in the place of many records."""
MOST_RECORDS: Final = 100
"""Records that one transaction names; whoever changes more, as an import does, rings for every record."""

_RECORD: Final = "patient:"
_NOTIFY: Final = sa.text("SELECT pg_notify(:channel, topic) FROM unnest(CAST(:topics AS text[])) topic")


def record_topic(patient_id: int | str) -> str:
    """What the screens of one patient's record watch."""
    return f"{_RECORD}{patient_id}"


def is_of_record(topic: str) -> bool:
    """Whether it is the topic of one patient's record."""
    return topic.startswith(_RECORD)


def rings(table: str) -> bool:
    """Whether a write to this table is news to a screen: it is one of ours, and does not just follow from others."""
    known = SQLModel.metadata.tables.get(table)
    return known is not None and ("unaudited" not in known.info or "live" in known.info)


def send(connection: sa.Connection, topics: Iterable[str]) -> None:
    """Have these topics rung when the connection's transaction is committed."""
    asked: dict[str, Any] = {"channel": CHANNEL, "topics": sorted(_bounded(set(topics)))}
    connection.execute(_NOTIFY, asked)


def topics_of(patient_ids: Iterable[int]) -> set[str]:
    """The topics of a change that is about these patients."""
    records = {record_topic(patient_id) for patient_id in patient_ids}
    return records | {PATIENTS} if records else records


def note(session: Session, name: str, topics: Iterable[str]) -> None:
    """Keep topics in `session.info[name]` until they are sent."""
    kept: list[str] = session.info.setdefault(name, [])
    kept.extend(topic for topic in topics if topic not in kept)


def _bounded(topics: set[str]) -> set[str]:
    records = {topic for topic in topics if is_of_record(topic)}
    return topics if len(records) <= MOST_RECORDS else (topics - records) | {EVERY_RECORD}
