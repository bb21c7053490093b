"""FHIR bundles read into a real database, as they come and as they should not come."""

import json
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.audit import queries as audit
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.interop.errors import FhirFilesMissing, ImportDirectoryMissing
from hms_app.domain.interop.service import import_fhir, import_synthea
from hms_app.domain.interop.values import FhirReport, FileCounts, Progress
from hms_app.domain.patients import queries as patients
from hms_app.runtime.paths import ROOT
from tests.domain.interop import fhir_bundles as make

SAMPLE = ROOT / "hms_app" / "demo_data" / "fhir"
SYNTHEA = ROOT / "hms_app" / "demo_data" / "synthea"
IMPORTER = Actor.system("import", HospitalLocale(country="DE"))
CREATED = {
    "Organization": 102,
    "Practitioner": 102,
    "Patient": 16,
    "Encounter": 131,
    "Condition": 56,
    "MedicationRequest": 24,
    "DiagnosticReport": 48,
    "Observation": 792,
    "Procedure": 41,
    "Immunization": 104,
    "CarePlan": 19,
}
REPEATED = {"Organization": 22, "Practitioner": 22}

pytestmark = pytest.mark.usefixtures("connection")


def _read(directory: Path, **files: Any) -> FhirReport:
    return import_fhir(make.write(directory, **files), IMPORTER)


def _count(connection: sa.Connection, table: str) -> int:
    return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def _one(connection: sa.Connection, sql: str) -> Any:
    return connection.execute(sa.text(sql)).one()


def _reasons(report: FhirReport) -> list[str]:
    return [problem.reason for problem in report.problems]


def _all(report: FhirReport, outcome: str) -> bool:
    return all(vars(counts)[outcome] == counts.read for counts in report.resources.values())


def _verify() -> None:
    for check in (*audit.CHECKS, *patients.CHECKS, *clinical.CHECKS):
        with db.transaction() as session:
            found = check(session)
        assert found.ok, found


def test_every_resource_of_the_sample_is_taken_over(connection: sa.Connection) -> None:
    report = import_fhir(SAMPLE, IMPORTER)
    assert report.problems == []
    assert {kind: vars(counts) for kind, counts in report.resources.items()} == {
        kind: vars(
            FileCounts(read=made + REPEATED.get(kind, 0), created=made, unchanged=REPEATED.get(kind, 0))
        )
        for kind, made in CREATED.items()
    }
    assert report.not_read == {"Claim": 155, "ExplanationOfBenefit": 131, "Goal": 5}
    assert _count(connection, "observation WHERE panel_id IS NOT NULL") == 134
    assert _count(connection, "observation WHERE is_panel") == 67
    assert _count(connection, "observation WHERE diagnostic_report_id IS NOT NULL") == 376
    assert not _count(connection, "encounter WHERE organization_id IS NULL")
    _verify()


def test_every_row_hangs_on_the_patient_the_file_names(connection: sa.Connection) -> None:
    import_fhir(SAMPLE, IMPORTER)
    for path in SAMPLE.glob("*_*.json"):
        resources = [entry["resource"] for entry in json.loads(path.read_bytes())["entry"]]
        wanted = sorted(one["id"] for one in resources if one["resourceType"] == "Observation")
        owner = next(one["id"] for one in resources if one["resourceType"] == "Patient")
        found = connection.execute(
            sa.text(
                "SELECT o.source_key FROM observation o JOIN patient p ON p.id = o.patient_id"
                " WHERE p.source_key = :owner AND o.panel_id IS NULL"
            ),
            {"owner": owner},
        ).scalars()
        assert sorted(found) == wanted, path.name


def test_a_second_run_creates_and_changes_nothing(connection: sa.Connection) -> None:
    import_fhir(SAMPLE, IMPORTER)
    tables = ("patient", "observation", "patient_identifier", "patient_search_key", "import_identifier")
    before = [_count(connection, table) for table in tables]
    audited = _count(connection, "audit_entry WHERE action = 'interop.import_chunk.loaded'")
    assert _all(import_fhir(SAMPLE, IMPORTER), "unchanged")
    assert [_count(connection, table) for table in tables] == before
    assert _count(connection, "audit_entry WHERE action = 'interop.import_chunk.loaded'") == audited


