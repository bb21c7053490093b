"""A whole record as a FHIR bundle: valid, complete, only for who may, and the same record when it is read again."""

import datetime as dt
import io
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fhir.resources.R4B.bundle import Bundle
from pypdf import PdfReader
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.tables import (
    CarePlan,
    Condition,
    DeviceUse,
    DiagnosticReport,
    Encounter,
    FamilyMemberHistory,
    ImagingStudy,
    Immunization,
    MedicationRequest,
    Observation,
    SupplyUse,
)
from hms_app.domain.interop.queries import PARTS
from hms_app.domain.interop.service import (
    export_record_bundle,
    export_record_paper,
    import_fhir,
    import_synthea,
)
from hms_app.domain.interop.values import InteropAction
from hms_app.domain.patients.tables import Patient, PatientAddress, PatientConsent, PatientRelation
from hms_app.runtime.paths import ROOT
from tests.domain.interop import fhir_bundles as make
from tests.domain.interop import official_shapes
from tests.factories.clinical import NOON, make_allergy, make_record
from tests.factories.organization import make_hospital
from tests.factories.patients import make_patient

FHIR = ROOT / "hms_app" / "demo_data" / "fhir"
SYNTHEA = ROOT / "hms_app" / "demo_data" / "synthea"
SYSTEM = Actor.system("tests")
IGNORED = frozenset(
    (
        "id",
        "mrn",
        "source_system",
        "source_key",
        "source_hash",
        "created_at",
        "updated_at",
        "recorded_at",
        "version",
    )
)
"""Made anew in every hospital, or said of the import and not of the patient."""
NAMED = {
    "practitioner": ("family_name", "given_names", "specialty"),
    "organization": ("name", "address_line", "city", "phone"),
    "payer": ("name", "kind", "city", "phone"),
    "encounter": ("occurred_at", "ended_at", "code", "display", "encounter_class"),
    "observation": ("occurred_at", "code", "is_panel"),
    "diagnostic_report": ("occurred_at", "code"),
    "allergy_intolerance": ("occurred_at", "code"),
}
TABLES = (
    *("patient", "patient_identifier", "patient_contact_point", "patient_address", "patient_relation"),
    *("coverage", "patient_consent", "encounter", "condition", "allergy_intolerance", "allergy_reaction"),
    *("medication_request", "diagnostic_report", "observation", "procedure", "immunization", "care_plan"),
    *("device_use", "supply_use", "imaging_study", "family_member_history"),
)

pytestmark = pytest.mark.usefixtures("connection")


def _export(patient_id: int, actor: Actor = SYSTEM) -> dict[str, Any]:
    with db.transaction() as session:
        content: dict[str, Any] = json.loads(
            export_record_bundle(session, actor, patient_id=patient_id).content
        )
    return content


def _ids(connection: sa.Connection) -> list[int]:
    return list(connection.execute(sa.text("SELECT id FROM patient ORDER BY id")).scalars())


def _record(connection: sa.Connection) -> dict[str, Counter[str]]:
    """Every row of every patient, with what it refers to instead of ids."""
    return {table: _rows(connection, table) for table in TABLES}


def _rows(connection: sa.Connection, table: str) -> Counter[str]:
    if table == "allergy_reaction":
        owner = "JOIN allergy_intolerance a ON a.id = t.allergy_id JOIN patient p ON p.id = a.patient_id"
    else:
        owner = f"JOIN patient p ON p.id = t.{'id' if table == 'patient' else 'patient_id'}"
    named, joins = "", ""
    columns = sa.inspect(connection).get_columns(table)
    for column in (column["name"] for column in columns):
        target = {"panel_id": "observation", "allergy_id": "allergy_intolerance"}.get(column, column[:-3])
        if column.endswith("_id") and target in NAMED:
            parts = ", ".join(f"n_{column}.{part}" for part in NAMED[target])
            named += f", CASE WHEN t.{column} IS NOT NULL THEN ROW({parts})::text END AS of_{column}"
            joins += f" LEFT JOIN {target} n_{column} ON n_{column}.id = t.{column}"
    found = connection.execute(
        sa.text(
            f"SELECT t.*, p.name_sort || p.birth_date AS of_patient {named} FROM {table} t {owner} {joins}"
            f" {_KEPT.get(table, '')}"
        )
    ).mappings()
    return Counter(_told(row) for row in found)


_KEPT = {"patient_identifier": "WHERE t.type <> 'mrn' OR t.system NOT LIKE 'urn:hms:%'"}


def _told(row: Any) -> str:
    shown = {name: value for name, value in row.items() if name not in IGNORED and not name.endswith("_id")}
    return repr(
        {name: value.normalize() if isinstance(value, Decimal) else value for name, value in shown.items()}
    )


