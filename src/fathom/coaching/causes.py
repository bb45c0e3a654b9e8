"""What is most likely wrong with a run, causes before symptoms: its findings, its data, and the labels in doubt.

A training on data that leaks, or whose labels are wrong, can look like anything; so the data is looked at, too, and
what is found there stands before what the results show. Then the health of the training, then the largest gap of the
error, then what concerns parts of the data.
"""

from __future__ import annotations

from collections.abc import Sequence

from fathom import diagnosis
from fathom.coaching.case import Case
from fathom.coaching.doubts import doubts
from fathom.diagnosis import finding
from fathom.errors import FathomError
from fathom.records import Finding
from fathom.runs.check import check
from fathom.runs.folder import RunFolder
from fathom.training.health import CHECKS
from fathom.training.loop import Watcher

OF_DATA = (
    "leak_across_splits",
    "near_leak_across_splits",
    "leaking_column",
    "rows_across_splits",
    "groups_across_splits",
    "of_another_kind",
    "labels_in_doubt",
    "class_imbalance",
    "rare_class",
    "class_missing",
)
"""Findings of the data that make what is measured, or what can be learned, another thing than it seems."""

VERDICTS = (
    "avoidable_bias",
    "variance",
    "data_mismatch",
    "dev_overfitting",
    "train_error_dominates",
    "still_improving",
)
"""The largest part of the error."""

DOUBTED = 0.04
"""Share of a split's labels that must be in doubt: good data sets have a few per cent of them."""


def causes(run: RunFolder, watcher: Watcher, case: Case | None = None) -> list[Finding]:
    """Everything that was found of a run and of its data, the likeliest cause first.

    Args:
        run: finished.
        watcher: is told how far it is.
        case: of it, where the labels are to be judged out of fold, too; that trains several nets.
    """
    found = list(run.findings())
    source = run.recipe["resolved"]["source"]
    try:
        looked = check(
            source["text"], watcher, task=run.recipe["resolved"]["task"], target=source.get("target"),
            dev=source.get("dev"), test=source.get("test"), group=source.get("group"),
        )  # fmt: skip
        found += [one for one in looked.findings if one.name not in {f.name for f in found}]
    except FathomError as error:
        watcher.line("data", f"could not be looked at: {error}")
    if case is not None:
        found += in_doubt(case, watcher)
    return ordered(found)


def ordered(found: Sequence[Finding]) -> list[Finding]:
    """Data, health, verdict, the rest; within each as severe as it is."""
    health = {check.name for check in CHECKS}

    def floor(one: Finding) -> int:
        if one.name in health and one.severity != "note":
            return 0
        if one.name in OF_DATA:
            return 1 if one.severity != "note" or one.name == "class_imbalance" else 3
        return 2 if one.name in VERDICTS or one.name in health else 3

    return sorted(diagnosis.ranked(found), key=floor)


def in_doubt(case: Case, watcher: Watcher) -> list[Finding]:
    """Splits of which many labels are in doubt."""
    try:
        found = doubts(case, watcher)
    except FathomError:
        return []
    told = []
    for split in ("dev", "train"):
        members = case.splits.ids(split)
        doubted = found & set(members)
        if len(doubted) >= max(5, DOUBTED * len(members)):
            title = f"{len(doubted):,} of {len(members):,} labels of {split} are in doubt"
            evidence = {"split": split, "ids": sorted(doubted)[:200]}
            told.append(finding("labels_in_doubt", title, evidence, data=case.source.text))
    return told