def test_codes_look_as_those_of_the_other_import(connection: sa.Connection) -> None:
    import_fhir(SAMPLE, IMPORTER)
    for table in ("condition", "observation", "medication_request", "immunization", "procedure", "care_plan"):
        systems = set(connection.execute(sa.text(f"SELECT DISTINCT code_system FROM {table}")).scalars())
        assert systems <= {"SNOMED-CT", "LOINC", "RxNorm", "CVX"}, table


def test_a_patient_is_known_by_everything_the_resource_says(
    tmp_path: Path, connection: sa.Connection
) -> None:
    contact = {
        "relationship": [make.concept("C", "", "http://terminology.hl7.org/CodeSystem/v2-0131")],
        "name": {"family": "Berg", "given": ["Olaf"]},
        "telecom": [{"system": "phone", "value": "+49 30 901820"}],
    }
    written = make.patient(
        name=[
            {"use": "maiden", "family": "Holm"},
            {"use": "official", "family": "Berg12", "given": ["Anna3", "Maria"], "prefix": ["Dr."]},
        ],
        telecom=[
            {"system": "phone", "use": "mobile", "value": "030 901820"},
            {"system": "email", "value": "a@b.de"},
        ],
        address=[
            {"line": ["Hafenweg 3", "2nd floor"], "city": "Kiel", "postalCode": "24103", "country": "DE"}
        ],
        contact=[contact],
        maritalStatus=make.concept("M", ""),
        deceasedDateTime="2021-06",
        meta={"security": [{"code": "R"}]},
    )
    assert _reasons(_read(tmp_path, a=written)) == []
    row = _one(connection, "SELECT * FROM patient")
    assert (row.given_names, row.family_name, row.prefix, row.maiden_name) == (
        "Anna Maria",
        "Berg",
        "Dr.",
        "Holm",
    )
    assert (row.marital_status, row.is_restricted, row.deceased_is_day_only) == ("married", True, True)
    assert row.deceased_at.isoformat() == "2021-06-01T12:00:00+00:00"
    points = connection.execute(
        sa.text("SELECT system, use, value, digits FROM patient_contact_point ORDER BY id")
    )
    assert [tuple(point) for point in points] == [
        ("phone", "mobile", "+4930901820", "4930901820"),
        ("email", "home", "a@b.de", ""),
    ]
    address = _one(connection, "SELECT address_line, city, country FROM patient_address")
    assert tuple(address) == ("Hafenweg 3, 2nd floor", "Kiel", "DE")
    relation = _one(connection, "SELECT kind, name, phone FROM patient_relation")
    assert tuple(relation) == ("emergency_contact", "Olaf Berg", "+49 30 901820")
    kinds = connection.execute(sa.text("SELECT type, value FROM patient_identifier ORDER BY type")).all()
    assert [tuple(kind) for kind in kinds] == [("ssn", "999-00-p1"), ("synthea-name", "Anna3 Maria Berg12")]


@pytest.mark.parametrize(
    ("written", "day", "precision"), [("1980", "1980-01-01", "year"), ("1980-05", "1980-01-01", "year")]
)
def test_a_birth_date_may_be_a_year(
    tmp_path: Path, connection: sa.Connection, written: str, day: str, precision: str
) -> None:
    _read(tmp_path, a=make.patient(birthDate=written))
    row = _one(connection, "SELECT birth_date, birth_date_precision FROM patient")
    assert (str(row.birth_date), row.birth_date_precision) == (day, precision)


