"""How to take a medicine, as FHIR says it: R4's Dosage, and where STU3 and R5 put the same things."""

from collections.abc import Iterator
from typing import Final

from hms_app.domain.clinical.rules import regimen_words, span_words
from hms_app.domain.clinical.values.doses import Dose, DoseTiming
from hms_app.domain.interop.rules.fhir.codes import read_concept
from hms_app.domain.interop.rules.fhir.elements import Json, flag, number, part, parts, text, texts
from hms_app.domain.interop.rules.fhir.remarks import quantity_words, range_words, ratio_words, unit_of

_TEXT: Final = 4000


def dosage_words(instructions: list[Json]) -> str:
    """All instructions in words; "" when they say nothing."""
    return regimen_words(map(read_dose, instructions))


def read_dose(instruction: Json) -> Dose:
    """One instruction."""
    needed_for = [
        read_concept(one).display
        for one in (part(instruction, "asNeededCodeableConcept"), *parts(instruction, "asNeededFor"))
    ]
    place = number(instruction, "sequence")
    written = text(instruction, "text", limit=_TEXT)
    for_patient = text(instruction, "patientInstruction", limit=_TEXT)
    return Dose(
        text=written or for_patient,
        sequence=int(float(place)) if place else None,
        amounts=tuple(_amounts(instruction)),
        rates=tuple(_rates(instruction)),
        timing=_timing(part(instruction, "timing")),
        route=read_concept(part(instruction, "route")).display,
        site=read_concept(part(instruction, "site")).display,
        method=read_concept(part(instruction, "method")).display,
        is_as_needed=bool(flag(instruction, "asNeededBoolean") or flag(instruction, "asNeeded")),
        needed_for=" or ".join(filter(None, needed_for)),
        most=tuple(_most(instruction)),
        also=(
            *(read_concept(one).display for one in parts(instruction, "additionalInstruction")),
            for_patient if written else "",
        ),
    )


def _doses(instruction: Json) -> list[Json]:
    """Where the amounts stand: in `doseAndRate`, or in the instruction itself, as STU3 has it."""
    return [*parts(instruction, "doseAndRate"), instruction]


def _amounts(instruction: Json) -> Iterator[str]:
    for dose in _doses(instruction):
        yield quantity_words(part(dose, "doseQuantity")) or range_words(part(dose, "doseRange"))


def _rates(instruction: Json) -> Iterator[str]:
    for dose in _doses(instruction):
        said = (
            quantity_words(part(dose, "rateQuantity")),
            range_words(part(dose, "rateRange")),
            ratio_words(part(dose, "rateRatio"), "per"),
        )
        yield from filter(None, said)


def _most(instruction: Json) -> Iterator[str]:
    value = instruction.get("maxDosePerPeriod")
    periods = parts(instruction, "maxDosePerPeriod") if isinstance(value, list) else []
    for ratio in periods or [part(instruction, "maxDosePerPeriod")]:
        if words := ratio_words(ratio, "in"):
            yield f"at most {words}"
    if words := quantity_words(part(instruction, "maxDosePerAdministration")):
        yield f"at most {words} at once"
    if words := quantity_words(part(instruction, "maxDosePerLifetime")):
        yield f"at most {words} in a lifetime"


def _timing(timing: Json) -> DoseTiming:
    repeat = part(timing, "repeat")
    named = read_concept(part(timing, "code"))
    return DoseTiming(
        named=named.code if named.display == named.code else named.display,
        frequency=number(repeat, "frequency") or "",
        frequency_most=number(repeat, "frequencyMax") or "",
        period=number(repeat, "period") or "",
        period_most=number(repeat, "periodMax") or "",
        period_unit=text(repeat, "periodUnit", limit=20),
        times_of_day=tuple(_clock(one) for one in texts(repeat, "timeOfDay")),
        weekdays=tuple(texts(repeat, "dayOfWeek")),
        occasions=_occasions(repeat),
        offset_minutes=number(repeat, "offset") or "",
        duration=_span(repeat, "duration", "durationMax", "durationUnit"),
        bounds=_bounds(repeat),
        count=_count(repeat),
        on_days=tuple(texts(timing, "event")),
    )


def _occasions(repeat: Json) -> tuple[str, ...]:
    """R4 lists them, STU3 may have one."""
    value = repeat.get("when")
    return (value,) if isinstance(value, str) else tuple(texts(repeat, "when"))


def _count(repeat: Json) -> str:
    least, most = number(repeat, "count"), number(repeat, "countMax")
    return f"{least} to {most}" if least and most else least or most or ""


def _span(element: Json, low: str, high: str, unit: str) -> str:
    least, most = number(element, low) or "", number(element, high) or ""
    return span_words(least or most, most, text(element, unit, limit=20)) if least or most else ""


def _bounds(repeat: Json) -> str:
    duration, between = part(repeat, "boundsDuration"), part(repeat, "boundsRange")
    period = part(repeat, "boundsPeriod")
    if value := number(duration, "value"):
        return f"for {span_words(_bounded(duration, value), '', unit_of(duration))}"
    if words := _range_span(between):
        return f"for {words}"
    began, ended = text(period, "start", limit=40), text(period, "end", limit=40)
    return " ".join(filter(None, (f"from {began}" if began else "", f"until {ended}" if ended else "")))


def _bounded(quantity: Json, value: str) -> str:
    return " ".join(filter(None, (text(quantity, "comparator", limit=10), value)))


def _range_span(between: Json) -> str:
    low, high = part(between, "low"), part(between, "high")
    least, most = number(low, "value") or "", number(high, "value") or ""
    if not least and not most:
        return ""
    words = span_words(least or most, most, unit_of(low) or unit_of(high))
    return words if least and most else f"{'at least' if least else 'at most'} {words}"


def _clock(said: str) -> str:
    """A time of day without seconds that are none."""
    return said.removesuffix(":00") if said.count(":") == 2 else said
