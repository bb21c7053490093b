"""Records with odd rows are exported too: no row that the hospital keeps makes a download fail, and none is blurred."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fhir.resources.R4B.bundle import Bundle
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.clinical.tables import DocumentReference, Observation
from hms_app.domain.interop.service import export_record_bundle, export_record_paper, import_fhir
from tests.domain.interop import fhir_bundles as make
from tests.factories.clinical import ALL_KINDS, make_record
from tests.factories.patients import make_patient

SYSTEM = Actor.system("tests")
LOW = {"text": "low"}
COMPONENTS: dict[str, make.Json] = {
    "interpretation": {"valueQuantity": make.quantity(107, "mm[Hg]"), "interpretation": [LOW]},
    "several remarks": {
        "valueQuantity": make.quantity(107, "mm[Hg]"),
        "interpretation": [LOW, {"text": "repeat"}],
        "referenceRange": [{"low": make.quantity(110, "mm[Hg]")}, {"text": "children: less"}],
    },
    "bounded value in a unit": {"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg", "code": "mg"}},
    "bounded value and a remark": {
        "valueQuantity": {"value": 5, "comparator": "<", "unit": "mg"},
        "interpretation": [LOW],
    },
    "number without a unit": {"valueInteger": 3},
    "coded": {"valueCodeableConcept": make.concept("260385009", "Negative"), "interpretation": [LOW]},
    "no value": {"dataAbsentReason": {"text": "not performed"}},
    "only understood": {"interpretation": [LOW]},
    "range": {"valueRange": {"low": make.quantity(1, "mg"), "high": make.quantity(2, "mg")}},
}
READ_BACK = sa.text(
    "SELECT code, code_system, display, value_number, value_text, value_code, unit, reference_low, reference_high,"
    " note, is_panel FROM observation ORDER BY panel_id IS NOT NULL, display"
)

pytestmark = pytest.mark.usefixtures("connection")


def _export(patient_id: int) -> make.Json:
    with db.transaction() as session:
        export_record_paper(session, SYSTEM, patient_id=patient_id)
        bundle: make.Json = json.loads(export_record_bundle(session, SYSTEM, patient_id=patient_id).content)
    Bundle.model_validate(bundle)
    assert list(_empty(bundle, "bundle")) == []
    return bundle


def _empty(value: Any, place: str) -> Iterator[str]:
    """Where a resource has what FHIR does not know: an empty list, an empty object, an empty text, a null."""
    if value in (None, "", [], {}):
        yield place
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in below:
        yield from _empty(part, f"{place}.{name}")


def _patient_id(connection: sa.Connection) -> int:
    found: int = connection.execute(sa.text("SELECT id FROM patient")).scalar_one()
    return found


def _comes_back(connection: sa.Connection, directory: Path, *resources: make.Json) -> None:
    """What was read is exported, and the export read where nobody is known says the same of every observation."""
    hospital = connection.begin_nested()
    before = _observed(connection, directory / "in", make.bundle(make.patient(), *resources))
    bundle = _export(_patient_id(connection))
    hospital.rollback()
    assert _observed(connection, directory / "out", bundle) == before


def _observed(connection: sa.Connection, directory: Path, bundle: make.Json) -> list[Any]:
    assert import_fhir(make.write(directory, a=bundle), SYSTEM).problems == []
    return list(connection.execute(READ_BACK).all())


@pytest.mark.parametrize("said", COMPONENTS)
def test_whatever_a_component_says_is_exported_and_comes_back(
    said: str, tmp_path: Path, connection: sa.Connection
) -> None:
    component = {"code": {"text": "systolic"}, **COMPONENTS[said]}
    _comes_back(connection, tmp_path, make.blood_pressure(component=[component]))


def test_a_component_has_only_elements_that_say_something(tmp_path: Path, connection: sa.Connection) -> None:
    components = [{"code": {"text": said}, **content} for said, content in COMPONENTS.items()]
    _comes_back(connection, tmp_path, make.blood_pressure(component=components))


def test_a_panel_whose_members_are_elsewhere_is_exported_and_comes_back(
    tmp_path: Path, connection: sa.Connection
) -> None:
    panel = make.observation(valueQuantity=None, hasMember=[{"reference": "Observation/elsewhere"}])
    _comes_back(connection, tmp_path, panel)


def _words_of(table: sa.Table) -> Iterator[tuple[str, str]]:
    """Every word that a column of the table may hold, as its checks list them."""
    for check in table.constraints:
        if isinstance(check, sa.CheckConstraint):
            found = re.fullmatch(r"(\w+) IN \((.+)\)", str(check.sqltext))
            if found:
                yield from ((found[1], word) for word in re.findall(r"'([^']+)'", found[2]))


def test_a_row_with_any_word_that_the_database_allows_is_exported(session: Session) -> None:
    patient = make_patient(session)
    tried = 0
    for kind in ALL_KINDS:
        for column, word in _words_of(kind.__table__):  # type: ignore[attr-defined]
            make_record(session, kind, patient, **{column: word})
            tried += 1
    assert tried > 100
    session.commit()
    _export(patient.key)


def test_a_row_that_says_as_little_as_the_database_allows_is_exported(session: Session) -> None:
    patient = make_patient(session)
    for kind in ALL_KINDS:
        least = {} if kind is DocumentReference else {"code": "", "code_system": "", "display": ""}
        make_record(session, kind, patient, **least)
    make_record(session, Observation, patient, value_number=None, is_panel=True, display="")
    session.commit()
    _export(patient.key)
