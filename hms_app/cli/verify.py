"""`verify`: check that what must always be true of the hospital's records is true."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import sqlalchemy as sa
import typer
from sqlmodel import Session

from hms_app.cli.importing import bound_database
from hms_app.config import get_settings
from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.domain.audit import queries as audit
from hms_app.domain.audit import service as trail
from hms_app.domain.audit.values import AuditAction, ChainHead, Check
from hms_app.domain.catalogue import queries as catalogue
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.duplicates import queries as duplicates
from hms_app.domain.files import queries as files
from hms_app.domain.jobs import queries as jobs
from hms_app.domain.organization import queries as organization
from hms_app.domain.patients import queries as patients
from hms_app.domain.scheduling.queries import checks as scheduling
from hms_app.domain.scheduling.queries import queue_checks
from hms_app.domain.security import queries as security
from hms_app.domain.workflows import link_sign_ins
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.kept_heads import KeptHeads, last_that_holds

CHECKS: Final[tuple[Sequence[Callable[[Session], Check]], ...]] = (
    audit.CHECKS,
    jobs.CHECKS,
    security.CHECKS,
    files.CHECKS,
    organization.CHECKS,
    catalogue.CHECKS,
    patients.CHECKS,
    duplicates.CHECKS,
    scheduling.CHECKS,
    queue_checks.CHECKS,
    clinical.CHECKS,
    link_sign_ins.CHECKS,
)
"""Every domain's checks, lowest domain first; a new domain adds its list here."""
SHOWN_PROBLEMS: Final = 20
OPERATOR: Final = Actor.system("hms.py verify")
_NO_HURRY: Final = sa.text(
    "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    head: Annotated[
        bool, typer.Option("--head", help="Only print where the audit trail ends; keep it elsewhere.")
    ] = False,
    kept: Annotated[
        list[str] | None, typer.Option("--kept", metavar="ID:HASH", help="Also check a head that was kept.")
    ] = None,
    restored: Annotated[
        str | None,
        typer.Option(
            "--accept-restored",
            metavar="REASON",
            help="First say that the database was put back to an earlier state by other means than restore.",
        ),
    ] = None,
) -> None:
    """Check the audit trail and the records; the exit status is 1 when anything is wrong."""
    heads = [_parsed(text) for text in kept or ()]
    with bound_database():
        if head:
            print(db.in_transaction(audit.chain_head))
            return
        if restored is not None:
            accept_restored(restored)
        checks = run_checks(heads)
    good = all(check.ok for check in checks)
    if as_json:
        print(json.dumps({"ok": good, "checks": [_as_json(check) for check in checks]}, indent=1))
    else:
        _print(checks)
    raise typer.Exit(0 if good else 1)


def run_checks(heads: Sequence[ChainHead] = ()) -> list[Check]:
    """Run every check, each in a transaction of its own, on the database `core.db` is bound to.

    `heads` are ends of the trail that somebody kept elsewhere.
    """
    checks = []
    for check in (check for domain in CHECKS for check in domain):
        with db.transaction() as session:
            session.connection().execute(_NO_HURRY)
            checks.append(check(session))
    with db.transaction() as session:
        return checks + [audit.check_head(session, head) for head in heads]


def accept_restored(reason: str) -> None:
    """Let the kept heads that the trail no longer has be void, and say so in the trail.

    Raises StartRefused when there are none, or without a reason.
    """
    heads = KeptHeads.of(get_settings())
    if not reason.strip():
        raise StartRefused("Say why the trail is an earlier one: --accept-restored REASON.")
    with db.transaction() as session:
        if audit.check_kept_heads(session).ok:
            raise StartRefused("The trail has every head that was kept; there is nothing to accept.")
        held = last_that_holds(heads.read()[0], audit.hashes_from(session))
        trail.record(
            session,
            OPERATOR,
            AuditAction.TRAIL_RESTORED,
            "audit_trail",
            after={"held": str(held)},
            reason=reason,
        )
    heads.begin_anew(clock.now().isoformat(timespec="seconds"), held.entry_id, held.hash)


def _parsed(text: str) -> ChainHead:
    try:
        return ChainHead.parse(text)
    except ValueError as wrong:
        raise StartRefused(str(wrong)) from None


def _as_json(check: Check) -> dict[str, Any]:
    return {"name": check.name, "ok": check.ok, "checked": check.checked, "problems": check.problems}


def _print(checks: list[Check]) -> None:
    for check in checks:
        print(f"{'ok  ' if check.ok else 'FAIL'} {check.name} ({check.checked:,} checked)")
        for problem in check.problems[:SHOWN_PROBLEMS]:
            print(f"     {problem}")
