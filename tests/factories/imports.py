"""Files to be read in, and imports made of them."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.files.service import Received
from hms_app.domain.interop import service
from hms_app.domain.interop.values import ImportJobRow
from hms_app.runtime.paths import ROOT
from tests.factories.files import archive
from tests.factories.security import commit, make_user

SAMPLE: Final = ROOT / "hms_app" / "demo_data" / "synthea"
PEOPLE: Final = (
    "MRN;Last name;First name;Date of birth;Sex;Phone;City\n"
    "A-1;Okafor;Chidi;13/04/1980;male;+49 30 901820;Berlin\n"
    "A-2;Weiß;Jürgen;02/11/1955;m;;Köln\n"
    "A-3;Silva;Ana;30/06/2001;f;;Bonn\n"
)
GUESSED: Final = {
    "source": "Old clinic",
    "date_order": "dmy",
    "key_column": "0",
    **{
        f"column_{place}": name
        for place, name in enumerate(("mrn", "family_name", "given_names", "birth", "sex", "phone", "city"))
    },
}


def synthea_zip(**changed: str) -> bytes:
    """The sample export in an archive, some files with other content."""
    contents = {path.name: path.read_text(encoding="utf-8") for path in sorted(SAMPLE.glob("*.csv"))}
    return archive({f"export/csv/{name}": text for name, text in {**contents, **changed}.items()})


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """An Excel workbook of one sheet."""
    book, made = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))  # type: ignore[union-attr]
    book.save(made)
    return made.getvalue()


def importer(session: Session, role: str = "administrator") -> Actor:
    """Somebody who exists as a user and may read in files."""
    user = make_user(session, role)
    commit(session)
    return Actor(user.key, user.name, frozenset({Permission.INTEROP_IMPORT_RUN}))


def make_import(actor: Actor, content: bytes, name: str) -> ImportJobRow:
    """An import of a file that was just sent, committed."""
    with Received.whole(content, max_bytes=50_000_000) as received:
        found = service.look_at_import(received)
        with db.transaction() as session:
            return service.add_import(session, actor, found=found, file_name=name)


def list_at(path: Path, text: str) -> Path:
    """A list on disk."""
    path.write_text(text, encoding="utf-8")
    return path