def _again(connection: sa.Connection, directory: Path, fill: Callable[[], object]) -> None:
    """Fill a hospital, export everybody, read the bundles in an empty hospital: the same records are there."""
    hospital = connection.begin_nested()
    with db.transaction() as session:
        make_hospital(session)
    fill()
    before = _record(connection)
    for patient_id in _ids(connection):
        (directory / f"{patient_id}.json").write_text(json.dumps(_export(patient_id)), encoding="utf-8")
    hospital.rollback()
    assert _ids(connection) == []
    report = import_fhir(directory, SYSTEM)
    assert report.problems == []
    after = _record(connection)
    for table in TABLES:
        assert after[table] - before[table] == Counter(), table
        assert before[table] - after[table] == Counter(), table


def _hospital() -> None:
    with db.transaction() as session:
        make_hospital(session)


@pytest.mark.timeout(240)
def test_the_patients_of_an_export_of_synthea_come_back_as_they_were(
    tmp_path: Path, connection: sa.Connection
) -> None:
    _again(connection, tmp_path, lambda: import_synthea(SYNTHEA, SYSTEM))


@pytest.mark.timeout(240)
def test_the_patients_of_fhir_bundles_come_back_as_they_were(
    tmp_path: Path, connection: sa.Connection
) -> None:
    _again(connection, tmp_path, lambda: import_fhir(FHIR, SYSTEM))


def test_whatever_the_official_examples_say_comes_back_as_it_was(
    tmp_path: Path, connection: sa.Connection
) -> None:
    examples = make.write(tmp_path / "examples", record=official_shapes.record())
    _again(connection, tmp_path, lambda: import_fhir(examples, SYSTEM))
    for patient_id in _ids(connection):
        _validated(_export(patient_id))


def _validated(bundle: dict[str, Any]) -> None:
    Bundle.model_validate(bundle)


@pytest.mark.timeout(240)
def test_every_bundle_is_valid_fhir(connection: sa.Connection) -> None:
    _hospital()
    import_synthea(SYNTHEA, SYSTEM)
    import_fhir(FHIR, SYSTEM)
    ids = _ids(connection)
    assert len(ids) == 43
    for patient_id in ids:
        _validated(_export(patient_id))


def test_what_people_typed_comes_back_too(tmp_path: Path, connection: sa.Connection) -> None:
    def fill() -> None:
        with db.transaction() as session:
            audit.record(session, SYSTEM, InteropAction.CHUNK_LOADED, _make_rich_record(session))

    _again(connection, tmp_path, fill)
    _validated(json.loads(next(tmp_path.glob("*.json")).read_text(encoding="utf-8")))


def _make_rich_record(session: Session) -> Patient:
    patient = make_patient(
        session,
        phones=("+4930901820",),
        identifiers=("A-7",),
        birth_date=dt.date(1951, 6, 7),
        birth_date_precision="estimated",
        birth_estimated_on=dt.date(2024, 6, 7),
        deceased_at=NOON,
        is_restricted=True,
        status="inactive",
        status_reason="moved away",
        language="el",
        given_names="Ζωή  Μαρία",
        maiden_name="Ömer",
        preferred_name="Zoe",
        race="Somebody",
    )
    key = patient.key
    ended = dt.date(2023, 1, 1)
    session.add(
        PatientRelation(patient_id=key, kind="guardian", name="Olaf Berg", phone="+49 30 1", ended_on=ended)
    )
    session.add(PatientRelation(patient_id=key, kind="other", relationship_name="Neighbour", name="Dr Li"))
    session.add(
        PatientAddress(patient_id=key, use="work", address_line="Weg 3", country="DE", ended_on=ended)
    )
    session.add(
        PatientConsent(
            patient_id=key,
            kind="research",
            decision="given",
            recorded_on=ended,
            withdrawn_on=dt.date(2024, 2, 2),
        )
    )
    session.flush()
    visit = make_record(session, Encounter, patient, encounter_class="hospice", status="in_progress")
    make_record(
        session,
        Condition,
        patient,
        occurred_precision="month",
        is_day_only=True,
        occurred_at=dt.datetime(2020, 3, 1, tzinfo=dt.UTC),
        note="first line\nsecond line",
        encounter_id=visit.key,
    )
    make_record(session, Condition, patient, status="entered_in_error", code="", code_system="")
    make_allergy(session, patient, "Nuts", "Hives", criticality="high", occurred_precision="unknown")
    make_record(
        session, MedicationRequest, patient, status="ended", ended_at=NOON, dosage="1-0-1", dispenses=3
    )
    make_record(
        session,
        MedicationRequest,
        patient,
        code="2",
        allergy_warning="Recorded allergy: Nuts.",
        allergy_reason="Tolerated since",
    )
    make_record(session, Immunization, patient, lot_number="L7", status="planned")
    report = make_record(session, DiagnosticReport, patient, conclusion="Fine.\nReally.", category="imaging")
    panel = make_record(session, Observation, patient, is_panel=True, value_number=None)
    ranged = {"unit": "mm[Hg]", "reference_low": Decimal("60.5"), "reference_high": Decimal(80)}
    make_record(
        session, Observation, patient, panel_id=panel.key, diagnostic_report_id=report.key, code="2", **ranged
    )
    make_record(session, Observation, patient, code="4", unit="/min", reference_high=Decimal(100))
    make_record(
        session, Observation, patient, value_number=None, value_text="> 5\nabout", unit="mg", code="3"
    )
    make_record(
        session, FamilyMemberHistory, patient, relationship="mother", age_at_onset=52, is_deceased=True
    )
    make_record(session, CarePlan, patient, reason_display="Because")
    make_record(session, DeviceUse, patient, udi="(01)7")
    make_record(
        session, SupplyUse, patient, quantity=Decimal("2.5"), status="cancelled", encounter_id=visit.key
    )
    make_record(session, ImagingStudy, patient, study_uid="1.2", modality_code="CT", code="")
    return patient


