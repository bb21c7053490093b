"""What may be refused about a file, as sentences."""

from hms_app.core.errors import DomainError, InvalidInput


class FileRefused(DomainError):
    """The file is damaged, disguised, or of a kind that is not kept here."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="file")


class FileTooLarge(DomainError):
    """The file has more bytes than are taken."""

    def __init__(self, max_bytes: int) -> None:
        allowed = max_bytes / 1_000_000
        super().__init__(
            f"This file is too large. Choose one of at most {allowed:,.0f} MB."
            if allowed >= 1
            else f"This file is too large. Choose one of at most {max_bytes:,} bytes.",
            field="file",
        )


class PictureRefused(InvalidInput):
    """What was sent as a picture is none, or too large; said at the form field that names it."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__({field: sentence})


class PictureGone(PictureRefused):
    """A form names a picture that does not wait for it: it was kept already, or a day has passed."""

    def __init__(self, *, field: str) -> None:
        super().__init__("This picture is no longer here. Choose it again.", field=field)
