"""What may be refused about any row, as sentences."""

from typing import Any

from hms_app.core.errors import DomainError


class Conflict(DomainError):
    """Somebody else saved the row after this form was opened.

    `theirs` is their version, a `SavedVersion`, where a form can show it; else None.
    """

    def __init__(self, what: str, theirs: Any = None) -> None:
        said = f"Somebody else changed this {what} meanwhile. Open it again to see their version; nothing was saved."
        super().__init__(theirs.told(what) if theirs else said)
        self.theirs = theirs


class EnteredInError(DomainError):
    """The row was marked as an error, and takes no more changes."""

    def __init__(self, what: str) -> None:
        super().__init__(f"This {what} was entered in error; add a new one instead.")


class SentWithOtherContent(DomainError):
    """The key of a form that was done before came again, and the form says something else now."""

    def __init__(self) -> None:
        super().__init__(
            "This form was saved before and says something else now, so nothing more was saved. Look at what is there,"
            " then open a new form."
        )


class SentBySomebodyElse(DomainError):
    """The key of a form that another person sent."""

    def __init__(self) -> None:
        super().__init__("Somebody else sent this form already; nothing more was saved. Open a new form.")
