"""What is remembered about rows from outside, so that later files find them again."""

import sqlalchemy as sa
from sqlmodel import Field

import hms_app.domain.patients.tables  # noqa: F401  (patient_source refers to patient)
from hms_app.core.table import Table, foreign_key, unaudited


class ImportIdentifier(Table, table=True):
    """A business identifier ("system|value") by which other resources may refer to an imported one."""

    __tablename__ = "import_identifier"
    __table_args__ = (
        sa.UniqueConstraint("resource_type", "name", "source_key", name="uq_import_identifier_name"),
        {"info": unaudited("written with the row it names, whose own change is audited")},
    )

    resource_type: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    source_key: str = Field(sa_type=sa.Text)


class PatientSource(Table, table=True):
    """A source's own key for a patient who was here before: what that source says of them belongs to this record."""

    __tablename__ = "patient_source"
    __table_args__ = (
        sa.UniqueConstraint("source_system", "source_key", name="uq_patient_source_key"),
        sa.Index("ix_patient_source_patient_id", "patient_id"),
    )

    patient_id: int = foreign_key("patient.id")
    source_system: str = Field(sa_type=sa.Text)
    source_key: str = Field(sa_type=sa.Text)
    source_hash: str = Field(sa_type=sa.Text)
