"""Vital signs over time, for charts and the tables below them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.rules import is_adult, unit_words
from hms_app.domain.clinical.values import VITAL_SIGNS, VitalPoint, VitalSeries, VitalSign
from hms_app.domain.patients.queries import Statement, find_visible, may_read, rows_of

MOST_POINTS: Final = 300
"""The newest measurements of a series that a chart shows."""

_POINTS: Final = f"""
SELECT c.code, o.id, o.value_number, o.unit, o.occurred_at
FROM unnest(%(codes)s::text[]) AS c (code), LATERAL (
 SELECT v.id, v.value_number, v.unit, v.occurred_at FROM observation v
 WHERE v.patient_id = %(patient_id)s AND v.code = c.code AND v.status = 'completed'
  AND v.value_number IS NOT NULL AND v.occurred_precision <> 'unknown'
 ORDER BY v.occurred_at DESC, v.id DESC LIMIT {MOST_POINTS}) o
ORDER BY o.occurred_at, o.id"""


@use_case(SIGNED_IN)
def vital_sign_series(session: Session, actor: Actor, *, patient_id: int, code: str) -> VitalSeries:
    """One vital sign by its LOINC code (blood pressure by the systolic one); raises NotFound when never measured."""
    signs = [sign for sign in VITAL_SIGNS if code and code in (sign.code, sign.second_code)]
    found = _series(session, actor, patient_id, signs)
    if not found:
        raise NotFound("vital sign of this patient")
    return found[0]


@use_case(SIGNED_IN)
def list_vital_sign_series(session: Session, actor: Actor, *, patient_id: int) -> list[VitalSeries]:
    """Every vital sign the patient has, each with at least one point; one statement for all."""
    return _series(session, actor, patient_id, VITAL_SIGNS)


def _series(session: Session, actor: Actor, patient_id: int, signs: Sequence[VitalSign]) -> list[VitalSeries]:
    patient = find_visible(session, actor, patient_id)
    if not may_read(actor, Permission.CLINICAL_OBSERVATION_READ, patient_id):
        raise NotPermitted(Permission.CLINICAL_OBSERVATION_READ)
    audit.record_access(session, actor, patient_id=patient_id, what="vital signs")
    codes = [code for sign in signs for code in (sign.code, sign.second_code) if code]
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows_of(session, Statement(_POINTS, {"patient_id": patient_id, "codes": codes})):
        found.setdefault(row["code"], []).append(row)
    adult = is_adult(patient["birth_date"], actor.locale.today())
    return [_one(sign, found, actor.locale, adult=adult) for sign in signs if found.get(sign.code)]


def _one(
    sign: VitalSign, found: Mapping[str, list[Mapping[str, Any]]], locale: HospitalLocale, *, adult: bool
) -> VitalSeries:
    rows = found[sign.code]
    seconds = {row["occurred_at"]: row["value_number"] for row in found.get(sign.second_code, ())}
    points = tuple(
        VitalPoint(
            at=row["occurred_at"],
            moment=locale.moment(row["occurred_at"]),
            value=float(row["value_number"]),
            second=float(seconds[row["occurred_at"]]) if row["occurred_at"] in seconds else None,
        )
        for row in rows
    )
    series = VitalSeries(sign.code, sign.title, unit_words(rows[-1]["unit"]), points)
    if not adult:
        return series
    return VitalSeries(
        series.code,
        series.title,
        series.unit,
        points,
        low=sign.low,
        high=sign.high,
        second_low=sign.second_low,
        second_high=sign.second_high,
    )