def test_a_part_that_may_not_be_read_is_left_out_and_the_bundle_says_so(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    patient = _make_rich_record(session)
    bare = (
        Permission.PATIENTS_RECORD_EXPORT,
        Permission.PATIENTS_PATIENT_READ,
        Permission.PATIENTS_RESTRICTED_READ,
    )
    bundle = json.loads(export_record_bundle(session, actor_with(*bare), patient_id=patient.key).content)
    assert [entry["resource"]["resourceType"] for entry in bundle["entry"]] == ["Patient"]
    assert [tag["display"] for tag in bundle["meta"]["tag"]] == [
        f"{part.title}: not included" for part in PARTS
    ]
    only = bundle["entry"][0]["resource"]
    assert not {"telecom", "address", "contact"} & set(only)
    assert [one["value"] for one in only["identifier"]] == [patient.mrn]
    for part in PARTS:
        actor = actor_with(*bare, part.permission)
        found = json.loads(export_record_bundle(session, actor, patient_id=patient.key).content)
        assert len(found["meta"]["tag"]) == len(PARTS) - 1, part.title
        _validated(found)


def test_a_visit_that_may_not_be_seen_is_not_named(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    patient = _make_rich_record(session)
    actor = actor_with(
        Permission.PATIENTS_RECORD_EXPORT,
        Permission.PATIENTS_PATIENT_READ,
        Permission.PATIENTS_RESTRICTED_READ,
        Permission.CLINICAL_CONDITION_READ,
    )
    content = export_record_bundle(session, actor, patient_id=patient.key).content
    assert b"Encounter" not in content
    assert b'"encounter"' not in content


def test_who_may_not_export_or_not_know_of_the_patient_gets_nothing(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    patient = _make_rich_record(session)
    with pytest.raises(NotPermitted):
        export_record_bundle(session, actor_with(Permission.PATIENTS_PATIENT_READ), patient_id=patient.key)
    unaware = actor_with(Permission.PATIENTS_RECORD_EXPORT, Permission.PATIENTS_PATIENT_READ)
    with pytest.raises(NotFound):
        export_record_bundle(session, unaware, patient_id=patient.key)


def test_an_export_is_in_the_audit_trail(session: Session, connection: sa.Connection) -> None:
    patient = make_patient(session)
    session.commit()
    _export(patient.key)
    entry = connection.execute(
        sa.text("SELECT patient_id, after FROM audit_entry WHERE action = 'interop.record.exported'")
    ).one()
    assert (entry.patient_id, entry.after["as"]) == (patient.key, "FHIR bundle")


def test_an_export_that_is_read_where_it_was_made_changes_nothing(
    tmp_path: Path, connection: sa.Connection
) -> None:
    _hospital()
    make.write(tmp_path / "in", a=make.bundle(make.patient(), make.encounter()))
    import_fhir(tmp_path / "in", SYSTEM)
    before = _record(connection)
    make.write(tmp_path / "out", a=_export(_ids(connection)[0]))
    report = import_fhir(tmp_path / "out", SYSTEM)
    assert report.problems == []
    assert all(counts.created == 0 for counts in report.resources.values())
    assert _record(connection) == before


def test_the_paper_has_the_head_and_its_number_on_each_page(connection: sa.Connection) -> None:
    _hospital()
    import_fhir(FHIR, SYSTEM)
    with db.transaction() as session:
        paper = export_record_paper(session, SYSTEM, patient_id=_ids(connection)[0])
    assert paper.name.endswith(".pdf")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages]
    assert len(pages) > 1
    for number, text in enumerate(pages, start=1):
        assert "Mr. Agustín Fonseca · record" in text
        assert f"Page {number} of {len(pages)}" in text
    assert pages[0].count("St Mary") == 1
    assert "131.48 / 82.12 mmHg" in " ".join(pages)


def test_the_paper_writes_names_in_their_own_letters_and_says_what_is_left_out(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    patient = _make_rich_record(session)
    bare = (
        Permission.PATIENTS_RECORD_EXPORT,
        Permission.PATIENTS_PATIENT_READ,
        Permission.PATIENTS_RESTRICTED_READ,
        Permission.CLINICAL_ALLERGY_READ,
    )
    paper = export_record_paper(session, actor_with(*bare), patient_id=patient.key)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    assert "Ζωή" in text
    assert "Nuts" in text
    assert "Some Condition" not in text
    assert "Left out, because whoever made this may not read it: Contacts, Identifiers" in " ".join(
        text.split()
    )
