"""Two records side by side: the same person or not, and which values stay when they are merged."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.paging import with_noun
from hms_app.core.permissions import Permission
from hms_app.domain.duplicates.queries import find_standing_merge
from hms_app.domain.duplicates.service import dismiss_duplicate, reopen_duplicate
from hms_app.domain.duplicates.values import (
    Comparison,
    DuplicateStatus,
    FieldPair,
    MergedRow,
    MergeInput,
    Side,
)
from hms_app.domain.patients.values import PatientRow
from hms_app.domain.workflows.merge_patients import compare_for_merge, merge_patients, undo_merge
from hms_app.state.address import id_in_path
from hms_app.state.base import ScreenState, handles, submits
from hms_app.state.duplicates.likeness import tone_of
from hms_app.state.replies import go, refuse, say

DIALOGS: Final = ("merge", "dismiss", "undo")


class SideView(TypedDict):
    """One of the two records."""

    id: str
    name: str
    mrn: str
    detail: str
    href: str
    status: str


class FieldItem(TypedDict):
    """A field of both records; `kept` is "first" or "second", the value a merge would keep."""

    id: str
    label: str
    first: str
    second: str
    is_different: bool
    kept: str


class HoldingItem(TypedDict):
    """How many rows of a kind each record holds."""

    id: str
    label: str
    first: str
    second: str


class MergeView(TypedDict):
    """The merge that made one record of the two; empty texts while there is none."""

    id: str
    sentence: str
    moved: str


class PairView(TypedDict):
    """What is said about the pair."""

    percent: str
    tone: str
    reasons: list[str]
    doubts: list[str]
    obstacles: list[str]
    decided: str
    is_dismissed: bool
    wants_reason: bool


NO_SIDE: Final[SideView] = {"id": "", "name": "", "mrn": "", "detail": "", "href": "", "status": ""}
NO_MERGE: Final[MergeView] = {"id": "", "sentence": "", "moved": ""}
NO_PAIR: Final[PairView] = {
    "percent": "",
    "tone": "neutral",
    "reasons": [],
    "doubts": [],
    "obstacles": [],
    "decided": "",
    "is_dismissed": False,
    "wants_reason": False,
}


class DuplicatePairState(ScreenState, rx.State):
    """Two records, what differs, and what somebody is about to decide."""

    first: SideView = NO_SIDE
    second: SideView = NO_SIDE
    survivor: str = "first"
    fields: list[FieldItem] = []
    holdings: list[HoldingItem] = []
    pair: PairView = NO_PAIR
    merge: MergeView = NO_MERGE
    dialog: str = ""
    missing: str = ""
    shown_key: str = ""
    _versions: tuple[int, int] = (0, 0)

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def load(self) -> None:
        """Show the two records the address names, and nothing of any other."""
        self._clear()
        try:
            ids = id_in_path(self, place=2, what="patient"), id_in_path(self, place=3, what="patient")
        except NotFound as refusal:
            self.missing, self.is_loading = str(refusal), False
            return
        found = await self._run(_compared, first_id=ids[0], second_id=ids[1])
        self.is_loading = False
        if found is None:
            self.missing = self.problem
            return
        self._show(*found)

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def choose_survivor(self, side: str) -> None:
        """Say whose number stays."""
        self.survivor = "second" if side == "second" else "first"

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def keep(self, field: str, side: str) -> None:
        """Say whose value of a field stays."""
        kept = "second" if side == "second" else "first"
        self.fields = [{**item, "kept": kept} if item["id"] == field else item for item in self.fields]

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def ask(self, dialog: str) -> None:
        """Open a dialog."""
        self.problem, self.problems = "", {}
        self.dialog = dialog if dialog in DIALOGS else ""

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def close(self) -> None:
        """Close the dialog."""
        self.problem, self.problems, self.dialog = "", {}, ""

    @submits(Permission.PATIENTS_PATIENT_MERGE)
    async def confirm_merge(self, form: dict[str, Any]) -> Any:
        """Make one record of the two."""
        done: MergedRow | None = await self._submit(
            merge_patients, form=self._chosen(form), request=MergeInput
        )
        if done is None:
            return None
        self.dialog = ""
        survivor = navigation.PATIENT_RECORD.address(patient_id=done.survivor.id)
        return [
            say(f"{done.merged.mrn} is now part of {done.survivor.mrn}, {done.survivor.name}."),
            go(f"{survivor}?merged={done.merged.id}"),
        ]

    @submits(Permission.PATIENTS_PATIENT_MERGE)
    async def confirm_undo(self, form: dict[str, Any]) -> Any:
        """Make two records of one again."""
        undone: MergedRow | None = await self._run(
            undo_merge, merge_id=int(self.merge["id"] or 0), reason=str(form.get("reason", ""))
        )
        if undone is None:
            return None
        self.dialog = ""
        await self._reload()
        kept = f" Changed since and kept: {', '.join(undone.kept)}." if undone.kept else ""
        return say(f"The merge is undone; both records are as they were.{kept}")

    @submits(Permission.PATIENTS_PATIENT_MERGE)
    async def dismiss(self, form: dict[str, Any]) -> Any:
        """Say that these are two people."""
        if not await self._decide(dismiss_duplicate, reason=str(form.get("reason", ""))):
            return None
        return say("Noted: two people. The pair does not come up again.")

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def reopen(self) -> Any:
        """Take back that these are two people."""
        if not await self._decide(reopen_duplicate):
            return refuse(self.problem)
        return say("The pair is on the worklist again.")

    async def _decide(self, use_case: Any, **arguments: str) -> bool:
        ids = {"first_id": int(self.first["id"] or 0), "second_id": int(self.second["id"] or 0)}
        if await self._run(use_case, **ids, **arguments) is None:
            return False
        self.dialog = ""
        await self._reload()
        return True

    async def _reload(self) -> None:
        ids = int(self.first["id"] or 0), int(self.second["id"] or 0)
        found = await self._run(_compared, first_id=ids[0], second_id=ids[1])
        if found is not None:
            self._show(*found)

    def _chosen(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """The whole of what is to be merged: what stands on screen, and the reason that was typed."""
        sides = {"first": (self.first, self._versions[0]), "second": (self.second, self._versions[1])}
        other = "first" if self.survivor == "second" else "second"
        choices = {
            item["id"]: Side.SURVIVOR if item["kept"] == self.survivor else Side.MERGED
            for item in self.fields
            if item["is_different"]
        }
        return {
            "survivor_id": sides[self.survivor][0]["id"],
            "merged_id": sides[other][0]["id"],
            "survivor_version": sides[self.survivor][1],
            "merged_version": sides[other][1],
            "choices": choices,
            "reason": str(form.get("reason", "")),
        }

    def _show(self, compared: Comparison, merge: MergedRow | None) -> None:
        self.first, self.second = _side(compared.first), _side(compared.second)
        self._versions, self.survivor = compared.versions, "first"
        self.shown_key = f"{compared.first.id}-{compared.second.id}-{compared.versions}"
        self.fields = [_field(field) for field in compared.fields if field.first or field.second]
        self.holdings = [
            {"id": held.label, "label": held.label, "first": str(held.first), "second": str(held.second)}
            for held in compared.holdings
        ]
        self.pair = _pair(compared)
        self.merge = _merge(merge) if merge else NO_MERGE

    def _clear(self) -> None:
        self.first = self.second = NO_SIDE
        self.survivor, self.fields, self.holdings = "first", [], []
        self.pair, self.merge, self.dialog, self.missing = NO_PAIR, NO_MERGE, "", ""
        self._versions, self.is_loading = (0, 0), True


def _compared(
    session: Session, actor: Actor, *, first_id: int, second_id: int
) -> tuple[Comparison, MergedRow | None]:
    compared = compare_for_merge(session, actor, first_id=first_id, second_id=second_id)
    return compared, find_standing_merge(session, actor, first_id=first_id, second_id=second_id)


def _side(patient: PatientRow) -> SideView:
    return {
        "id": str(patient.id),
        "name": patient.name,
        "mrn": patient.mrn,
        "detail": " · ".join(part for part in (patient.birth_date, patient.age, patient.sex) if part),
        "href": navigation.PATIENT_RECORD.address(patient_id=patient.id),
        "status": "" if patient.status == "active" else patient.status_label,
    }


def _field(field: FieldPair) -> FieldItem:
    return {
        "id": field.name,
        "label": field.label,
        "first": field.first,
        "second": field.second,
        "is_different": field.is_different,
        "kept": field.better,
    }


def _pair(compared: Comparison) -> PairView:
    return {
        "percent": compared.percent,
        "tone": tone_of(compared.weight),
        "reasons": [_capital(reason) for reason in compared.reasons],
        "doubts": [_capital(doubt) for doubt in compared.doubts],
        "obstacles": list(compared.obstacles),
        "decided": compared.decided,
        "is_dismissed": compared.status == DuplicateStatus.NOT_DUPLICATE.value,
        "wants_reason": compared.wants_reason,
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _merge(merge: MergedRow) -> MergeView:
    why = f" Reason: {merge.reason}" if merge.reason else ""
    left = f" {merge.left} had to stay behind." if merge.left else ""
    return {
        "id": str(merge.id),
        "sentence": (
            f"{merge.merged.mrn} was merged into {merge.survivor.mrn} on {merge.merged_at} by {merge.merged_by}.{why}"
        ),
        "moved": f"{with_noun(str(merge.moved), 'entry', 'entries')} went along.{left}",
    }