def test_references_are_followed_by_id_address_identifier_and_into_what_is_contained(
    tmp_path: Path, connection: sa.Connection
) -> None:
    by_identifier = {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "npi-d1"}}
    searched = {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|npi-d1"}
    inside = make.practitioner("inner", identifier=None)
    _read(
        tmp_path,
        a=make.bundle(
            make.encounter("e1", participant=[{"individual": searched}]),
            make.encounter("e2", participant=[{"individual": by_identifier}], subject=_identified("p1")),
            make.encounter("e3", participant=[{"individual": {"reference": "#inner"}}], contained=[inside]),
            make.encounter("e4", participant=[{"individual": {"display": "Somebody"}}]),
        ),
        z=make.bundle(make.patient(), make.practitioner()),
    )
    found = connection.execute(
        sa.text(
            "SELECT e.source_key, d.source_key FROM encounter e LEFT JOIN practitioner d ON d.id = e.practitioner_id"
            " ORDER BY e.source_key"
        )
    ).all()
    assert [tuple(row) for row in found] == [("e1", "d1"), ("e2", "d1"), ("e3", "e3#inner"), ("e4", None)]


def _identified(key: str) -> dict[str, Any]:
    return {"identifier": {"system": "http://hl7.org/fhir/sid/us-ssn", "value": f"999-00-{key}"}}


def test_the_same_id_on_two_servers_is_two_patients(tmp_path: Path, connection: sa.Connection) -> None:
    other = make.patient(name=[{"family": "Olsen", "given": ["Bo"]}], identifier=None, birthDate="1950-01-01")
    report = _read(
        tmp_path,
        a=make.bundle(make.patient(), make.encounter("1"), base="https://a.example/fhir"),
        b=make.bundle(other, make.encounter("1"), base="https://b.example/fhir"),
    )
    assert report.problems == []
    found = connection.execute(
        sa.text("SELECT p.family_name FROM encounter e JOIN patient p ON p.id = e.patient_id ORDER BY 1")
    ).scalars()
    assert list(found) == ["Berg", "Olsen"]


def test_the_same_id_for_somebody_else_is_refused_with_all_that_is_theirs(
    tmp_path: Path, connection: sa.Connection
) -> None:
    other = make.patient(name=[{"family": "Olsen", "given": ["Bo"]}], identifier=None, birthDate="1950-01-01")
    report = _read(tmp_path, a=make.bundle(make.patient()), b=make.bundle(other, make.encounter("9")))
    assert _reasons(report) == [
        "its id occurs a second time, with other content: p1",
        "subject refers to a Patient that was refused",
    ]
    later = _read(tmp_path / "later", a=make.bundle(other, make.encounter("9")))
    assert [reason.partition(", who")[0][:22] for reason in _reasons(later)] == [
        "its id is that of pati",
        "it is about a patient ",
    ]
    assert _count(connection, "encounter") == 0
    assert _one(connection, "SELECT family_name FROM patient").family_name == "Berg"


def test_a_record_of_one_patient_never_becomes_another_ones(
    tmp_path: Path, connection: sa.Connection
) -> None:
    two = make.patient("p2", name=[{"family": "Olsen"}])
    _read(tmp_path, a=make.bundle(make.patient(), two, make.encounter("e1")))
    report = _read(tmp_path / "later", a=make.bundle(two, make.encounter("e1", of="Patient/p2")))
    assert _reasons(report) == ["its id is that of a record of another patient: e1"]


def test_a_patient_who_is_here_already_keeps_the_record(tmp_path: Path, connection: sa.Connection) -> None:
    import_synthea(SYNTHEA, IMPORTER)
    here = _one(
        connection,
        "SELECT p.id, p.given_names, p.family_name, p.birth_date, i.value FROM patient p"
        " JOIN patient_identifier i ON i.patient_id = p.id AND i.type = 'ssn' ORDER BY p.id LIMIT 1",
    )
    ours = make.patient(
        identifier=[
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": here.value},
            {"type": make.concept("MR", ""), "system": "http://clinic.example", "value": "77"},
        ],
        name=[{"family": here.family_name, "given": [here.given_names.split()[0]]}],
        birthDate=str(here.birth_date),
    )
    report = _read(tmp_path, a=make.bundle(ours, make.encounter()))
    assert report.problems == []
    assert vars(report.resources["Patient"]) == vars(FileCounts(read=1, updated=1))
    assert _count(connection, "patient") == 27
    assert _one(connection, "SELECT patient_id FROM encounter WHERE source_key = 'e1'").patient_id == here.id
    assert (
        _one(connection, "SELECT patient_id FROM patient_identifier WHERE value = '77'").patient_id == here.id
    )
    assert _all(_read(tmp_path, a=make.bundle(ours, make.encounter())), "unchanged")
    _verify()


def test_who_shares_an_official_identifier_with_somebody_else_comes_and_the_report_says_so(
    tmp_path: Path, connection: sa.Connection
) -> None:
    twin = make.patient("p2", identifier=make.patient()["identifier"], name=[{"family": "Olsen"}])
    report = _read(tmp_path, a=make.bundle(make.patient(), twin, make.encounter("e2", of="Patient/p2")))
    assert report.problems == []
    assert "its ssn 999-00-p1 is also that of patient" in report.remarks[0].reason
    assert "who has another name" in report.remarks[0].reason
    assert _count(connection, "patient") == 2
    assert _count(connection, "encounter") == 1


def test_a_panel_has_its_components_and_loses_those_of_an_older_version(
    tmp_path: Path, connection: sa.Connection
) -> None:
    _read(tmp_path, a=make.bundle(make.patient(), make.blood_pressure()))
    changed = make.blood_pressure(systolic=131)
    changed["component"].pop()
    report = _read(tmp_path, a=make.bundle(make.patient(), changed))
    assert vars(report.resources["Observation"]) == vars(FileCounts(read=1, updated=1))
    row = _one(
        connection,
        "SELECT c.code, c.value_number, p.is_panel FROM observation c JOIN observation p"
        " ON p.id = c.panel_id",
    )
    assert (row.code, float(row.value_number), row.is_panel) == ("8480-6", 131.0, True)


def test_the_reference_range_in_the_unit_of_the_value_is_kept(
    tmp_path: Path, connection: sa.Connection
) -> None:
    panel = make.blood_pressure()
    panel["component"][0]["referenceRange"] = [{"high": make.quantity(135, "mm[Hg]")}]
    extreme = {"coding": [{"code": "treatment"}]}
    height = make.observation(
        referenceRange=[
            {"text": "as tall as others"},
            {"type": extreme, "low": make.quantity(1, "cm")},
            {"low": make.quantity(5, "[ft_us]")},
            {"low": make.quantity(150.5, "cm"), "high": make.quantity(190, "cm")},
        ]
    )
    report = _read(tmp_path, a=make.bundle(make.patient(), panel, height))
    assert report.problems == []
    found = connection.execute(
        sa.text("SELECT code, reference_low, reference_high FROM observation ORDER BY code")
    )
    assert [(row.code, row.reference_low, row.reference_high) for row in found] == [
        ("55284-4", None, None),
        ("8302-2", Decimal("150.5"), Decimal(190)),
        ("8462-4", None, None),
        ("8480-6", None, Decimal(135)),
    ]


def test_results_of_a_report_and_members_of_a_panel_may_stand_in_later_files(
    tmp_path: Path, connection: sa.Connection
) -> None:
    panel = make.observation("panel", valueQuantity=None, hasMember=[{"reference": "Observation/x1"}])
    report = make.report("r1", "Patient/p1", "Observation/x1", "Observation/x2")
    _read(
        tmp_path,
        a=[report],
        b=[panel],
        c=[make.observation("x1"), make.observation("x2")],
        d=[make.patient()],
    )
    linked = "SELECT count(diagnostic_report_id) AS reports, count(panel_id) AS panels FROM observation"
    assert tuple(_one(connection, linked)) == (2, 1)
    report["result"].pop()
    _read(tmp_path, a=[report])
    assert tuple(_one(connection, linked)) == (1, 1)
    _verify()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueQuantity": {"value": 4, "comparator": "<", "code": "mg"}}, (None, "< 4", "", "mg")),
        (
            {"valueCodeableConcept": make.concept("260373001", "Detected")},
            (None, "Detected", "260373001", ""),
        ),
        ({"valueBoolean": True}, (None, "yes", "", "")),
        ({"valueInteger": 3}, (3, "", "", "")),
        ({"valueString": "clear"}, (None, "clear", "", "")),
        (
            {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}},
            (None, "1 : 128", "", ""),
        ),
        (
            {"valueRange": {"low": {"value": 2, "code": "mg"}, "high": {"value": 5}}},
            (None, "2 to 5", "", "mg"),
        ),
    ],
)
def test_every_type_of_value_is_kept(
    tmp_path: Path, connection: sa.Connection, value: dict[str, Any], expected: tuple[object, ...]
) -> None:
    _read(tmp_path, a=make.bundle(make.patient(), make.observation(**{"valueQuantity": None, **value})))
    assert (
        tuple(_one(connection, "SELECT value_number, value_text, value_code, unit FROM observation"))
        == expected
    )


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (make.patient(name=None), "name is missing"),
        (make.patient(birthDate="1980-13-01"), "birthDate is not a date: 1980-13-01"),
        (make.patient(birthDate=1980), "birthDate is not a date: int"),
        (make.patient(gender="female?"), "gender is not known: female?"),
        (make.patient(name=[{"family": "B\0rg"}]), "family contains a character that is no text"),
        (make.patient(name=[{"family": "\ud800"}]), "family contains a character that is no text"),
        (make.patient(name="Anna Berg"), "name is not a list of objects"),
        (make.encounter(of="Patient/nobody"), "subject refers to no patient: nobody"),
        (make.encounter(of="Group/g"), "subject is not a patient but a Group"),
        (make.encounter(subject=None), "subject is missing"),
        (make.encounter(status="done"), "status is not known: done"),
        (make.encounter(period={"start": "2020-02-02", "end": "2020-02-01"}), "it ends before it begins"),
        (make.observation(valueQuantity=None), "it says nothing: it has neither a value"),
        (make.observation(valueQuantity={"value": "171"}), "value is not a number: 171"),
        (make.observation(code=None), "code is missing"),
        (make.report(code={"text": "x" * 2000}), "text is longer than 1000 characters"),
    ],
)
def test_a_bad_resource_is_named_with_its_place_and_left_out(
    tmp_path: Path, connection: sa.Connection, resource: dict[str, Any], reason: str
) -> None:
    report = _read(tmp_path, a=make.bundle(make.patient("other", birthDate="1990-01-01"), resource))
    problem = report.problems[0]
    assert (problem.file, problem.path) == ("a.json", "entry[1]")
    assert problem.reason.startswith(reason)
    counts = report.resources[resource["resourceType"]]
    assert counts.rejected == 1
    assert counts.read == counts.created + counts.rejected
    assert _count(connection, "patient") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe{\0", "it is not UTF-8 text"),
        (b'{"resourceType": "Bundle", "entry": [', "it is not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "it is nested too deeply"),
        (b"[]", "it is no FHIR resource"),
        (b"{}", "it has no resourceType of FHIR"),
        (b'{"resourceType": "Bundle", "entry": 3}', "the bundle's entry is not a list"),
        (b'{"resourceType": "Bundle", "entry": [4]}', "the entry is not an object"),
        (b'{"resourceType": "Bundle", "entry": [{}]}', "the entry has no resource of FHIR"),
        (b'{"resourceType": "Patient", "birthDate": NaN}', "it is not JSON that can be read here"),
        (b'{"resourceType": "Patient", "x": ' + b"9" * 5000 + b"}", "it is not JSON that can be read here"),
    ],
)
def test_a_file_that_is_no_resource_is_named_and_the_others_are_read(
    tmp_path: Path, connection: sa.Connection, content: bytes, reason: str
) -> None:
    make.write(tmp_path, b=make.patient())
    (tmp_path / "a.json").write_bytes(content)
    report = import_fhir(tmp_path, IMPORTER)
    assert report.problems[0].file == "a.json"
    assert report.problems[0].reason.startswith(reason)
    assert _count(connection, "patient") == 1


