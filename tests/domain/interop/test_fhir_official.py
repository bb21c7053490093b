"""The shapes of the official FHIR R4 examples: each is read with its meaning, or refused with a true sentence."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.interop.rules.fhir import reading
from hms_app.domain.interop.service import import_fhir
from hms_app.domain.interop.values import FhirReport
from hms_app.domain.patients import queries as patients
from hms_app.state.clinical.visit_rows import visit_times
from tests.domain.interop import fhir_bundles as make
from tests.domain.interop import official_shapes as shapes

SYSTEM = Actor.system("tests")

pytestmark = pytest.mark.usefixtures("connection")


def _read(directory: Path, **files: Any) -> FhirReport:
    return import_fhir(make.write(directory, **files), SYSTEM)


def _reasons(report: FhirReport) -> list[str]:
    return [problem.reason for problem in report.problems]


def _only(connection: sa.Connection, sql: str) -> dict[str, Any]:
    return dict(connection.execute(sa.text(sql)).mappings().one())


def _ensure_same_again(directory: Path) -> None:
    """Everything adds up, holds what the checks want, and is unchanged when it is read again."""
    for check in (*patients.CHECKS, *clinical.CHECKS):
        with db.transaction() as session:
            found = check(session)
        assert found.ok, found
    for kind, counts in import_fhir(directory, SYSTEM).resources.items():
        assert counts.unchanged + counts.rejected == counts.read, kind


@pytest.mark.parametrize("name", shapes.READ)
def test_an_official_example_is_read_with_its_meaning(
    tmp_path: Path, connection: sa.Connection, name: str
) -> None:
    example, sql, expected = shapes.READ[name]
    report = _read(tmp_path, a=example, b=make.patient())
    assert _reasons(report) == []
    assert _only(connection, sql) == expected
    _ensure_same_again(tmp_path)


@pytest.mark.parametrize("name", shapes.PEOPLE)
def test_an_official_patient_is_read(tmp_path: Path, connection: sa.Connection, name: str) -> None:
    person, expected = shapes.PEOPLE[name]
    assert _reasons(_read(tmp_path, a=person)) == []
    assert _only(connection, f"SELECT {', '.join(expected)} FROM patient") == expected
    _ensure_same_again(tmp_path)


@pytest.mark.parametrize("name", shapes.REFUSED)
def test_what_is_not_read_is_refused_with_a_true_sentence(tmp_path: Path, name: str) -> None:
    example, reason = shapes.REFUSED[name]
    report = _read(tmp_path, a=example, b=make.patient())
    assert _reasons(report) == [reason]
    assert report.resources[example["resourceType"]].rejected == 1
    assert report.resources["Patient"].created == 1


def test_a_medication_may_stand_in_any_file(tmp_path: Path, connection: sa.Connection) -> None:
    medicine = {
        "resourceType": "Medication",
        "id": "med0316",
        "identifier": [{"system": "urn:shelf", "value": "7"}],
        "code": make.concept("1", "Lisinopril"),
    }
    by_identifier = {"identifier": {"system": "urn:shelf", "value": "7"}, "type": "Medication"}
    report = _read(
        tmp_path,
        a=[
            shapes.prescription("m1", medicationReference={"reference": "Medication/med0316"}),
            shapes.prescription("m2", medicationReference=by_identifier),
            shapes.prescription(
                "m3", medicationReference={"reference": "Medication/x", "display": "Aspirin"}
            ),
        ],
        b=make.patient(),
        z=medicine,
    )
    assert _reasons(report) == []
    assert report.not_read == {"Medication": 1}
    named = connection.execute(
        sa.text("SELECT display FROM medication_request ORDER BY source_key")
    ).scalars()
    assert list(named) == ["Lisinopril", "Lisinopril", "Aspirin"]
    _ensure_same_again(tmp_path)


def test_of_several_versions_the_newest_counts(tmp_path: Path, connection: sa.Connection) -> None:
    old = make.patient(meta={"versionId": "1"}, name=[{"family": "Old"}])
    new = make.patient(meta={"versionId": "2"}, name=[{"family": "New"}])
    visit = make.encounter(of="Patient/p1/_history/1")
    report = _read(tmp_path, a=make.bundle(old, new, visit))
    assert _reasons(report) == ["it is an older version; a newer one stands beside it: p1"]
    assert _only(connection, "SELECT family_name FROM patient") == {"family_name": "New"}
    assert report.resources["Encounter"].created == 1


def test_what_a_history_deleted_does_not_come_back(tmp_path: Path, connection: sa.Connection) -> None:
    history = make.bundle(make.patient("gone"), make.patient())
    history["type"] = "history"
    history["entry"].insert(0, {"request": {"method": "DELETE", "url": "Patient/gone"}})
    assert _reasons(_read(tmp_path, a=history)) == [
        "nothing is deleted by reading files: Patient/gone",
        "it was deleted where it comes from",
    ]
    assert _only(connection, "SELECT source_key FROM patient") == {"source_key": "p1"}


def test_bundles_within_a_bundle_are_read(tmp_path: Path, connection: sa.Connection) -> None:
    searched = {**make.bundle(make.condition()), "type": "searchset"}
    answer = {"resource": searched, "response": {"status": "200"}}
    outer = make.bundle(make.patient())
    outer["entry"] += [answer, {"response": {"status": "204"}}]
    assert _reasons(_read(tmp_path, a=outer)) == []
    assert _only(connection, "SELECT display FROM condition") == {"display": "Asthma (disorder)"}


def test_bundles_without_end_are_refused(tmp_path: Path) -> None:
    nested = make.bundle(make.patient())
    for _ in range(12):
        nested = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": nested}]}
    assert _reasons(_read(tmp_path, a=nested)) == ["bundles are nested too deeply"]


def test_an_entry_of_no_server_may_mean_the_only_one_of_that_id(
    tmp_path: Path, connection: sa.Connection
) -> None:
    ordered = shapes.prescription(
        medicationCodeableConcept={"text": "Theophylline"}, requester={"reference": "Practitioner/d1"}
    )
    document = make.bundle(make.patient(), make.practitioner(), base="http://records.example/open")
    document["entry"].append(
        {"fullUrl": "urn:uuid:124a6916-5d84-4b8c-b250-10cefb8e6e86", "resource": {**ordered, "id": None}}
    )
    assert _reasons(_read(tmp_path, a=document)) == []
    who = "SELECT d.family_name FROM medication_request m JOIN practitioner d ON d.id = m.practitioner_id"
    assert _only(connection, who) == {"family_name": "Okafor"}


def test_a_name_said_twice_in_one_object_is_refused(tmp_path: Path) -> None:
    make.write(tmp_path, b=make.patient())
    twice = json.dumps(make.condition()).replace('"id"', '"status": 1, "status": 2, "id"')
    (tmp_path / "a.json").write_text(twice)
    assert _reasons(import_fhir(tmp_path, SYSTEM)) == ["an object in it has the name status twice"]


def test_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    make.write(tmp_path, b=make.patient())
    for name in ("a.xml", "c.json.gz", "d.jsonl", "e.zip", "readme.txt"):
        (tmp_path / name).write_bytes(b"")
    told = [(problem.file, problem.reason) for problem in import_fhir(tmp_path, SYSTEM).problems]
    assert told == [
        ("a.xml", "the file is not read: only JSON is read here: write its resources as .json"),
        ("c.json.gz", "the file is not read: it is packed: unpack it first"),
        ("d.jsonl", "the file is not read: a file with a resource a line is called .ndjson"),
        ("e.zip", "the file is not read: it is packed: unpack it first"),
    ]


def test_a_file_with_a_name_of_no_encoding_is_named_all_the_same(tmp_path: Path) -> None:
    directory = bytes(make.write(tmp_path, b=make.patient()))
    with open(directory + b"/caf\xe9.json", "wb") as file:
        file.write(b"[]")
    report = import_fhir(tmp_path, SYSTEM)
    assert [problem.file for problem in report.problems] == ["caf\ufffd.json"]
    assert json.dumps(report.as_json(), ensure_ascii=False).encode()


def test_a_sentence_quotes_nothing_that_moves_the_cursor(tmp_path: Path) -> None:
    report = _read(tmp_path, a=make.patient(birthDate="\x1b[2J\u202e1980"))
    assert _reasons(report) == ["birthDate is not a date: ?[2J?1980"]


def test_a_fault_of_ours_loses_one_resource_and_nothing_else(
    tmp_path: Path, connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`last_updated` stands for whatever might be wrong in our own reading."""

    def broken(_self: reading.Reading) -> None:
        raise AssertionError("a fault")

    monkeypatch.setattr(reading.Reading, "last_updated", broken)
    undated = make.condition("undated", onsetDateTime=None)
    report = _read(tmp_path, a=make.bundle(make.patient(), undated, make.condition()))
    [problem] = report.problems
    assert problem.reason.startswith("this program failed on it; tell your administrator reference ")
    assert (problem.file, problem.path) == ("a.json", "entry[1]")
    assert _only(connection, "SELECT source_key FROM condition") == {"source_key": "c1"}


