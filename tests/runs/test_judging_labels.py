"""Who judges a label has not seen it: neither learned from it nor chosen its weights by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fathom.progress import Watcher
from fathom.records import Example, Examples, Settings, Splits
from fathom.runs.confident_learning import flag_suspects
from fathom.runs.label_error_search import _judge_fold
from fathom.split_kinds import SplitKind, SplitRule
from fathom.tasks.table.tabular import Table


def test_what_nets_say_of_held_out_labels_does_not_hang_on_them() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    items = tuple(
        Example(f"row {i}", {"x": float(v)}, "yes" if v + 0.7 * rng.normal() > 0 else "no", content=str(i))
        for i, v in enumerate(x)
    )
    asked = Settings(epochs=6, lr=0.05, schedule="constant", batch_size=16)
    splits = Splits({e.id: "dev" if i < 40 else "train" for i, e in enumerate(items)}, SplitRule(SplitKind.EXPLICIT), 0)
    others = {"yes": "no", "no": "yes"}
    flipped = tuple(replace(e, target=others[e.target]) if i < 40 else e for i, e in enumerate(items))
    told, of_flipped = (
        _judge_fold(Table(asked), asked, Examples(some), splits, Watcher())[0] for some in (items, flipped)
    )
    assert len(told) == 40
    for name, (labels, probabilities) in told.items():
        assert labels != of_flipped[name][0]
        assert (probabilities == of_flipped[name][1]).all()


def test_what_is_doubted_most_comes_first() -> None:
    pytest.importorskip("cleanlab")
    items = tuple(Example(f"row {i}", i, "ab"[i % 2]) for i in range(40))
    own = dict.fromkeys(range(40), 0.9) | {6: 0.02, 11: 0.01}  # the probability of the label that was given
    judged = {
        e.id: (np.array([i % 2]), np.array([[own[i], 1 - own[i]][:: 1 - 2 * (i % 2)]], np.float32))
        for i, e in enumerate(items)
    }
    found = flag_suspects(Examples(items), judged, ["a", "b"], set(judged), pixels=False)
    assert [(one.id, one.given, one.suggested) for one in found] == [("row 11", "b", "a"), ("row 6", "a", "b")]
    assert [one.doubt for one in found] == pytest.approx([0.99, 0.98])
