"""Documents about a patient: what is asked when one is added, and how one is shown."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hms_app.core.form_input import FormInput
from hms_app.domain.clinical.values.words import DocumentKind


class DocumentInput(FormInput):
    """What is said about a document; without a title it is called after its file, without a day it is today's."""

    kind: DocumentKind
    title: Annotated[str, Field(max_length=200)] = ""
    occurred_on: dt.date | None = None
    note: Annotated[str, Field(max_length=2000)] = ""


@dataclass(frozen=True)
class DocumentRow:
    """A document and its file, with who added it, and who took it back and why once somebody did."""

    id: int
    patient_id: int
    version: int
    kind: DocumentKind
    title: str
    written_on: dt.date
    note: str
    file_name: str
    media_type: str
    size_bytes: int
    recorded_by: str
    recorded_at: dt.datetime
    is_error: bool
    error_by: str
    error_at: dt.datetime | None
    error_reason: str
