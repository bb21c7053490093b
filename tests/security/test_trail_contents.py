"""The audit trail shows each reader no more than every other screen does: in its list, an entry, the file, a record.

Every action that any domain describes is written with every field it can hold, about an open record and about a
restricted one; then readers of every kind look for what they may not see.
"""

import asyncio
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session, col

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.permissions import Permission
from hms_app.domain.audit.service import record
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.audit.values import CONTENTS, LOOKS, OPEN, OTHERS
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from hms_app.domain.security.service import edit_role, make_role
from hms_app.domain.security.tables import Role
from hms_app.domain.security.values import RoleEdit, RoleInput
from tests.event_path import Browser, browser
from tests.factories.security import MAKER, commit
from tests.security.house import STAFF, House
from tests.security.people import signed_in
from tests.whole_application import HOST, SAME_ORIGIN, client_of

P = Permission
READERS: Final[dict[str, tuple[str, ...]]] = {
    "administrator": ("administrator",),
    "privacy officer": ("privacy_officer",),
    "administrator and doctor": ("administrator", "doctor"),
    "everybody at once": STAFF,
    "auditor who knows patients": ("auditor",),
}
"""Who may read the trail: the default roles that may, some together, and one that a hospital made itself."""
PERMISSIONS: Final = {role.code: role.permissions for role in DEFAULT_ROLES} | {
    "auditor": frozenset(
        {P.AUDIT_ENTRY_READ, P.AUDIT_ENTRY_EXPORT, P.PATIENTS_PATIENT_READ, P.PATIENTS_HISTORY_READ}
    )
}
WRITER: Final = Actor(31_415, "Wanda Writer", frozenset(), session_id=1)
TRAIL: Final = "/administration/audit"


@dataclass(frozen=True)
class Secret:
    """A word that stands in one place of the trail, and who may find it there."""

    word: str
    reader: Any
    patient: str
    action: str


@pytest.fixture(scope="module")
def secrets(furnished: House, matrix_engine: sa.Engine) -> Iterator[list[Secret]]:
    """Every field of every action, about each record, with a word of its own in it."""
    made: list[Secret] = []

    def secret(reader: Any, patient: str, action: str) -> str:
        made.append(Secret(f"zq{len(made):05d}x", reader, patient, action))
        return made[-1].word

    db.bind(matrix_engine)
    with db.transaction() as session:
        for patient, key in (("open", furnished.patient_id), ("restricted", furnished.restricted_id)):
            for action, described in CONTENTS.items():
                fields = {
                    name: secret(reader, patient, action)
                    for name, reader in described.fields.items()
                    if reader != OTHERS
                }
                fields["nobody_described"] = secret(None, patient, action)
                _write(session, action, key, fields, secret(described.reason, patient, action))
    db.bind(None)
    yield made


def _write(session: Session, action: str, patient_id: int, fields: dict[str, str], reason: str) -> None:
    record(session, WRITER, _action(action), "thing", subject_id=77, patient_id=patient_id,
           before=fields, after={**fields}, reason=reason)  # fmt: skip


def _action(words: str) -> Any:
    """An action by its words, also those of modules that are yet to come."""
    return words


def _held(roles: tuple[str, ...]) -> frozenset[Permission]:
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


def _token(session: Session, roles: tuple[str, ...]) -> str:
    if (
        "auditor" in roles
        and session.execute(sa.select(col(Role.id)).where(col(Role.code) == "auditor")).first() is None
    ):
        made = make_role(session, MAKER, request=RoleInput(name="Auditor"))
        request = RoleEdit(name="Auditor", permissions=sorted(PERMISSIONS["auditor"]), version=1)
        edit_role(session, MAKER, role_id=made, request=request)
        commit(session)
    return signed_in(session, role=roles[0], also=roles[1:], is_fresh=True)


def _may_see(secret: Secret, held: frozenset[Permission]) -> bool:
    if secret.reader is None:
        return False
    if secret.reader == OPEN:
        return True
    knows = P.PATIENTS_PATIENT_READ in held and (
        secret.patient == "open" or P.PATIENTS_RESTRICTED_READ in held
    )
    return knows and secret.reader in held


