"""Whatever goes into the trail, somebody has said who may read it; what nobody said is shown to nobody."""

import inspect
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

import hms_app.hms_app  # noqa: F401  (registers every page, state and table)
from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import CONTENTS, INTERNAL, LOOKS, OPEN, OTHERS, PatientEntries
from hms_app.domain.clinical import tables as clinical
from hms_app.domain.organization import tables as organization
from hms_app.domain.patients import tables as patients
from hms_app.domain.patients.queries.entries import _of_patient

WHOLE_ROWS: Final = {
    "clinical.allergy.recorded": clinical.AllergyIntolerance,
    "clinical.condition.recorded": clinical.Condition,
    "clinical.medication.recorded": clinical.MedicationRequest,
    "clinical.immunization.recorded": clinical.Immunization,
    "clinical.family_history.recorded": clinical.FamilyMemberHistory,
    "clinical.social_history.recorded": clinical.Observation,
    "clinical.document.added": clinical.DocumentReference,
    "patients.patient.corrected": patients.Patient,
    "patients.consent.recorded": patients.PatientConsent,
    "patients.coverage.added": patients.Coverage,
    "patients.identifier.added": patients.PatientIdentifier,
    "organization.hospital.founded": organization.Hospital,
    "organization.department.added": organization.Department,
    "organization.room.added": organization.Room,
    "organization.practitioner.added": organization.Practitioner,
    "organization.payer.added": organization.Payer,
}
"""Actions that put a row into the trail as it is: a new column of these wants a reader."""
CONTACTS: Final = (patients.PatientContactPoint, patients.PatientAddress, patients.PatientRelation)
OF_THE_ROW: Final = {
    *("id", "patient_id", "version", "created_at", "updated_at"),
    *(name for name in patients.Kept.model_fields),
    *("source_system", "source_key", "source_hash"),
}
"""Columns that say nothing of what the row is about."""


def _actions() -> Iterator[StrEnum]:
    for name, module in list(sys.modules.items()):
        if name.startswith("hms_app.domain."):
            for _, kind in inspect.getmembers(module, inspect.isclass):
                if issubclass(kind, StrEnum) and kind.__name__.endswith("Action"):
                    yield from kind


def test_every_action_of_every_domain_says_who_may_read_what_it_holds() -> None:
    actions = {str(action) for action in _actions()}
    assert len(actions) > 100
    assert sorted(actions - CONTENTS.keys()) == []
    assert sorted(CONTENTS.keys() - actions) == []


def test_readers_are_permissions_or_the_two_markers() -> None:
    for action, described in CONTENTS.items():
        for reader in (*described.fields.values(), *filter(None, [described.reason])):
            assert isinstance(reader, Permission) or reader in (OPEN, OTHERS), action
        assert not any(name.startswith(INTERNAL) for name in described.fields), action


@pytest.mark.parametrize(
    ("action", "table"),
    [*WHOLE_ROWS.items(), *(("patients.contact.added", table) for table in CONTACTS)],
)
def test_every_column_that_goes_into_the_trail_has_a_reader(action: str, table: Any) -> None:
    columns = {column.name for column in sa.inspect(table).local_table.columns} - OF_THE_ROW
    assert sorted(columns - CONTENTS[action].fields.keys()) == []


def test_nothing_clinical_is_open_to_whoever_reads_the_trail() -> None:
    for action, described in CONTENTS.items():
        if action.startswith(("clinical.", "patients.")) and action not in LOOKS:
            narrow = {name for name, reader in described.fields.items() if reader == OPEN}
            assert narrow <= {"sort", "columns", "kind", "place", "searched_by", "shown", "seen_at"}, action
            if action.startswith("clinical."):
                assert str(described.reason).startswith("clinical:"), action


def test_the_looks_are_actions_and_the_indices_know_the_same_ones() -> None:
    assert {str(action) for action in _actions()} >= set(LOOKS)
    wanted = {
        str(index.name): str(index.dialect_options["postgresql"]["where"])
        for index in SQLModel.metadata.tables["audit_entry"].indexes
    }
    for action in LOOKS:
        assert f"'{action}'" in wanted["ix_audit_entry_patient_look"]
        assert f"'{action}'" in wanted["ix_audit_entry_patient_change"]


def test_looks_and_changes_are_found_by_their_indices(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection:
        connection.execute(sa.text("SET enable_seqscan = off"))
        for looks, index in ((True, "ix_audit_entry_patient_look"), (False, "ix_audit_entry_patient_change")):
            statement, entry_id = _of_patient(PatientEntries(7, looks=looks))[0]
            text = statement.order_by(entry_id.desc()).limit(300)
            compiled = text.compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"EXPLAIN {compiled}").scalars().all()
            assert any(index in line for line in plan), plan
