"""`user`: people who may sign in, for whoever holds the server; each act is in the audit trail."""

from collections.abc import Callable
from typing import Annotated, Final

import typer
from pydantic import ValidationError
from sqlmodel import Session

from hms_app.cli.importing import bound_database
from hms_app.cli.run import Address
from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.db import in_transaction
from hms_app.core.errors import DomainError
from hms_app.domain.security import queries, service
from hms_app.domain.security.values import InvitationMade, InviteInput
from hms_app.runtime.data_directory import served_at
from hms_app.runtime.errors import StartRefused

OPERATOR: Final = Actor.system("hms.py user")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(no_args_is_help=True, help="See, invite and let in users.")
    group.command("list")(list_users)
    group.command("invite")(invite)
    group.command("reset")(reset)
    app.add_typer(group, name="user")


def list_users(text: Annotated[str, typer.Argument(help="Part of a name or address.")] = "") -> None:
    """List users: address, status, roles."""
    with bound_database():
        in_transaction(lambda session: _print_users(session, text))


def invite(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help="A role's code, such as administrator or nurse.")],
) -> None:
    """Invite a user and print the link that lets them choose a password."""

    def work(session: Session) -> InvitationMade:
        if not service.has_administrator(session):
            raise StartRefused("This hospital is not set up yet. Start it with: python3 hms.py run")
        role_id = next(
            (int(r["id"]) for r in queries.list_roles(session, OPERATOR) if r["code"] == role), None
        )
        if role_id is None:
            raise StartRefused(f"There is no role {role}.")
        request = InviteInput(name=name, email=email, role_id=role_id)
        return service.invite_user(session, OPERATOR, request=request)

    with bound_database():
        _print_link(_refusals_said(work))


def reset(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Also remove the authenticator.")
    ] = False,
) -> None:
    """Print a link with which a locked-out person chooses a new password."""

    def work(session: Session) -> InvitationMade:
        user_id = queries.find_user_id(session, OPERATOR, email=email)
        if user_id is None:
            raise StartRefused(f"There is no user {email}.")
        return service.invite_again(
            session, OPERATOR, user_id=user_id, forget_second_factor_too=second_factor
        )

    with bound_database():
        _print_link(_refusals_said(work))


def _print_users(session: Session, text: str) -> None:
    at: str | None = None
    while True:
        page = queries.list_users(session, OPERATOR, text=text, at=at)
        for user in page.rows:
            print(f"{user.email}\t{user.status}\t{user.name}\t{', '.join(user.roles)}")
        at = page.next_bookmark
        if at is None:
            return


def _refusals_said(work: Callable[[Session], InvitationMade]) -> InvitationMade:
    try:
        return in_transaction(work)
    except DomainError as refusal:
        raise StartRefused(str(refusal)) from refusal
    except ValidationError as error:
        raise StartRefused(
            f"The {error.errors()[0]['loc'][0]} is wrong: {error.errors()[0]['msg']}."
        ) from error


def _print_link(made: InvitationMade) -> None:
    settings = get_settings()
    served = served_at(settings.data_dir)
    base = served or settings.public_url or Address(settings.host, settings.port).url
    print(f"{base}/invitation?token={made.token}")
    print(f"Good once, until {made.expires_at:%d %b %Y, %H:%M} UTC.")
    if served is None:
        print("The hospital does not run here now; the link works once it does, at that address.")