def test_a_byte_order_mark_and_blank_lines_change_nothing(tmp_path: Path, connection: sa.Connection) -> None:
    one = json.dumps(make.patient("p1"))
    two = json.dumps(make.patient("p2", name=[{"family": "Olsen"}]))
    (tmp_path / "a.ndjson").write_bytes(f"\ufeff{one}\r\n\r\nno json\n{two}".encode())
    report = import_fhir(tmp_path, IMPORTER)
    assert [(problem.path, problem.reason[:14]) for problem in report.problems] == [
        ("line 3", "it is not JSON")
    ]
    assert _count(connection, "patient") == 2


def test_without_a_directory_or_files_nothing_starts(tmp_path: Path, connection: sa.Connection) -> None:
    with pytest.raises(ImportDirectoryMissing):
        import_fhir(tmp_path / "none", IMPORTER)
    with pytest.raises(FhirFilesMissing):
        import_fhir(tmp_path, IMPORTER)
    assert not _count(connection, "audit_entry WHERE action LIKE 'interop.%'")


def test_who_may_not_import_changes_nothing(
    connection: sa.Connection, actor_with: Callable[..., Actor]
) -> None:
    with pytest.raises(NotPermitted):
        import_fhir(SAMPLE, actor_with(Permission.PATIENTS_PATIENT_READ))
    assert _count(connection, "patient") == 0


