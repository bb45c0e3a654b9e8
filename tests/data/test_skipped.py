"""Whether an example could not be read or was left out is a fact: no wording of the reason decides it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fathom.data.label_corrections import apply_decisions
from fathom.errors import UserError
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
