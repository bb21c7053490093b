"""A patient's whole record as a file: FHIR for another hospital's computer, a PDF for people."""

import json
from typing import Any

from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.queries import gather_record
from hms_app.domain.interop.rules.fhir.writing.bundles import RecordContents, write_bundle
from hms_app.domain.interop.rules.record_paper import PaperHead, record_pdf
from hms_app.domain.interop.rules.record_sections import born_words, sections_of
from hms_app.domain.interop.values import InteropAction, RecordFile
from hms_app.domain.organization.queries import get_letterhead
from hms_app.domain.patients.rules import display_name


@use_case(Permission.PATIENTS_RECORD_EXPORT)
def export_record_bundle(session: Session, actor: Actor, *, patient_id: int) -> RecordFile:
    """One FHIR R4 bundle of what the actor may see of a patient; the export is in the audit trail.

    Raises NotFound for a patient the actor may not know of.
    """
    contents = gather_record(session, actor, patient_id=patient_id)
    bundle = write_bundle(contents, made_at=clock.now().isoformat())
    _note(session, actor, contents, "FHIR bundle")
    content = json.dumps(bundle, ensure_ascii=False, indent=1).encode()
    return RecordFile(f"record-{contents.patient['mrn']}.json", content)


@use_case(Permission.PATIENTS_RECORD_EXPORT)
def export_record_paper(session: Session, actor: Actor, *, patient_id: int) -> RecordFile:
    """What the actor may see of a patient as a PDF; the export is in the audit trail.

    Raises NotFound for a patient the actor may not know of.
    """
    contents = gather_record(session, actor, patient_id=patient_id)
    paper = record_pdf(
        _head(session, actor, contents), sections_of(contents, actor.locale), contents.left_out
    )
    _note(session, actor, contents, "PDF")
    return RecordFile(f"record-{contents.patient['mrn']}.pdf", paper)


def _head(session: Session, actor: Actor, contents: RecordContents) -> PaperHead:
    patient = contents.patient
    name = display_name(patient["prefix"], patient["given_names"], patient["family_name"], patient["suffix"])
    born = born_words(patient, actor.locale)
    hospital, address = contents.hospital, ""
    if hospital:
        letterhead = get_letterhead(session, actor)
        address = " · ".join(filter(None, (*letterhead.address_lines, letterhead.phone, letterhead.email)))
    return PaperHead(
        hospital=hospital,
        address=address,
        patient=f"{name} · record {patient['mrn']} · born {born}",
        made=f"Made {actor.locale.moment(clock.now())} by {actor.name}",
    )


def _note(session: Session, actor: Actor, contents: RecordContents, what: str) -> None:
    told: dict[str, Any] = {"as": what, "left_out": list(contents.left_out)}
    key = contents.patient["id"]
    action = InteropAction.RECORD_EXPORTED
    audit.record(session, actor, action, "patient", subject_id=key, patient_id=key, after=told)
