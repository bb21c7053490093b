"""Let one unprivileged user through to a directory, without opening anything to the world (POSIX ACL)."""

import os
import stat
import struct
from pathlib import Path
from typing import Final

READ: Final = 4
SEARCH: Final = 1

_ATTRIBUTE: Final = "system.posix_acl_access"
_HEADER: Final = struct.pack("<I", 2)
_ENTRY: Final = struct.Struct("<HHI")
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_NOBODY: Final = 0xFFFFFFFF

Entry = tuple[int, int, int]


def grant(path: Path, uid: int, permissions: int) -> None:
    """Give `uid` the permissions on `path` if it lacks them; raises OSError where the file system cannot."""
    status = path.stat()
    if _has(status, uid, permissions):
        return
    entries = _read(path, status)
    named = {entry_id: perm for tag, perm, entry_id in entries if tag == _USER}
    if named.get(uid, 0) & permissions == permissions and _mask(entries) & permissions == permissions:
        return
    os.setxattr(path, _ATTRIBUTE, _encode(_with(entries, uid, permissions | named.get(uid, 0))))


def grant_way_to(path: Path, uid: int) -> None:
    """Let `uid` search every parent directory of `path`, so that it can reach what it may use."""
    for parent in reversed(path.absolute().parents):
        grant(parent, uid, SEARCH)


def _has(status: os.stat_result, uid: int, permissions: int) -> bool:
    if status.st_uid == uid:
        return (status.st_mode >> 6) & permissions == permissions
    return status.st_mode & permissions == permissions


def _read(path: Path, status: os.stat_result) -> list[Entry]:
    try:
        raw = os.getxattr(path, _ATTRIBUTE)
    except OSError:
        mode = stat.S_IMODE(status.st_mode)
        return [
            (_USER_OBJ, mode >> 6 & 7, _NOBODY),
            (_GROUP_OBJ, mode >> 3 & 7, _NOBODY),
            (_OTHER, mode & 7, _NOBODY),
        ]
    return list(_ENTRY.iter_unpack(raw[len(_HEADER) :]))


def _mask(entries: list[Entry]) -> int:
    return next((perm for tag, perm, _ in entries if tag == _MASK), 7)


def _with(entries: list[Entry], uid: int, permissions: int) -> list[Entry]:
    kept = [entry for entry in entries if entry[0] != _MASK and entry[::2] != (_USER, uid)]
    had_mask = any(tag == _MASK for tag, _, _ in entries)
    group = next(perm for tag, perm, _ in entries if tag == _GROUP_OBJ)
    mask = (_mask(entries) if had_mask else group) | permissions
    return sorted([*kept, (_USER, permissions, uid), (_MASK, mask, _NOBODY)], key=lambda e: (e[0], e[2]))


def _encode(entries: list[Entry]) -> bytes:
    return _HEADER + b"".join(_ENTRY.pack(*entry) for entry in entries)
