"""The file of kept heads: signed, private, bounded, whole whenever the power fails; and the work that fills it."""

import stat
import threading
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from hms_app.config import Settings
from hms_app.runtime import kept_heads
from hms_app.runtime.kept_heads import KeptHeads, contradictions, last_that_holds
from hms_app.runtime.repeating import repeated

KEY = b"k" * 32
AT = "2026-11-28T12:00:00+00:00"


class Trail:
    """A trail that remembers the hash of each entry; rewriting it changes all from an entry on."""

    def __init__(self, length: int) -> None:
        self.hashes = {number: f"{number:064x}" for number in range(1, length + 1)}

    def __call__(self, ids: Sequence[int]) -> Mapping[int, str]:
        return {number: self.hashes[number] for number in ids if number in self.hashes}

    def cut(self, length: int) -> None:
        self.hashes = {number: value for number, value in self.hashes.items() if number <= length}

    def rewrite(self, first: int, length: int, mark: str = "f") -> None:
        self.cut(first - 1)
        self.hashes |= {number: f"{mark}{number:063x}" for number in range(first, length + 1)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "audit-heads"


@pytest.fixture
def heads(file: Path) -> KeptHeads:
    return KeptHeads(file, KEY)


def keep(heads: KeptHeads, trail: Trail, entry_id: int) -> list[str]:
    return heads.keep(AT, entry_id, trail.hashes[entry_id], trail)


def test_a_head_is_kept_once_privately_and_read_back(heads: KeptHeads, file: Path) -> None:
    trail = Trail(9)
    assert keep(heads, trail, 5) == keep(heads, trail, 5) == keep(heads, trail, 9) == []
    kept, problems = heads.read()
    assert problems == []
    assert [str(one) for one in kept] == [f"5:{5:064x}", f"9:{9:064x}"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_an_empty_trail_is_nothing_to_keep(heads: KeptHeads, file: Path) -> None:
    assert heads.keep(AT, 0, "0" * 64, Trail(0)) == []
    assert not file.exists()


def test_a_trail_that_was_cut_or_written_anew_is_named_and_the_proof_stays(
    heads: KeptHeads, file: Path
) -> None:
    trail = Trail(20)
    for number in (5, 12, 20):
        keep(heads, trail, number)
    before = file.read_bytes()
    trail.cut(15)
    assert keep(heads, trail, 15) == [f"The trail was cut: audit entry 20, kept on {AT}, is missing."]
    trail.rewrite(9, 25)
    (problem,) = keep(heads, trail, 25)
    assert problem == (
        "The trail was written anew from one of the audit entries 6 to 12 on: the last of them is not the one kept on"
        f" {AT}."
    )
    assert file.read_bytes() == before


def test_after_a_restore_only_what_came_later_is_void(heads: KeptHeads) -> None:
    trail = Trail(30)
    for number in (10, 20, 30):
        keep(heads, trail, number)
    trail.rewrite(16, 40)
    heads.begin_anew(AT, 15, trail.hashes[15])
    assert keep(heads, trail, 40) == []
    trail.rewrite(9, 40)
    assert "entries 1 to 10" in keep(heads, trail, 40)[0]


def test_a_restore_does_not_excuse_what_was_restored(heads: KeptHeads) -> None:
    trail = Trail(30)
    for number in (10, 20):
        keep(heads, trail, number)
    trail.rewrite(8, 30)
    heads.begin_anew(AT, 25, trail.hashes[25])
    assert "entries 1 to 10" in contradictions(heads.read()[0], trail)[0]


def test_what_still_holds_is_found_for_whoever_restored_by_other_means(heads: KeptHeads) -> None:
    trail = Trail(30)
    for number in (10, 20, 30):
        keep(heads, trail, number)
    trail.rewrite(25, 40)
    held = last_that_holds(heads.read()[0], trail)
    assert held.entry_id == 20
    heads.begin_anew(AT, held.entry_id, held.hash)
    assert keep(heads, trail, 40) == []
    trail.rewrite(1, 40, mark="e")
    assert last_that_holds(heads.read()[0], trail).entry_id == 0
    heads.begin_anew(AT, 0, "0" * 64)
    assert keep(heads, trail, 40) == []


@pytest.mark.parametrize("what", ["a digit", "a word", "another key", "half a line", "not text", "a restore"])
def test_a_line_of_somebody_else_is_named_and_nothing_is_added(
    heads: KeptHeads, file: Path, what: str
) -> None:
    trail = Trail(30)
    for number in (10, 20):
        keep(heads, trail, number)
    first, second = file.read_bytes().splitlines(keepends=True)
    if what == "another key":
        KeptHeads(file, b"x" * 32).begin_anew(AT, 1, trail.hashes[1])
        foreign = file.read_bytes()
    else:
        foreign = {
            "a digit": second.replace(b" 20:", b" 21:"),
            "a word": second.replace(b"kept", b"restored"),
            "half a line": second[:40] + b"\n",
            "not text": b"\xff\x00\n",
            "a restore": f"{AT} restored 1:{1:064x} {'0' * 64}\n".encode(),
        }[what]
    file.write_bytes(first + foreign)
    (problem,) = heads.read()[1]
    assert problem.startswith("Line 2 of ")
    assert keep(heads, trail, 30) == [problem]
    assert file.read_bytes() == first + foreign


def test_lines_that_are_not_ours_are_set_aside_when_the_trail_begins_anew(
    heads: KeptHeads, file: Path
) -> None:
    file.parent.mkdir()
    file.write_text("forged\n")
    heads.begin_anew(AT, 3, f"{3:064x}")
    assert heads.read()[1] == []
    assert [one.read_text() for one in file.parent.glob("audit-heads.*")] == ["forged\n"]


def test_the_file_is_bounded_and_what_is_dropped_is_dense_in_time(
    heads: KeptHeads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_heads, "MOST_LINES", 60)
    trail = Trail(500)
    heads.begin_anew(AT, 0, "0" * 64)
    for number in range(10, 501, 2):
        assert keep(heads, trail, number) == []
    kept = heads.read()[0]
    assert len(kept) == 60
    assert kept[0].is_restored
    ids = [one.entry_id for one in kept][1:]
    gaps = [after - before for before, after in pairwise(ids)]
    assert ids[-1] == 500
    assert gaps[-9:] == [2] * 9
    assert max(gaps) < 50


def test_the_old_file_stays_whole_until_the_new_one_is(heads: KeptHeads, file: Path) -> None:
    trail = Trail(20)
    keep(heads, trail, 10)
    file.with_name("audit-heads.part").write_text("half of a li")
    assert keep(heads, trail, 20) == []
    assert [one.entry_id for one in heads.read()[0]] == [10, 20]


def test_it_lies_beside_the_key_and_is_signed_with_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key=None)
    keep(KeptHeads.of(settings), Trail(3), 3)
    assert (tmp_path / "secrets" / "audit-heads").exists()
    assert (tmp_path / "secrets" / "master.key").exists()
    other = Settings(data_dir=tmp_path, secret_key="another key of this hospital, long")  # type: ignore[arg-type]
    assert KeptHeads.of(other).read()[1] != []


def test_repeated_work_is_done_at_the_start_again_and_at_the_end_whatever_fails() -> None:
    done: list[str] = []
    third = threading.Event()

    def work() -> None:
        done.append(threading.current_thread().name)
        if len(done) >= 3:
            third.set()
        if len(done) == 2:
            raise OSError("full")

    with repeated(work, seconds=0.01, name="noting"):
        assert done
        assert third.wait(30)
    assert done[0] == done[-1] == threading.main_thread().name
    assert "noting" in done