def _wrong(told: str, secrets: list[Secret], held: frozenset[Permission]) -> list[str]:
    """What was told though it must not be, and what was kept back though it may be seen."""
    return [
        f"{secret.action} about the {secret.patient} record: {'hidden' if may else 'shown'}"
        for secret in secrets
        if (secret.word in told) != (may := _may_see(secret, held))
    ]


def _state(name: str) -> str:
    return next(known for known in RegistrationContext.get().event_handlers if known.endswith(name))


async def _told_by_screens(client: Browser, session: Session, token: str) -> str:
    ids = session.execute(
        sa.select(col(AuditEntry.id)).where(
            sa.inspect(AuditEntry).local_table.c.actor_user_id == WRITER.user_id
        )
    ).scalars()
    told = ""
    for page in (f"{TRAIL}?user={WRITER.user_id}", f"{TRAIL}?user={WRITER.user_id}&action=clinical."):
        await client.send(_state("audit_trail_state.load"), session=token, tab="t", address=page)
        told += client.sent_text()
    for entry_id in ids:
        opened = {"entry_id": str(entry_id)}
        await client.send(
            _state("audit_trail_state.open_entry"), opened, session=token, tab="t", address=TRAIL
        )
        told += client.sent_text()
        assert client.failures == []
    return told


@pytest.mark.parametrize("reader", READERS)
def test_screens_show_of_the_trail_what_each_reader_may_see_and_no_more(
    session: Session, house: House, secrets: list[Secret], reader: str
) -> None:
    token, held = _token(session, READERS[reader]), _held(READERS[reader])

    async def read() -> str:
        async with browser() as client:
            return await _told_by_screens(client, session, token)

    told = asyncio.run(read())
    assert _wrong(told, secrets, held) == []
    if P.CLINICAL_ALLERGY_READ not in held:
        assert "Clinical content: not shown to your role." in told


@pytest.mark.parametrize("reader", READERS)
def test_the_file_holds_of_the_trail_what_each_reader_may_see_and_no_more(
    session: Session, application: Any, house: House, secrets: list[Secret], reader: str
) -> None:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, _token(session, READERS[reader]), domain=HOST)
    answer = client.get(f"/exports/audit.csv?user={WRITER.user_id}", headers=SAME_ORIGIN)
    assert answer.status_code == 200
    held = _held(READERS[reader])
    assert _wrong(answer.text, secrets, held) == []
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 2 * len(CONTENTS)
    knows = P.PATIENTS_PATIENT_READ in held
    hides = {str(house.restricted_id)} if P.PATIENTS_RESTRICTED_READ not in held else set()
    expected = {str(house.patient_id), str(house.restricted_id)} - hides if knows else set()
    assert {row["patient_id"] for row in rows} - {"not shown to your role"} == expected
    assert "_salt" not in answer.text


@pytest.mark.parametrize("role", ["doctor", "nurse", "privacy_officer"])
def test_the_changes_of_a_record_show_no_more_than_the_trail(
    session: Session, house: House, secrets: list[Secret], role: str
) -> None:
    token, held = signed_in(session, role=role), PERMISSIONS[role]
    about_it = [one for one in secrets if one.patient == "open" and one.action not in LOOKS]

    async def read() -> str:
        async with browser() as client:
            address, told = f"/patients/{house.patient_id}/changes", ""
            for _ in range(6):
                await client.send(_state("changes_state.load"), session=token, tab="t", address=address)
                told += client.sent_text()
                await client.send(_state("changes_state.next_page"), session=token, tab="t", address=address)
                address = (
                    client.sent_text().partition(f"/patients/{house.patient_id}/changes")[2].partition("'")[0]
                )
                address = f"/patients/{house.patient_id}/changes{address}"
            return told

    told = asyncio.run(read())
    wrong = [one for one in _wrong(told, about_it, held) if one.endswith("shown")]
    assert wrong == []
    assert any(one.word in told for one in about_it)


