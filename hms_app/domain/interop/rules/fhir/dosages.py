"""How to take a medicine: in the prescriber's words, or in words made of what was coded."""

from typing import Final

from hms_app.domain.interop.rules.fhir.codes import read_concept
from hms_app.domain.interop.rules.fhir.elements import Json, first, number, part, parts, text
from hms_app.domain.interop.rules.fhir.remarks import quantity_words, range_words

_UNITS: Final = {
    **dict(zip(("s", "min", "h", "d"), ("seconds", "minutes", "hours", "days"), strict=True)),
    **dict(zip(("wk", "mo", "a"), ("weeks", "months", "years"), strict=True)),
}


def dosage_words(instruction: Json) -> str:
    """One instruction in words; "" when it says nothing."""
    written = text(instruction, "text", limit=1000) or text(instruction, "patientInstruction", limit=1000)
    if written:
        return written
    dose = first(instruction, "doseAndRate")
    also = (read_concept(one).display for one in parts(instruction, "additionalInstruction"))
    said = (
        quantity_words(part(dose, "doseQuantity")) or range_words(part(dose, "doseRange")),
        _timing(part(instruction, "timing")),
        read_concept(part(instruction, "route")).display,
        _as_needed(instruction),
        *also,
    )
    return ", ".join(one for one in said if one)


def _timing(timing: Json) -> str:
    named = read_concept(part(timing, "code")).display
    repeat = part(timing, "repeat")
    period, unit = number(repeat, "period"), text(repeat, "periodUnit", limit=10)
    if named or period is None:
        return named
    times = number(repeat, "frequency") or "1"
    return f"{times} {'time' if times == '1' else 'times'} every {period} {_UNITS.get(unit, unit)}"


def _as_needed(instruction: Json) -> str:
    """Whether it is taken when needed, and for what."""
    reason = read_concept(part(instruction, "asNeededCodeableConcept")).display
    return (
        f"as needed for {reason}"
        if reason
        else "as needed"
        if instruction.get("asNeededBoolean") is True
        else ""
    )
