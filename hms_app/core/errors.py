"""What may be refused, as sentences people can act on."""

from collections.abc import Callable


class DomainError(Exception):
    """An expected refusal; its text is the sentence the person sees, `field` the form field it belongs to."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class NotPermitted(DomainError):
    """The actor lacks a permission."""

    def __init__(self, wanted: str = "") -> None:
        super().__init__("Your role does not allow this. Ask an administrator if you need it.")
        self.wanted = wanted


class NotSignedIn(DomainError):
    """No session, or one that has ended."""

    def __init__(self) -> None:
        super().__init__("You are signed out. Sign in to go on.")


class SessionLocked(DomainError):
    """The session idled too long; unlocking goes on where it stopped."""

    def __init__(self) -> None:
        super().__init__("This session is locked. Enter your password to go on.")


class ReauthenticationNeeded(DomainError):
    """A dangerous act wants the password again."""

    def __init__(self) -> None:
        super().__init__("Confirm your password to do this.")


class NotFound(DomainError):
    """The record does not exist, or this actor may not know that it does."""

    def __init__(self, what: str = "record") -> None:
        super().__init__(f"There is no such {what}, or you may not see it.")


class InvalidInput(DomainError):
    """Several fields are wrong at once: `problems` maps each field to its sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("Some fields need your attention.")
        self.problems = problems


class DatabaseAway(DomainError):
    """The database cannot be reached, or broke off before anything was done; whoever waits may try again."""

    def __init__(
        self,
        sentence: str = (
            "The hospital's database cannot be reached at the moment; nothing was saved. Try again in a minute."
        ),
    ) -> None:
        super().__init__(sentence)


class DatabaseFull(DatabaseAway):
    """The database answers, but has no room to write."""

    def __init__(self) -> None:
        super().__init__(
            "The disk of the hospital's database is full; nothing was saved. Tell your administrator."
        )


class OutcomeUnknown(DatabaseAway):
    """The connection broke after the database was told to commit: it may have done so."""

    def __init__(self) -> None:
        super().__init__(
            "The hospital's database broke off while this was being saved. Look whether it is there before you do"
            " it again."
        )


CONSTRAINT_ERRORS: dict[str, Callable[[], DomainError]] = {}


def refused_by(constraint: str, sentence: str, *, field: str | None = None) -> None:
    """Tie the name of a database constraint to the sentence people read when it refuses."""
    CONSTRAINT_ERRORS[constraint] = lambda: DomainError(sentence, field=field)
