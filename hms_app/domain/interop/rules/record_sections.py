"""A record in words: what its PDF says, part by part, newest first."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from hms_app.core.locale import HospitalLocale
from hms_app.domain.clinical.rules import Part, date_words, panel_words, plain_display, value_words
from hms_app.domain.clinical.values.statuses import status_words
from hms_app.domain.interop.rules.fhir.writing.bundles import RecordContents
from hms_app.domain.patients.rules import death_words, is_deceased, written
from hms_app.domain.patients.values import MARITAL_LABELS, SEX_LABELS, STATUS_LABELS

Row = Mapping[str, Any]


class Line(NamedTuple):
    """A line: when or what it is, what it says, and more about it."""

    label: str
    text: str
    detail: str = ""


class Section(NamedTuple):
    """A part of the record; one without lines says that nothing is recorded."""

    title: str
    lines: tuple[Line, ...]


_IDENTIFIERS: Final = {"ssn": "Social security", "mrn": "Record number"}
_ENDED: Final = frozenset({"ended", "planned", "cancelled", "entered_in_error", "in_progress", "resolved"})


def sections_of(contents: RecordContents, locale: HospitalLocale) -> list[Section]:
    """Every part whoever asked may see, in the order of the record's own pages."""
    writer = _Words(contents, locale)
    sections = [Section("Identity", writer.identity())]
    for table, title, line in writer.parts():
        if table in contents.rows:
            shown = [row for row in reversed(contents.rows[table]) if writer.stands_alone(table, row)]
            sections.append(Section(title, tuple(line(row) for row in shown)))
    return sections


def born_words(patient: Row, locale: HospitalLocale) -> str:
    """The date of birth as it is known."""
    born: dt.date | None = patient["birth_date"]
    if born is None:
        return "unknown"
    return locale.date(born) if patient["birth_date_precision"] == "exact" else f"about {born.year}"