def test_a_broken_import_goes_on_where_it_stopped(connection: sa.Connection) -> None:
    def stop(step: Progress) -> None:
        if step.file == "Observation":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_fhir(SAMPLE, IMPORTER, on_progress=stop, chunk_rows=100)
    assert 0 < _count(connection, "observation WHERE panel_id IS NULL") < CREATED["Observation"]
    report = import_fhir(SAMPLE, IMPORTER)
    assert report.problems == []
    assert _count(connection, "observation WHERE panel_id IS NULL") == CREATED["Observation"]
    assert _count(connection, "patient") == 16


def test_progress_only_grows_and_ends_at_all_bytes(connection: sa.Connection) -> None:
    steps: list[Progress] = []
    import_fhir(SAMPLE, IMPORTER, on_progress=steps.append)
    done = [step.bytes_read for step in steps]
    assert done == sorted(done)
    assert done[-1] == steps[0].bytes_total


def test_memory_is_that_of_the_largest_file(tmp_path: Path) -> None:
    sample = next(SAMPLE.glob("Wiley*")).read_text(encoding="utf-8")
    for number in range(12):
        (tmp_path / f"{number:02}.json").write_text(
            sample.replace("0dae4422", f"{number:08}"), encoding="utf-8"
        )
    tracemalloc.start()
    import_fhir(tmp_path, IMPORTER)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000


def test_what_is_told_of_a_merged_record_goes_to_the_survivor(
    tmp_path: Path, connection: sa.Connection
) -> None:
    survivor = make.patient("p2", name=[{"family": "Berg", "given": ["Anne"]}])
    files = make.bundle(make.patient(), survivor, make.encounter(), make.observation())
    _read(tmp_path, a=files)
    connection.execute(
        sa.text(
            "UPDATE patient p SET status = 'merged', merged_into_id = s.id FROM patient s"
            " WHERE p.source_key = 'p1' AND s.source_key = 'p2'"
        )
    )
    for table in ("encounter", "observation"):
        connection.execute(
            sa.text(f"UPDATE {table} SET patient_id = (SELECT id FROM patient WHERE source_key = 'p2')")
        )
    assert _all(_read(tmp_path, a=files), "unchanged")
    report = _read(tmp_path, a=make.bundle(make.patient(gender="other"), make.condition()))
    assert report.problems == []
    assert _one(
        connection, "SELECT merged_into_id FROM patient p JOIN condition c ON c.patient_id = p.id"
    ) == (None,)
