"""`verify`: check that what must always be true of the hospital's records is true."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import sqlalchemy as sa
import typer
from sqlmodel import Session

from hms_app.cli.importing import bound_database
from hms_app.core import db
from hms_app.domain.audit import queries as audit
from hms_app.domain.audit.values import Check
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.files import queries as files
from hms_app.domain.jobs import queries as jobs
from hms_app.domain.organization import queries as organization
from hms_app.domain.patients import queries as patients
from hms_app.domain.security import queries as security

CHECKS: Final[tuple[Sequence[Callable[[Session], Check]], ...]] = (
    audit.CHECKS,
    jobs.CHECKS,
    security.CHECKS,
    files.CHECKS,
    organization.CHECKS,
    patients.CHECKS,
    clinical.CHECKS,
)
"""Every domain's checks, lowest domain first; a new domain adds its list here."""
SHOWN_PROBLEMS: Final = 20
_NO_HURRY: Final = sa.text("SET LOCAL statement_timeout = 0")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check the audit trail and the records; the exit status is 1 when anything is wrong."""
    with bound_database():
        checks = run_checks()
    good = all(check.ok for check in checks)
    if as_json:
        print(json.dumps({"ok": good, "checks": [_as_json(check) for check in checks]}, indent=1))
    else:
        _print(checks)
    raise typer.Exit(0 if good else 1)


def run_checks() -> list[Check]:
    """Run every check, each in a transaction of its own, on the database `core.db` is bound to."""
    checks = []
    for check in (check for domain in CHECKS for check in domain):
        with db.transaction() as session:
            session.connection().execute(_NO_HURRY)
            checks.append(check(session))
    return checks


def _as_json(check: Check) -> dict[str, Any]:
    return {"name": check.name, "ok": check.ok, "checked": check.checked, "problems": check.problems}


def _print(checks: list[Check]) -> None:
    for check in checks:
        print(f"{'ok  ' if check.ok else 'FAIL'} {check.name} ({check.checked:,} checked)")
        for problem in check.problems[:SHOWN_PROBLEMS]:
            print(f"     {problem}")
