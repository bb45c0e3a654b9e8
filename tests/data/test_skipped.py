"""Whether an example could not be read or was left out is a fact: no wording of the reason decides it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fathom
from fathom.data.label_corrections import apply_decisions
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.records import Example, Examples, SkipKind, Skipped
from fathom.runs.folder import RunFolder


def test_an_example_is_left_out_by_the_list_and_by_no_words(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id\na\n")
    read = Examples((Example("a", 1), Example("b", 2)), (Skipped("c", "left out by the camera"),))
    skipped = apply_decisions(read, path).skipped
    assert {s.id: s.kind for s in skipped} == {"c": SkipKind.UNREADABLE, "a": SkipKind.EXCLUDED}
    run = RunFolder(tmp_path)
    for reason in ("left out by list.csv", "as the user said", ""):
        run.write_skipped([Skipped(s.id, reason, s.kind) for s in skipped])
        assert run.skipped() == 1


def test_old_lists_have_no_kind(tmp_path: Path) -> None:
    path = tmp_path / "skipped.csv"
    path.write_text("id,reason\na,left out by list.csv\nb,empty\nc,cut short\n")
    assert RunFolder(tmp_path).skipped() == 2
    path.write_text("id,reason,kind\na,left out by list.csv,excluded\nb,empty,nonsense\n")
    with pytest.raises(UserError, match="nonsense"):
        RunFolder(tmp_path).skipped()


def test_a_training_says_why_files_could_not_be_read(tmp_path: Path) -> None:
    """Not only how many: the reason that most have in common, with one that has it."""
    rng = np.random.default_rng(0)
    for i in range(24):
        folder = tmp_path / "data" / "ab"[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (16, 16, 3)).astype(np.uint8)).save(folder / f"{i}.png")
    for name in ("x", "y"):
        (tmp_path / "data" / "a" / f"{name}.png").write_bytes(b"<html>not found</html>")
    (tmp_path / "data" / "a" / "z.png").write_bytes(b"")
    heard: list[str] = []

    class Ear(Watcher):
        def summary_line(self, label: str, text: str) -> None:
            heard.append(text)

    fathom.train(tmp_path / "data", net="logistic", epochs=1, out=tmp_path / "run", watcher=Ear())
    assert any("3 could not be read" in line for line in heard)
    assert any(line.endswith("x.png: not a picture but a web page (2 such)") for line in heard)
