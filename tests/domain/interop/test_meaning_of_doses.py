"""Doses in codes become words, whole; beside a text whatever the text lacks."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.domain.interop import fhir_bundles as make
from tests.domain.interop.told import Json, read, rows

pytestmark = pytest.mark.usefixtures("connection")


def _medicine(name: str, *dosages: Json, **said: Any) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2026-01-02",
        "dosageInstruction": list(dosages),
        **said,
    }


def _repeat(**said: Any) -> Json:
    return {"timing": {"repeat": said}, "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}


FOUR_GRAMS = {"numerator": {"value": 4, "unit": "g"}, "denominator": {"value": 1, "unit": "d"}}
DOSES: dict[str, tuple[list[Json], str]] = {
    "times of day": ([_repeat(timeOfDay=["09:00:00", "21:00:00"])], "1 tablet, at 09:00 and 21:00"),
    "weekday": ([_repeat(dayOfWeek=["mon"])], "1 tablet, on Mondays"),
    "weekdays": (
        [_repeat(dayOfWeek=["mon", "thu"], frequency=1, period=1, periodUnit="d")],
        "1 tablet, once a day, on Mondays and Thursdays",
    ),
    "bounds": (
        [_repeat(boundsDuration={"value": 7, "unit": "d"}, frequency=2, period=1, periodUnit="d")],
        "1 tablet, 2 times a day, for 7 days",
    ),
    "a range of periods": (
        [_repeat(frequency=1, period=4, periodMax=6, periodUnit="h")],
        "1 tablet, every 4 to 6 hours",
    ),
    "a range of frequencies": (
        [_repeat(frequency=1, frequencyMax=2, period=8, periodUnit="h")],
        "1 tablet, 1 to 2 times every 8 hours",
    ),
    "before meals": ([_repeat(when=["AC"], offset=30)], "1 tablet, 30 minutes before meals"),
    "a count": (
        [_repeat(count=3, frequency=1, period=1, periodUnit="wk")],
        "1 tablet, once a week, 3 doses in all",
    ),
    "rate": (
        [{"route": {"text": "IV"}, "doseAndRate": [{"rateQuantity": {"value": 200, "unit": "ug/min"}}]}],
        "at 200 ug/min, IV",
    ),
    "ratio of a rate": (
        [
            {
                "doseAndRate": [
                    {
                        "rateRatio": {
                            "numerator": {"value": 1, "unit": "L"},
                            "denominator": {"value": 8, "unit": "h"},
                        }
                    }
                ]
            }
        ],
        "at 1 L per 8 hours",
    ),
    "at most": (
        [
            {
                "asNeededBoolean": True,
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "g"}}],
                "maxDosePerPeriod": FOUR_GRAMS,
            }
        ],
        "1 g, as needed, at most 4 g in 1 day",
    ),
    "a text and more": (
        [
            {
                "text": "1 tablet",
                "asNeededCodeableConcept": {"text": "severe pain"},
                "additionalInstruction": [{"text": "Not with other paracetamol"}],
                "maxDosePerPeriod": FOUR_GRAMS,
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
            }
        ],
        "1 tablet, as needed for severe pain, at most 4 g in 1 day, Not with other paracetamol",
    ),
    "a taper": (
        [{"sequence": 2, "text": "then 20 mg"}, {"sequence": 1, "text": "40 mg for 5 days"}],
        "40 mg for 5 days; then 20 mg",
    ),
    "a site": (
        [{"site": {"text": "left eye"}, **_repeat(frequency=2, period=1, periodUnit="d")}],
        "1 tablet, left eye, 2 times a day",
    ),
    "STU3": (
        [
            {
                "doseQuantity": {"value": 10, "unit": "mL"},
                "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
            }
        ],
        "10 mL, 2 times a day",
    ),
    "a range of doses": (
        [
            {
                "doseAndRate": [
                    {"doseRange": {"low": {"value": 1, "unit": "puff"}, "high": {"value": 2, "unit": "puff"}}}
                ]
            }
        ],
        "1 to 2 puff",
    ),
}


@pytest.mark.parametrize("said", DOSES)
def test_a_dose_in_codes_becomes_words_whole(said: str, tmp_path: Path, connection: sa.Connection) -> None:
    instructions, words = DOSES[said]
    report = read(tmp_path, make.patient(), _medicine("m", *instructions))
    assert rows(connection, "SELECT dosage FROM medication_request") == [(words,)]
    assert {name for name in report.not_kept if name.startswith("MedicationRequest.dosage")} == set()
