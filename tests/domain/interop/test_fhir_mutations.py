"""Hundreds of damaged bundles: each resource is read, or refused with a reason; nothing crashes or is half there."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.interop.service import import_fhir
from hms_app.domain.patients import queries as patients
from hms_app.runtime.paths import ROOT
from tests.domain.interop import official_shapes as shapes
from tests.domain.interop.mutations import Json, mutations, small_bundles

SAMPLE = ROOT / "hms_app" / "demo_data" / "fhir"
SYSTEM = Actor.system("tests")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("seed", "bundles"), [(1, small_bundles(SAMPLE)), (2, shapes.bundles(30, seed=2))])
def test_damaged_bundles_are_read_or_refused_with_a_reason(
    tmp_path: Path, connection: sa.Connection, seed: int, bundles: list[Json]
) -> None:
    for number, content in enumerate(mutations(bundles, 150, seed)):
        (tmp_path / f"{number:03}.json").write_bytes(content)
    for kept in ("hospital", "practitioner"):
        path = next(SAMPLE.glob(f"{kept}*"))
        (tmp_path / path.name).write_bytes(path.read_bytes())
    report = import_fhir(tmp_path, SYSTEM)
    for kind, counts in report.resources.items():
        told = counts.created + counts.updated + counts.unchanged + counts.rejected
        assert told == counts.read, kind
    assert all(problem.reason and problem.file for problem in report.problems)
    assert not [problem for problem in report.problems if "this program failed" in problem.reason]
    assert sum(counts.created for counts in report.resources.values()) > 100
    assert len(report.problems) > 100
    for check in (*patients.CHECKS, *clinical.CHECKS):
        with db.transaction() as session:
            found = check(session)
        assert found.ok, found
    again = import_fhir(tmp_path, SYSTEM)
    assert sum(counts.created + counts.updated for counts in again.resources.values()) == 0