@pytest.mark.parametrize("role", [role.code for role in DEFAULT_ROLES])
def test_only_the_roles_that_read_the_trail_are_told_anything(
    session: Session, application: Any, house: House, secrets: list[Secret], role: str
) -> None:
    token = signed_in(session, role=role, is_fresh=True, patient_id=house.patient_id)
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, token, domain=HOST)
    answer = client.get("/exports/audit.csv", headers=SAME_ORIGIN)
    assert (answer.status_code == 200) == (P.AUDIT_ENTRY_EXPORT in PERMISSIONS[role])

    async def read() -> str:
        async with browser() as visitor:
            return await _told_by_screens(visitor, session, token)

    if P.AUDIT_ENTRY_READ not in PERMISSIONS[role]:
        told = asyncio.run(read()) + answer.text
        assert [one.word for one in secrets if one.word in told] == []


@pytest.mark.parametrize("reader", ["administrator", "auditor who knows patients"])
def test_a_filter_confirms_nothing_about_a_record_the_reader_may_not_know_of(
    session: Session, application: Any, house: House, secrets: list[Secret], reader: str
) -> None:
    token = _token(session, READERS[reader])
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, token, domain=HOST)

    def lines(patient_id: int, action: str = "") -> str:
        found = client.get(f"/exports/audit.csv?patient={patient_id}&action={action}", headers=SAME_ORIGIN)
        assert found.status_code == 200
        return found.text

    nobody = lines(999_999_999)
    for action in ("", "clinical.", "clinical.allergy.recorded", "patients.patient.restricted"):
        assert lines(house.restricted_id, action) == nobody
    knows = P.PATIENTS_PATIENT_READ in _held(READERS[reader])
    assert (lines(house.patient_id) != nobody) == knows

    async def rows(patient_id: int) -> Any:
        async with browser() as visitor:
            page = f"{TRAIL}?patient={patient_id}"
            await visitor.send(_state("audit_trail_state.load"), session=token, tab="t", address=page)
            sent = visitor.sent("audit_trail_state")
            return sent.get("rows"), sent.get("count")

    assert asyncio.run(rows(house.restricted_id)) == asyncio.run(rows(999_999_999)) == ([], "0 entries")


def test_opening_an_entry_about_a_patient_is_a_look_also_for_who_sees_nothing_of_it(
    session: Session, house: House, secrets: list[Secret]
) -> None:
    token = signed_in(session, role="administrator")
    entry_id = session.execute(
        sa.text("SELECT max(id) FROM audit_entry WHERE patient_id = :id AND actor_user_id = :writer"),
        {"id": house.restricted_id, "writer": WRITER.user_id},
    ).scalar_one()
    looks = sa.text(
        "SELECT count(*) FROM audit_entry WHERE patient_id = :id AND action = 'patients.record.accessed'"
        " AND after->>'what' = 'audit trail'"
    )
    before = session.execute(looks, {"id": house.restricted_id}).scalar_one()

    async def open_it() -> str:
        async with browser() as client:
            opened = {"entry_id": str(entry_id)}
            await client.send(
                _state("audit_trail_state.open_entry"), opened, session=token, tab="t", address=TRAIL
            )
            return client.sent_text()

    told = asyncio.run(open_it())
    session.rollback()
    assert session.execute(looks, {"id": house.restricted_id}).scalar_one() > before
    assert "A patient, not shown to your role" in told


def test_the_hash_of_an_entry_confirms_no_guess_at_what_it_hides(
    session: Session, secrets: list[Secret]
) -> None:
    salts = list(
        session.execute(
            sa.text("SELECT after->>'_salt' FROM audit_entry WHERE actor_user_id = :writer"),
            {"writer": WRITER.user_id},
        ).scalars()
    )
    assert len(set(salts)) == len(salts) == 2 * len(CONTENTS)
    assert all(len(salt) == 16 for salt in salts)
