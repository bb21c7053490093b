"""Documents about a patient: what is asked when one is added, and how one is shown."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hms_app.core.request import FormRequest
from hms_app.domain.clinical.values.words import DocumentKind


class DocumentRequest(FormRequest):
    """What is said about a document; without a title it is called after its file, without a day it is today's."""

    kind: DocumentKind
    title: Annotated[str, Field(max_length=200)] = ""
    occurred_on: dt.date | None = None
    note: Annotated[str, Field(max_length=2000)] = ""


@dataclass(frozen=True)
class DocumentRow:
    """A document; `preview` is "pdf", "image" or "" for what a browser does not show by itself."""

    id: int
    patient_id: int
    version: int
    kind: DocumentKind
    kind_label: str
    title: str
    day: str
    note: str
    file_name: str
    file_words: str
    preview: str
    recorded: str
    is_error: bool
    error_note: str
