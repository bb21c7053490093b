"""The banner and tabs over every page of one patient's record, and how such a page opens its patient."""

from collections.abc import Callable
from typing import Any, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_patient_banner
from hms_app.domain.patients.values import Banner
from hms_app.state.address import id_in_path
from hms_app.state.base import ScreenState
from hms_app.state.patients.record_rows import NO_BANNER, BannerView, banner_view
from hms_app.state.versions import VersionsState

ABOUT_RECORDS: Final = ("patients:", "clinical:")


class PatientHeadState(rx.State):
    """Whose record is open; nothing of it stays when another one is opened or this one is refused."""

    shown_for: str = ""
    banner: BannerView = NO_BANNER
    allergies: list[str] = []
    rights: list[str] = []
    """What this person may do with a record: the permissions about patients and their clinical record."""
    _version: int = 0

    def _show(self, patient_id: int, actor: Actor, banner: Banner) -> None:
        self.banner = banner_view(banner, knows_allergies=actor.can(Permission.CLINICAL_ALLERGY_READ))
        self.allergies = list(banner.allergies)
        self.rights = sorted(held for held in actor.permissions if held.startswith(ABOUT_RECORDS))
        self._version = banner.version
        self.shown_for = str(patient_id)

    def _forget(self) -> None:
        self.shown_for, self.banner, self.allergies, self.rights = "", NO_BANNER, [], []

    def _known_version(self, patient_id: int) -> int:
        """The version of the patient that is on screen; 0, which nothing has, for another one."""
        return self._version if self.shown_for == str(patient_id) else 0


class RecordScreenState(ScreenState, mixin=True):
    """A page of one patient's record. Its content belongs to the patient `shown_for`, and is cleared with it."""

    shown_for: str = ""

    def _clear(self) -> None:
        """Forget this page's content."""
        raise NotImplementedError

    async def _begin(self) -> int:
        """Forget another patient at once; return the id in the address, or 0 when it cannot be one."""
        self.problem, self.problems = "", {}
        try:
            patient_id = id_in_path(self, what="patient")  # type: ignore[arg-type]
        except NotFound as refusal:
            await self._forget_all()
            self.problem, self.is_loading = str(refusal), False
            return 0
        head = await self.get_state(PatientHeadState)  # type: ignore[attr-defined]
        if head.shown_for != str(patient_id):
            head._forget()
        if self.shown_for != str(patient_id):
            self._clear()
            self.shown_for, self.is_loading = "", True
        return patient_id

    async def _read(self, part: Callable[..., Any], patient_id: int, **arguments: Any) -> Any:
        """Read the banner and one part of the record in one transaction; a refusal leaves nothing on screen."""

        def both(session: Session, actor: Actor) -> tuple[Actor, Banner, Any]:
            banner = get_patient_banner(session, actor, patient_id=patient_id)
            return actor, banner, part(session, actor, patient_id=patient_id, **arguments)

        found = await self._run(both)
        self.is_loading = False
        if found is None:
            await self._forget_all()
            return None
        actor, banner, answer = found
        head = await self.get_state(PatientHeadState)  # type: ignore[attr-defined]
        head._show(patient_id, actor, banner)
        self.shown_for = str(patient_id)
        return answer

    async def _read_again(self, part: Callable[..., Any], **arguments: Any) -> Any:
        """Read the banner and the part on screen again, where nobody asked for it; None leaves all as it is.

        Of a record that is no longer this person's to see nothing stays.
        """
        patient_id = int(self.shown_for or 0)

        def both(session: Session, actor: Actor) -> tuple[Actor, Banner, Any]:
            banner = get_patient_banner(session, actor, patient_id=patient_id)
            return actor, banner, part(session, actor, patient_id=patient_id, **arguments)

        found = await self._read_shown(both) if patient_id else None
        if found is None:
            return None
        actor, banner, answer = found
        head = await self.get_state(PatientHeadState)  # type: ignore[attr-defined]
        if head.shown_for == str(patient_id):
            head._show(patient_id, actor, banner)
        return answer

    async def _lose_sight(self, refusal: str) -> None:
        await self._forget_all()
        self.problem, self.is_loading = refusal, False

    async def _forget_all(self) -> None:
        head = await self.get_state(PatientHeadState)  # type: ignore[attr-defined]
        head._forget()
        self._clear()
        self.shown_for = ""


class RecordFormState(RecordScreenState, VersionsState, mixin=True):
    """A page of a record with forms: a refused form keeps its page, and says why over the form."""
