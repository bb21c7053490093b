"""What security refuses, in sentences."""

from hms_app.core.errors import DomainError


class WaitBeforeNextTry(DomainError):
    """Too many wrong tries; `seconds` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many wrong tries. Wait {seconds} seconds, then try again.")
        self.seconds = seconds


class WrongCode(DomainError):
    """A six-digit code that is wrong, too old, or was used before."""

    def __init__(self) -> None:
        super().__init__("This code is wrong or was used before. Wait for the next one.", field="code")


class LinkExpired(DomainError):
    """An invitation that was used, has expired, or never was."""

    def __init__(self) -> None:
        super().__init__("This invitation was used or has expired. Ask your administrator for a new one.")


class WrongSetupCode(DomainError):
    """The code of the set-up page is not the one in the terminal."""

    def __init__(self) -> None:
        super().__init__("This is not the code shown in the terminal.", field="code")


class AlreadySetUp(DomainError):
    """The hospital has an administrator."""

    def __init__(self) -> None:
        super().__init__("This hospital is set up already. Sign in instead.")


class NotPossibleNow(DomainError):
    """A step that the user's status does not allow; the sentence says what is possible."""
