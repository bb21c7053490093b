"""Rows that stand beside the records: what was left out of them, and the vocabulary they use."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from hms_app.core.table import Table, foreign_key, one_of, text_column, unaudited
from hms_app.domain.clinical.values import TermKind


class NotTakenOver(Table, table=True):
    """Something a file said of a patient that is in no other row here: what, of which type of resource, and why not."""

    __tablename__ = "not_taken_over"
    __table_args__ = (
        sa.UniqueConstraint("source_system", "source_key", name="uq_not_taken_over_source"),
        sa.Index("ix_not_taken_over_patient_id", "patient_id", "resource_type"),
        {"info": unaudited("what an import left out, whose chunks are audited")},
    )

    patient_id: int = foreign_key("patient.id")
    resource_type: str = Field(sa_type=sa.Text)
    display: str = text_column()
    reason: str = Field(sa_type=sa.Text)
    source_system: str = Field(sa_type=sa.Text)
    source_key: str = Field(sa_type=sa.Text)


class ClinicalTerm(Table, table=True):
    """A code with its text that some record uses: what is offered while somebody types.

    The database adds terms by itself (`clinical_term_of_*`), whichever way a record comes in. `words` is what is
    searched, without accents.
    """

    __tablename__ = "clinical_term"
    __table_args__ = (
        one_of("clinical_term", "kind", TermKind),
        sa.Index(
            "uq_clinical_term_term",
            "kind",
            "code_system",
            "code",
            sa.text("md5(display)"),
            unique=True,
        ),
        sa.Index("ix_clinical_term_words", "words", postgresql_using="gin"),
        {"info": unaudited("derived from the records that use the term, each of which has its own entry")},
    )

    kind: str = Field(sa_type=sa.Text)
    code_system: str = text_column()
    code: str = text_column()
    display: str = Field(sa_type=sa.Text)
    words: str = Field(sa_type=TSVECTOR)
