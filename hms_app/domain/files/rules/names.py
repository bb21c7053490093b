"""What a file may be called: nothing of its old place, nothing that cannot be seen."""

import unicodedata
from typing import Final

from hms_app.domain.files.values import LONGEST_NAME, FileType

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNUSABLE: Final = str.maketrans(dict.fromkeys('"<>|?*:;', "_"))


def clean_name(name: str, file_type: FileType) -> str:
    """`name` without folders, control and direction characters, at most 200 long, ending as its content says."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(
        letter if unicodedata.category(letter) not in _UNSEEN else " "
        for letter in unicodedata.normalize("NFC", last)
    )
    plain = " ".join(seen.translate(_UNUSABLE).split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if dot and stem and ending.lower() in file_type.endings:
        return f"{_cut(stem, ending)}.{ending}"
    return f"{_cut(plain or 'file', file_type.endings[0])}.{file_type.endings[0]}"


def _cut(stem: str, ending: str) -> str:
    return stem[: LONGEST_NAME - len(ending) - 1].rstrip(". ") or "file"
