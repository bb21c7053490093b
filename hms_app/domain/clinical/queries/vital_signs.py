"""Vital signs over time, for charts and the tables below them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.rules import is_adult, pair_mark, range_mark, range_of, unit_words
from hms_app.domain.clinical.values import NO_RANGE, VITAL_SIGNS, Range, VitalPoint, VitalSeries, VitalSign
from hms_app.domain.patients.queries import Statement, find_visible, rows_of

Row = Mapping[str, Any]
MOST_POINTS: Final = 300
"""The newest measurements of a series that a chart shows."""

_POINTS: Final = f"""
SELECT c.code, o.id, o.value_number, o.unit, o.reference_low, o.reference_high, o.occurred_at
FROM unnest(%(codes)s::text[]) AS c (code), LATERAL (
 SELECT v.id, v.value_number, v.unit, v.reference_low, v.reference_high, v.occurred_at FROM observation v
 WHERE v.patient_id = %(patient_id)s AND v.code = c.code AND v.status = 'completed'
  AND v.value_number IS NOT NULL AND v.occurred_precision <> 'unknown'
 ORDER BY v.occurred_at DESC, v.id DESC LIMIT {MOST_POINTS}) o
ORDER BY o.occurred_at, o.id"""


@use_case(OrOwn(Permission.CLINICAL_OBSERVATION_READ))
def list_vital_sign_series(session: Session, actor: Actor, *, patient_id: int) -> list[VitalSeries]:
    """Every vital sign the patient has, each with at least one point; one statement for all."""
    patient = find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="vital signs")
    codes = [code for sign in VITAL_SIGNS for code in (sign.code, sign.second_code) if code]
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows_of(session, Statement(_POINTS, {"patient_id": patient_id, "codes": codes})):
        found.setdefault(row["code"], []).append(row)
    reading = _Reading(actor.locale, patient["birth_date"])
    return [reading.series(sign, found) for sign in VITAL_SIGNS if found.get(sign.code)]


class _Reading(NamedTuple):
    """How one patient's measurements are read."""

    locale: HospitalLocale
    born_on: dt.date | None

    def series(self, sign: VitalSign, found: Mapping[str, list[Row]]) -> VitalSeries:
        """A sign over time, with the range of its latest measurement."""
        rows = found[sign.code]
        seconds = {row["occurred_at"]: row for row in found.get(sign.second_code, ())}
        last = rows[-1]
        second = seconds.get(last["occurred_at"])
        return VitalSeries(
            code=sign.code,
            title=sign.title,
            unit=unit_words(last["unit"]),
            points=tuple(self._point(sign, row, seconds.get(row["occurred_at"])) for row in rows),
            usual=self._range(sign, sign.usual, last),
            second_usual=self._range(sign, sign.second_usual, second) if second else NO_RANGE,
            is_range_given=_given(last) != NO_RANGE,
        )

    def _point(self, sign: VitalSign, row: Row, second: Row | None) -> VitalPoint:
        mark = range_mark(float(row["value_number"]), self._range(sign, sign.usual, row))
        if second is not None:
            usual = self._range(sign, sign.second_usual, second)
            mark = pair_mark(mark, range_mark(float(second["value_number"]), usual))
        return VitalPoint(
            at=row["occurred_at"],
            moment=self.locale.moment(row["occurred_at"]),
            value=float(row["value_number"]),
            second=float(second["value_number"]) if second is not None else None,
            mark=mark,
        )

    def _range(self, sign: VitalSign, usual: Range, row: Row) -> Range:
        adult = is_adult(self.born_on, self.locale.local(row["occurred_at"]).date())
        return range_of(_given(row), usual, is_adult=adult, unit=row["unit"], usual_unit=sign.unit)


def _given(row: Row) -> Range:
    """The range that came with a measurement."""
    low, high = row["reference_low"], row["reference_high"]
    return Range(None if low is None else float(low), None if high is None else float(high))
