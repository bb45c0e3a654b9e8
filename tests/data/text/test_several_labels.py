"""Texts that have several labels each are refused; lists of one label are that label's own class."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fathom.data.text.texts import read_text_table
from fathom.errors import UserError
from fathom.records import Source


def written(path: Path, *labels: object) -> Source:
    rows = [{"text": f"the film was long and number {i} of many", "labels": one} for i, one in enumerate(labels)]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return Source(str(path), path)


def test_several_labels_a_text_are_refused(tmp_path):
    source = written(tmp_path / "t.jsonl", ["pos"], ["neg"], ["pos", "x"], ["neg"])
    with pytest.raises(
        UserError, match=r"'labels' of \S+t\.jsonl gives 1 of 4 texts several labels \(pos, x, for exam"
    ):
        read_text_table(source)


@pytest.mark.parametrize("labels", [(["pos"], ["neg"], ["pos"]), ("[a, b]", "[c", "[a, b]"), ("pos", "neg", "pos")])
def test_other_labels_are_read(tmp_path, labels):
    examples = read_text_table(written(tmp_path / "t.jsonl", *labels))
    assert len(examples.items) == 3
    assert len({e.target for e in examples.items}) == 2
