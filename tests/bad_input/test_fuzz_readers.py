"""Damaged files of every kind: each is read or refused with a sentence; no crash, no hang, no flood of memory.

This is a sample of what ``make fuzz`` does; ``FATHOM_FUZZ=N`` asks for N cases of each reader, ``FATHOM_FUZZ_SEED`` for
others.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
from pathlib import Path

import fuzz_campaign
import pytest

from fathom.errors import UserError
from fathom.tuning import study as studies

CASES = int(os.environ.get("FATHOM_FUZZ", "60"))
SEED = int(os.environ.get("FATHOM_FUZZ_SEED", "0"))


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of studies takes the waiting out of them, which is given back here."""
    monkeypatch.setattr(studies, "time", studies.time)
    monkeypatch.setattr(studies, "LAID_OUT", studies.LAID_OUT)


@pytest.fixture
def _clock():
    before = signal.signal(signal.SIGALRM, fuzz_campaign.too_slow)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_clock")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", fuzz_campaign.names())
def test_damaged_files_are_read_or_refused(name: str, tmp_path: Path) -> None:
    ready, *cases = fuzz_campaign.work(name, SEED, range(CASES), tmp_path)
    assert ready["what"] == "ready", ready
    assert [one for one in cases if one["what"] not in ("read", "refused")] == []
    assert len(cases) == CASES


@pytest.mark.usefixtures("_clock")
def test_the_fuzzer_sees_a_defect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers that stumble, answer without a sentence, never end, or take all memory."""

    def stumbles(path: Path) -> None:
        raise KeyError("x")

    def rambles(path: Path) -> None:
        raise UserError("two\nlines")

    def hangs(path: Path) -> None:
        while True:
            pass

    def swells(path: Path) -> None:
        bytearray(6 * 2**30)

    monkeypatch.setattr(fuzz_campaign, "SECONDS", 0.2)
    with fuzz_campaign.bounded_memory():
        told = [fuzz_campaign.attempt(read, tmp_path)[0] for read in (stumbles, rambles, hangs, swells)]
    assert told == ["KeyError", "no sentence", "longer than 0.2 s", "MemoryError"]


@pytest.mark.filterwarnings("ignore")
def test_a_study_that_keeps_no_json_is_damaged(tmp_path: Path) -> None:
    make, read = fuzz_campaign.reader("study")
    (path,) = make(tmp_path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE study_user_attributes SET value_json = '{'")
        database.commit()
    with pytest.raises(UserError, match=r"is damaged .*restore it"):
        read(path)


def test_what_fails_is_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "a"

    def reads(one: Path) -> None:
        if b"bad" in one.read_bytes():
            raise KeyError

    data = b"x" * 500 + b"bad" + b"y" * 300
    assert len(fuzz_campaign.smaller(data, path, reads, "KeyError")) < 50


WEAK = """
import os, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
import fuzz_campaign

seen, died = [], Path({died!r})

def make(folder):
    (folder / "a").write_text("x")
    return [folder / "a"]

def read(path):
    seen.append(path)
    if len(seen) == 3 and not died.exists():  # the sound file is read first
        died.touch()
        os.abort()

fuzz_campaign.reader = lambda name: (make, read)
sys.exit(fuzz_campaign.main())
"""


def test_a_process_that_dies_is_told_and_the_rest_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of three cases ends its process, as a library in C can."""
    script = tmp_path / "weak.py"
    script.write_text(WEAK.format(folder=str(Path(fuzz_campaign.__file__).parent), died=str(tmp_path / "died")))
    monkeypatch.setattr(fuzz_campaign, "SCRIPT", script)
    counts, failures = fuzz_campaign.run_reader("weak", 3, 0, tmp_path / "kept")
    assert counts == {"read": 2, "process ended with -6": 1}
    assert failures == ["scripts/fuzz weak --seed 0 --case 1: process ended with -6"]
