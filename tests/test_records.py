"""Examples and splits: who asks for some gets those, in the order in which they were asked for."""

from __future__ import annotations

import pytest

from fathom.records import Example, Examples, Splits
from fathom.split_kinds import SplitKind, SplitRule


def test_examples_come_in_the_order_of_the_ids() -> None:
    """Predictions and figures stand beside them by their place."""
    examples = Examples(tuple(Example(name, i) for i, name in enumerate("abcde")))
    assert [e.id for e in examples.of(["d", "a", "c"])] == ["d", "a", "c"]
    with pytest.raises(KeyError):
        examples.of(["a", "z"])


def test_splits_are_named_in_their_own_order() -> None:
    splits = Splits({"x": "test", "y": "train", "z": "test"}, SplitRule(SplitKind.EXPLICIT), 0)
    assert splits.names() == ["train", "test"]
    assert splits.ids("test") == ["x", "z"]
    assert splits.ids("dev") == []
