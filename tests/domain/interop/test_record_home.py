"""A record that was read elsewhere comes home."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hms_app.core import db
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.service import import_fhir
from hms_app.domain.interop.values import InteropAction
from tests.databases import Databases
from tests.domain.interop import fhir_bundles as make
from tests.domain.interop import test_record_export as exported

pytestmark = pytest.mark.usefixtures("connection")


def test_a_record_that_comes_home_from_another_hospital_of_the_same_name_changes_nothing(
    tmp_path: Path, connection: sa.Connection, databases: Databases
) -> None:
    exported._hospital()
    with db.transaction() as session:
        audit.record(
            session, exported.SYSTEM, InteropAction.CHUNK_LOADED, exported._make_rich_record(session)
        )
    before, here = exported._record(connection), exported._ids(connection)[0]
    make.write(tmp_path / "a", a=exported._export(here))
    make.write(tmp_path / "b", b=_read_and_exported_elsewhere(tmp_path / "a", databases))
    db.bind(connection)
    report = import_fhir(tmp_path / "b", exported.SYSTEM)
    assert report.problems == []
    after = exported._record(connection)
    assert exported._ids(connection) == [here]
    for table in set(exported.TABLES) - {"condition"}:
        assert after[table] == before[table], table
    (new,) = (after["condition"] - before["condition"]).elements()
    assert "Found there" in new
    numbers = "SELECT count(*) FROM patient_identifier WHERE type = 'mrn' AND system LIKE 'urn:hms:mrn:%'"
    assert connection.execute(sa.text(numbers)).scalar_one() == 1
    again = import_fhir(tmp_path / "b", exported.SYSTEM)
    assert all(counts.read == counts.unchanged for counts in again.resources.values())


def _read_and_exported_elsewhere(directory: Path, databases: Databases) -> dict[str, Any]:
    """What another hospital of this name exports of the one patient it has read, with a diagnosis of its own."""
    with databases.opened("there") as opened:
        engine = db.make_engine(opened.app_url, pool_size=2)
        with engine.connect() as there, there.begin() as undone:
            db.bind(there)
            exported._hospital()
            import_fhir(directory, exported.SYSTEM)
            patient_id = exported._ids(there)[0]
            found = (
                "INSERT INTO condition (patient_id, display, occurred_at) VALUES (:id, 'Found there', now())"
            )
            there.execute(sa.text(found), {"id": patient_id})
            bundle = exported._export(patient_id)
            db.bind(None)
            undone.rollback()
        engine.dispose()
    return bundle
