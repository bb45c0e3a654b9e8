"""Splits: newcomers move nobody, what belongs together stays together, the sizes are about right."""

import json
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fathom.data.splits import split
from fathom.errors import UserError
from fathom.records import Example, Examples


def some(n, classes=3, groups=None, contents=None, start=0, numeric=False):
    return tuple(
        Example(
            f"e{i}",
            i,
            i * 0.37 if numeric else f"c{i % classes}",
            group=None if groups is None else f"g{(i * 7919) % groups}",
            content="" if contents is None else f"x{(i * 104729) % contents}",
        )
        for i in range(start, start + n)
    )


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(60, 400),
    more=st.integers(0, 200),
    classes=st.integers(1, 6),
    groups=st.none() | st.integers(20, 60),
    contents=st.none() | st.integers(30, 300),
    seed=st.integers(0, 9),
    numeric=st.booleans(),
)
def test_nobody_moves_and_groups_never_part(n, more, classes, groups, contents, seed, numeric):
    if groups and contents:
        contents = None  # both at random make one component of everything
    old = some(n, classes, groups, contents, numeric=numeric)
    made = split.make_splits(Examples(old), seed)
    assert list(made.of) == [e.id for e in old]
    everyone = old + some(more, classes, groups, contents, start=n, numeric=numeric)
    longer = split.extend(made, Examples(everyone))
    assert all(longer.of[e.id] == made.of[e.id] for e in old)
    for attribute in ("group", "content"):
        sides = defaultdict(set)
        for e in everyone:
            if getattr(e, attribute):
                sides[getattr(e, attribute)].add(longer.of[e.id])
        assert all(len(s) == 1 for s in sides.values())


@pytest.mark.parametrize(("n", "share"), [(200, 0.2), (5_000, 0.15), (20_000, 0.1)])
def test_sizes(n, share):
    made = split.make_splits(Examples(some(n, 7)))
    for name in ("dev", "test"):
        assert abs(len(made.ids(name)) - share * n) <= 7
    newcomers = some(n, 7, start=n)
    longer = split.extend(made, Examples(some(n, 7) + newcomers))
    came = sum(longer.of[e.id] == "test" for e in newcomers)
    assert abs(came - share * n) < 5 * (share * n) ** 0.5 + 0.1 * share * n


def test_rare_classes_stay_in_training_too():
    items = tuple(Example(f"e{i}", i, "rare" if i < 3 else "b" if i % 2 else "a") for i in range(300))
    made = split.make_splits(Examples(items))
    assert "train" in {made.of[f"e{i}"] for i in range(3)}


def test_order_does_not_matter():
    items = some(300, 4, groups=50)
    assert split.make_splits(Examples(items)).of == split.make_splits(Examples(items[::-1])).of


def ready(splits):
    return Examples(tuple(Example(f"e{i}", i, f"c{i % 2}", split=s) for i, s in enumerate(splits)))


def test_ready_made_splits_are_kept_and_completed():
    made = split.make_splits(ready(["train"] * 100 + ["test"] * 20))
    assert made.ids("test") == [f"e{i}" for i in range(100, 120)]
    assert len(made.ids("dev")) == 20
    made = split.make_splits(ready(["train"] * 100 + ["dev"] * 20))
    assert made.ids("dev") == [f"e{i}" for i in range(100, 120)]
    assert len(made.ids("test")) == 20
    made = split.make_splits(ready([None] * 100 + ["dev"] * 20 + ["test"] * 10))
    assert len(made.ids("train")) == 100
    made = split.make_splits(ready(["train"] * 100))
    assert made.names() == ["train", "dev", "test"]
    longer = split.extend(made, ready(["train"] * 400))
    assert {longer.of[f"e{i}"] for i in range(100, 400)} == {"train", "dev", "test"}


def test_no_dev():
    made = split.make_splits(ready([None] * 100), no_dev=True)
    assert made.names() == ["train", "test"]


def test_too_few():
    with pytest.raises(UserError, match="too few"):
        split.make_splits(Examples(some(9)))
    with pytest.raises(UserError, match="group"):
        split.make_splits(Examples(some(100, groups=2)))
    assert set(split.make_splits(Examples(some(100, groups=3))).of.values()) == {"train", "dev", "test"}


def test_saved_and_loaded(tmp_path):
    made = split.make_splits(Examples(some(100, numeric=True)), seed=3)
    assert not split.has_splits(tmp_path)
    split.save(made, tmp_path)
    assert split.has_splits(tmp_path)
    assert split.load(tmp_path) == made
    (tmp_path / "splits.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        split.load(tmp_path)
    with pytest.raises(UserError, match="no splits"):
        split.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("seed", "3", "it.seed is '3' and no whole number"),
        ("rule", {"kind": "guessed"}, "it.rule.kind is 'guessed'"),
        ("rule", 3, "it.rule is 3"),
        ("thresholds", {"a": [0, 1, 2]}, "it.thresholds.a is no list of 2"),
        ("thresholds", {"a": [0, float("nan")]}, "it.thresholds.a\\[1\\] is nan and no number"),
    ],
)
def test_damaged_splits_are_refused(tmp_path, name, value, why):
    split.save(split.make_splits(Examples(some(100))), tmp_path)
    about = json.loads((tmp_path / "splits.json").read_text())
    (tmp_path / "splits.json").write_text(json.dumps(about | {name: value}))
    with pytest.raises(UserError, match=f"splits.json is damaged, since {why}.*: train again"):
        split.load(tmp_path)