def test_an_undated_result_is_no_last_vital_sign_and_in_no_chart(
    tmp_path: Path, connection: sa.Connection, everyone_allowed: Actor
) -> None:
    _read(tmp_path, a=make.bundle(make.patient(), make.observation(effectiveDateTime=None)))
    with db.transaction() as session:
        patient_id = session.connection().execute(sa.text("SELECT id FROM patient")).scalar_one()
        series = clinical.list_vital_sign_series(session, everyone_allowed, patient_id=patient_id)
        overview = clinical.get_overview(session, everyone_allowed, patient_id=patient_id)
    assert series == []
    assert overview.clinical.vital_signs == ()


def test_a_name_too_long_for_an_index_refuses_its_resource_alone(
    tmp_path: Path, connection: sa.Connection
) -> None:
    """Four bytes a letter and nothing that repeats: it does not fit an index even when packed."""
    chance = random.Random(1)
    letters = "".join(chr(chance.randrange(0x20000, 0x2A000)) for _ in range(800))
    endless = [{"system": letters[:300], "value": letters[300:600]}]
    long = make.organization(letters[600:], identifier=endless)
    report = _read(tmp_path, a=make.bundle(long, make.organization("o2"), make.patient()))
    assert _reasons(report) == ["one of its names or values is too long for the database to find it again"]
    assert _only(connection, "SELECT source_key FROM organization") == {"source_key": "o2"}


def test_an_undated_visit_and_a_visit_of_a_month_say_so(
    tmp_path: Path, connection: sa.Connection, everyone_allowed: Actor
) -> None:
    undated, dated = make.encounter("e1", period=None), make.encounter("e2", period={"start": "2015-01"})
    _read(tmp_path, a=make.bundle(make.patient(), undated, dated))
    with db.transaction() as session:
        patient_id = session.connection().execute(sa.text("SELECT id FROM patient")).scalar_one()
        visits = clinical.list_visits(session, everyone_allowed, patient_id=patient_id).rows
        entries = clinical.list_timeline(session, everyone_allowed, patient_id=patient_id).rows
    assert [visit_times(visit, everyone_allowed.locale) for visit in visits] == ["Date unknown", "Jan 2015"]
    assert ["date unknown" in entry.detail for entry in entries] == [True, False]
    assert entries[1].day == "Jan 2015"
