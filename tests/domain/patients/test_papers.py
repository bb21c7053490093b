"""The card and the wristband."""

import re
import zlib
from collections.abc import Callable

import pytest
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import queries, rules
from hms_app.domain.patients.values import PrintedIdentity
from tests.factories.organization import make_hospital
from tests.factories.patients import make_patient

IDENTITY = PrintedIdentity("St Mary", "Παπαδοπούλου", "Ελένη Жанна Łucja", "3 Feb 1980", "Female", "10000018")
POINTS_A_MM = 72 / 25.4


def _page_size(paper: bytes) -> tuple[float, float]:
    found = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert found
    return round(float(found[1]) / POINTS_A_MM, 1), round(float(found[2]) / POINTS_A_MM, 1)


def test_the_card_has_the_size_of_a_bank_card_and_the_wristband_that_of_a_band() -> None:
    assert _page_size(rules.card_pdf(IDENTITY)) == (85.6, 54.0)
    assert _page_size(rules.wristband_pdf(IDENTITY)) == (254.0, 25.0)


@pytest.mark.parametrize("make", [rules.card_pdf, rules.wristband_pdf])
@pytest.mark.parametrize("name", ["Bo", "Wolfeschlegelsteinhausenbergerdorff " * 3, "名前", ""])
def test_any_name_fits_on_one_page(make: Callable[[PrintedIdentity], bytes], name: str) -> None:
    paper = make(PrintedIdentity("A hospital " * 12, name, name, "3 Feb 1980", "Female", "10000018"))
    assert len(re.findall(rb"/Type /Page\b", paper)) == 1


def test_codes_hold_the_number_and_the_paper_is_drawn_with_it() -> None:
    paper = rules.card_pdf(IDENTITY)
    drawn = b"".join(
        zlib.decompress(stream)
        for stream in re.findall(rb"stream\n(.*?)\nendstream", paper, re.DOTALL)
        if stream[:1] == b"x"
    )
    assert drawn.count(b" re f") > 250
    assert drawn != b"" and rules.card_pdf(IDENTITY) != rules.card_pdf(
        PrintedIdentity("St Mary", "A", "B", "3 Feb 1980", "Female", "10000026")
    )


@pytest.mark.parametrize("print_it", [queries.print_card, queries.print_wristband])
def test_printing_is_for_who_may_know_the_patient_and_noted(
    print_it: Callable[..., bytes], session: Session, actor_with: Callable[..., Actor]
) -> None:
    make_hospital(session)
    patient, restricted = make_patient(session), make_patient(session, is_restricted=True)
    desk = actor_with(Permission.PATIENTS_PATIENT_READ)
    assert print_it(session, desk, patient_id=patient.key).startswith(b"%PDF-")
    assert "patients.record.accessed" in audit.noted(session)
    with pytest.raises(NotFound):
        print_it(session, desk, patient_id=restricted.key)
    with pytest.raises(NotPermitted):
        print_it(session, actor_with(Permission.ORGANIZATION_ROOM_READ), patient_id=patient.key)
