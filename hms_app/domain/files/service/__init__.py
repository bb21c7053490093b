"""Receiving files, checking them, and keeping them."""

from hms_app.domain.files.service.keeping import (
    CheckedFile,
    Received,
    check_file,
    store_file,
    sweep_files,
)
from hms_app.domain.files.service.pictures import claimed_picture, receive_picture

__all__ = [
    "CheckedFile",
    "Received",
    "check_file",
    "claimed_picture",
    "receive_picture",
    "store_file",
    "sweep_files",
]
