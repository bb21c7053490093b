"""Why an import did not start: one sentence each."""

from hms_app.core.errors import DomainError


class ImportDirectoryMissing(DomainError):
    """The place to read from is not a directory."""

    def __init__(self, directory: str) -> None:
        super().__init__(f"There is no directory {directory}.")


class ImportFileMissing(DomainError):
    """A file of the export is not there; nothing has been read."""

    def __init__(self, files: list[str], directory: str) -> None:
        listed = ", ".join(files)
        verb = "is" if len(files) == 1 else "are"
        super().__init__(f"{listed} {verb} missing in {directory}; nothing was read.")


class FhirFilesMissing(DomainError):
    """A directory has no FHIR files."""

    def __init__(self, directory: str) -> None:
        super().__init__(f"There are no FHIR files (.json, .ndjson) in {directory}; nothing was read.")


class ImportFileUnreadable(DomainError):
    """A file cannot be opened, or its first line is no header."""

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"{file} cannot be read: {why}; nothing was read.")


class ImportColumnMissing(DomainError):
    """A file lacks columns; nothing has been read."""

    def __init__(self, file: str, columns: list[str]) -> None:
        listed = ", ".join(columns)
        noun = "the column" if len(columns) == 1 else "the columns"
        super().__init__(f"{file} lacks {noun} {listed}; nothing was read.")


class ImportArchiveUnsuitable(DomainError):
    """An archive holds nothing that is read in, or not all that belongs to it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="file")


class ImportRefused(DomainError):
    """A file that was sent to be read in holds nothing that can be, or takes too much to be read."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="file")


class ListUnreadable(DomainError):
    """A list has no rows, no heading, or more of something than is read."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="file")


class MappingMissing(DomainError):
    """A list whose columns nobody has named yet."""

    def __init__(self) -> None:
        super().__init__("Say first what the columns of this list hold.")


class ImportRightGone(DomainError):
    """Who started an import may no longer do so."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} may no longer read in files, so this import was stopped.")


class CheckGaveWay(DomainError):
    """A check was undone early, because somebody at work waited for rows it held."""

    def __init__(self) -> None:
        super().__init__(
            "The check was stopped, for people at work needed the same records. Check again at a quieter time."
        )
