"""Labels in doubt, as the coach asks: judged by nets that learned from train alone, and test left out."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import fathom
from fathom.coaching import causes
from fathom.coaching.causes import in_doubt
from fathom.coaching.run_context import RunContext, context_of
from fathom.coaching.suspected_labels import suspected_in_train, suspected_labels
from fathom.data.splits.split import load
from fathom.diagnosis.label_shift import LABEL_SHIFT
from fathom.progress import Watcher
from fathom.records import Examples, Settings, Splits
from fathom.runs import label_error_search
from fathom.task import Task


def table(path: Path, turned: set[int], n: int = 360) -> None:
    """Two classes that two numbers tell apart; of some rows the label is turned."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(2, size=n)
    points = rng.normal(size=(n, 2)) + 4 * kinds[:, None]
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["x", "y", "label"])
        for i, (point, kind) in enumerate(zip(points, kinds, strict=True)):
            rows.writerow([f"{point[0]:.4f}", f"{point[1]:.4f}", "ab"[int(kind) ^ (i in turned)]])


def noisy(folder: Path, split: str) -> tuple[RunContext, set[str]]:
    """A run of which a fifth of one split is labelled wrongly; and those rows."""
    table(folder / "t.csv", set())
    ids = {f"row {i + 1}": i for i in range(360)}
    first = fathom.train(folder / "t.csv", net="logistic", epochs=1, out=folder / "first")
    members = [ids[name] for name in load(first.path).ids(split)]
    turned = set(members[::5])
    table(folder / "t.csv", turned)
    run = fathom.train(folder / "t.csv", net="logistic", epochs=3, splits=first.path, out=folder / "run")
    return context_of(run.folder), {f"row {i + 1}" for i in turned}


@pytest.mark.parametrize("split", ["train", "dev"])
def test_wrong_labels_of_a_split_are_found_by_nets_that_learned_from_train_alone(
    tmp_path: Path, split: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, wrong = noisy(tmp_path, split)
    parts = {name: set(context.splits.ids(name)) for name in ("train", "dev", "test")}
    monkeypatch.setattr(label_error_search, "EPOCH_SHARE", 0.1)
    judge, learned = label_error_search._judge_fold, []

    def watched(reader: Task, asked: Settings, examples: Examples, splits: Splits, watcher: Watcher) -> object:
        mine = set(splits.ids("train"))
        learned.append(len(mine))
        assert mine <= parts["train"]
        assert not mine & set(splits.ids("dev"))
        assert not {e.id for e in examples.items} & parts["test"]
        return judge(reader, asked, examples, splits, watcher)

    monkeypatch.setattr(label_error_search, "_judge_fold", watched)
    [found] = in_doubt(context, Watcher())
    assert len(learned) == 8
    assert found.evidence["split"] == split
    flagged = suspected_labels(context)
    assert len(flagged & wrong) >= 0.6 * len(wrong)
    assert len((flagged & parts[split]) - wrong) <= 0.05 * len(parts[split])
    assert not flagged & parts["test"]
    assert suspected_in_train(context) == flagged & parts["train"]


def test_what_is_doubted_of_train_does_not_hang_on_the_labels_of_dev(tmp_path: Path) -> None:
    context, _ = noisy(tmp_path, "dev")
    train, dev = (set(context.splits.ids(name)) for name in ("train", "dev"))
    kind, settings = type(context.task), context.asked()
    alone = []
    for turned in (False, True):
        if turned:
            table(tmp_path / "t.csv", {int(name.split()[1]) - 1 for name in dev})
        found = label_error_search.find_label_errors(
            kind, context.source, Watcher(), settings, learn=train, judge_only=dev
        )
        assert found.count == len(train) + len(dev)
        alone.append([(s.id, s.doubt) for s in found.suspects if s.id in train])
    assert alone[0] == alone[1]


def test_a_dev_that_mixes_the_classes_otherwise_is_not_called_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, _ = noisy(tmp_path, "dev")
    monkeypatch.setattr(causes, "suspected_labels", lambda context, watcher: frozenset(context.splits.ids("dev")[:20]))
    found = context.run.findings()
    for mixed, told in (("test", 1), ("dev", 0)):
        context.run.write_findings([*found, LABEL_SHIFT.found("", {"split": mixed}, split=mixed)])
        assert len(in_doubt(context, Watcher())) == told