class _Words:
    """Rows as lines."""

    def __init__(self, contents: RecordContents, locale: HospitalLocale) -> None:
        self._contents, self._locale = contents, locale
        self._names = {
            table: {row["id"]: row for row in contents.people.get(table, ())}
            for table in ("practitioner", "organization", "payer")
        }
        self._below: dict[tuple[str, int], list[Row]] = {}
        for row in contents.rows.get("observation", ()):
            for column in ("panel_id", "diagnostic_report_id"):
                if row[column] is not None:
                    self._below.setdefault((column, row[column]), []).append(row)

    def parts(self) -> Sequence[tuple[str, str, Callable[[Row], Line]]]:
        """The tables in the order they are shown, with their titles."""
        return (
            ("patient_contact_point", "Phones and e-mail", self._point),
            ("patient_address", "Addresses", self._address),
            ("patient_relation", "Contacts", self._relation),
            ("patient_identifier", "Identifiers", self._identifier),
            ("coverage", "Coverage", self._coverage),
            ("patient_consent", "Consents", self._consent),
            ("allergy_intolerance", "Allergies", self._allergy),
            ("condition", "Conditions", self._noted),
            ("medication_request", "Medications", self._medication),
            ("immunization", "Immunizations", self._immunization),
            ("family_member_history", "Family history", self._relative),
            ("encounter", "Visits", self._visit),
            ("procedure", "Procedures", self._done),
            ("care_plan", "Care plans", self._done),
            ("diagnostic_report", "Reports", self._report),
            ("observation", "Vital signs and results", self._observation),
            ("imaging_study", "Imaging", self._done),
            ("device_use", "Devices", self._device),
            ("supply_use", "Supplies", self._supply),
            ("document_reference", "Documents", self._noted),
        )

    def stands_alone(self, table: str, row: Row) -> bool:
        """Whether a row has a line of its own: what stands in a panel or a report is shown there."""
        if table != "observation" or row["is_panel"]:
            return True
        return row["panel_id"] is None and row["diagnostic_report_id"] is None

    def identity(self) -> tuple[Line, ...]:
        """Who the patient is."""
        patient, locale = self._contents.patient, self._locale
        said = (
            ("Preferred name", patient["preferred_name"]),
            ("Maiden name", patient["maiden_name"]),
            ("Date of birth", born_words(patient, locale)),
            ("Died", death_words(patient, locale) or ("date unknown" if is_deceased(patient) else "")),
            ("Sex at birth", SEX_LABELS[patient["sex_at_birth"]]),
            ("Gender", SEX_LABELS[patient["gender"]]),
            ("Marital status", MARITAL_LABELS[patient["marital_status"]]),
            ("Place of birth", patient["birth_place"]),
            ("Status", STATUS_LABELS[patient["status"]]),
        )
        return tuple(Line(label, text) for label, text in said if text)

    def _day(self, at: dt.datetime | None, row: Row) -> str:
        if at is None:
            return ""
        if row.get("occurred_precision") == "unknown" and at == row["occurred_at"]:
            return "date unknown"
        if not row["is_day_only"]:
            return self._locale.date_of(at)
        known = "occurred_precision" if at == row["occurred_at"] else "ended_precision"
        day = at.astimezone(dt.UTC).date()
        return date_words(day, row.get(known, "day"), self._locale) or self._locale.date(day)

    def _line(self, row: Row, text: str, *details: str) -> Line:
        until = f"until {self._day(row['ended_at'], row)}" if row["ended_at"] else ""
        status = row["status"].replace("_", " ") if row["status"] in _ENDED else ""
        status = status_words(row).lower() or status
        if self._day(row["ended_at"], row) == self._day(row["occurred_at"], row):
            until = ""
        return Line(self._day(row["occurred_at"], row), text, _joined((*details, until, status)))

    def _noted(self, row: Row) -> Line:
        return self._line(row, plain_display(row["display"]), _code(row), row["note"])

    def _done(self, row: Row) -> Line:
        reason = plain_display(row.get("reason_display") or "")
        why = f"for {reason}" if reason else ""
        return self._line(row, plain_display(row["display"]), why, self._who(row), row.get("note") or "")

    def _medication(self, row: Row) -> Line:
        reason = plain_display(row["reason_display"])
        override = f"in spite of an allergy: {row['allergy_reason']}" if row["allergy_reason"] else ""
        details = (row["dosage"], f"for {reason}" if reason else "", override, self._who(row), row["note"])
        return self._line(row, row["display"], *details)

    def _immunization(self, row: Row) -> Line:
        lot = f"lot {row['lot_number']}" if row["lot_number"] else ""
        return self._line(row, row["display"], lot, row["note"])

    def _relative(self, row: Row) -> Line:
        age = f"at {row['age_at_onset']} years" if row["age_at_onset"] is not None else ""
        who = row["relationship"].replace("_", " ").capitalize()
        return self._line(row, f"{who}: {plain_display(row['display'])}", age, row["note"])

    def _allergy(self, row: Row) -> Line:
        shown = [
            one for one in self._contents.rows.get("allergy_reaction", ()) if one["allergy_id"] == row["id"]
        ]
        reactions = "; ".join(
            _joined((plain_display(one["display"]), one["severity"] or "")) for one in shown
        )
        category = row["category"] if row["category"] != "other" else ""
        return self._line(
            row, plain_display(row["display"]), category, row["criticality"] or "", reactions, row["note"]
        )

    def _visit(self, row: Row) -> Line:
        kind = row["encounter_class"].replace("_", " ")
        reason = plain_display(row["reason_display"])
        return self._line(
            row,
            plain_display(row["display"]),
            kind,
            f"for {reason}" if reason else "",
            self._who(row),
            row["note"],
        )

    def _report(self, row: Row) -> Line:
        return self._line(
            row, row["display"], row["conclusion"], self._parts("diagnostic_report_id", row), row["note"]
        )

    def _observation(self, row: Row) -> Line:
        own = value_words(
            row["value_number"], row["value_text"] or row["value_code"], row["unit"], self._locale
        )
        return self._line(row, plain_display(row["display"]), own, self._parts("panel_id", row), row["note"])

    def _parts(self, column: str, row: Row) -> str:
        """What stands in a panel or a report; a panel among it has a line of its own."""
        found = (one for one in self._below.get((column, row["id"]), []) if not one["is_panel"])
        return panel_words(
            [
                Part(
                    one["code"],
                    one["display"],
                    one["value_number"],
                    one["value_text"] or one["value_code"],
                    one["unit"],
                )
                for one in found
            ],
            self._locale,
        )

    def _device(self, row: Row) -> Line:
        return self._line(row, plain_display(row["display"]), f"UDI {row['udi']}" if row["udi"] else "")

    def _supply(self, row: Row) -> Line:
        return self._line(
            row, plain_display(row["display"]), f"quantity {self._locale.number(row['quantity'])}"
        )

    def _who(self, row: Row) -> str:
        who = self._names["practitioner"].get(row.get("practitioner_id"))
        where = self._names["organization"].get(row.get("organization_id"))
        name = " ".join(filter(None, (who["prefix"], who["given_names"], who["family_name"]))) if who else ""
        return _joined((name, where["name"] if where else ""))

    def _point(self, row: Row) -> Line:
        value = written(row["value"], self._locale.country) if row["system"] == "phone" else row["value"]
        return Line(row["system"].replace("email", "e-mail").capitalize(), value, row["use"])

    def _address(self, row: Row) -> Line:
        town = " ".join(filter(None, (row["postal_code"], row["city"])))
        parts = (row["address_line"], town, row["region"], row["country"])
        return Line(row["use"].capitalize(), ", ".join(filter(None, parts)))

    def _relation(self, row: Row) -> Line:
        return Line(
            row["kind"].replace("_", " ").capitalize(),
            row["name"],
            _joined((row["relationship_name"], row["phone"])),
        )

    def _identifier(self, row: Row) -> Line:
        label = _IDENTIFIERS.get(row["type"], row["type"].replace("-", " ").capitalize())
        return Line(label, row["value"], row["issuer"])

    def _coverage(self, row: Row) -> Line:
        payer = self._names["payer"].get(row["payer_id"])
        period = f"{self._locale.date(row['starts_on'])} to {self._locale.date(row['ends_on'])}".strip()
        member = f"member {row['member_number']}" if row["member_number"] else ""
        return Line(
            row["rank"].capitalize(), payer["name"] if payer else "", _joined((row["plan"], member, period))
        )

    def _consent(self, row: Row) -> Line:
        ended = f"withdrawn {self._locale.date(row['withdrawn_on'])}" if row["withdrawn_on"] else ""
        said = f"{row['kind'].replace('_', ' ').capitalize()}: {row['decision']}"
        return Line(self._locale.date(row["recorded_on"]), said, _joined((ended, row["note"])))


def _code(row: Row) -> str:
    return f"{row['code_system']} {row['code']}".strip() if row["code"] else ""


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)
