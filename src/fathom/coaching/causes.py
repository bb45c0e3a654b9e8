"""What is most likely wrong with a run, causes before symptoms: its findings, its data, and the labels in doubt.

The health of the training comes first: a health check speaks only where two signs agree that the steps themselves went
wrong, and what a failed training shows of its data says little. Then the data: a training on data that leaks, or whose
labels are wrong, can look like anything, so the data is looked at, too, and what is found there stands before what the
results show. Then the largest gap of the error, then what concerns parts of the data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from fathom import diagnosis, tasks
from fathom.coaching.bayes_error import at_floor
from fathom.coaching.run_context import RunContext
from fathom.coaching.suspected_labels import seconds, suspected_labels
from fathom.diagnosis.distribution_shift import OF_ANOTHER_KIND
from fathom.diagnosis.label_shift import LABEL_SHIFT
from fathom.errors import FathomError
from fathom.finding_kinds import FindingKind, Role, kind_of
from fathom.progress import Watcher
from fathom.records import Finding
from fathom.runs import prepare
from fathom.runs.check import examine
from fathom.runs.folder import RunFolder

LABELS_IN_DOUBT = FindingKind(
    name="labels_in_doubt",
    severity="warning",
    lesson="label-errors",
    meaning=(
        "Nets that were not trained on these labels disagree with them, with high confidence. In train, "
        "wrong labels mislead the net. In dev, they make the error of the model look larger."
    ),
    advice="Look through them: fathom check DATA --labels doubts.csv, then fathom review RUN --labels doubts.csv.",
    role=Role.DATA,
)

SHARE = 0.25
"""Of the budget, that judging the labels out of fold may take."""

MORE, SURE = 0.03, 2.6
"""Points, and standard errors, by which a split must have more labels in doubt than the other."""

MANY = 0.12
"""Share of all labels in doubt that is told wherever they are: hard but clean data sets have less."""


def causes(run: RunFolder, watcher: Watcher, context: RunContext | None = None) -> list[Finding]:
    """Everything that was found of a run and of its data, the likeliest cause first.

    Args:
        run: finished.
        watcher: is told how far it is.
        context: of it, where the labels are to be judged out of fold, too; that trains several nets.
    """
    found = list(run.findings())
    try:
        recipe = run.read_recipe()
        data = examine(tasks.by_name(recipe["resolved"]["task"])(), prepare.source_of(recipe), watcher)
        found += [one for one in data.findings if one.name not in {f.name for f in found}]
    except FathomError as error:
        watcher.summary_line("data", f"could not be looked at: {error}")
    if context is not None:
        found += in_doubt(context, watcher)
        found = at_floor(context, found, watcher)
    return ordered(found)


def likely(context: RunContext, budget: float, watcher: Watcher) -> list[Finding]:
    """What is most likely wrong, as far as it can be found within a part of the budget; the likeliest cause first.

    Args:
        context: the run.
        budget: seconds of the whole advice; labels are judged only where that is a small part of it.
        watcher: is told how far it is.
    """
    possible = context.module is None and context.task.gives_label_probabilities
    affordable = possible and seconds(context) < SHARE * budget
    if possible and not affordable:
        watcher.summary_line(
            "note",
            f"whether its labels are right is not asked, which would take about {seconds(context):.0f} s of "
            f"{budget:.0f}: fathom check DATA --labels FILE asks it",
        )
    found = causes(context.run, watcher, context if affordable else None)
    return worth_telling(found)


def worth_telling(found: Sequence[Finding]) -> list[Finding]:
    """Those of which something follows, the likeliest cause first."""
    return ordered([one for one in found if kind_of(one.name).role is not Role.NOTHING_WRONG])


def ordered(found: Sequence[Finding]) -> list[Finding]:
    """Health, data, the largest part of the error, the rest; within each the most severe first."""
    return sorted(diagnosis.ranked(found), key=lambda one: kind_of(one.name).role)


def in_doubt(context: RunContext, watcher: Watcher) -> list[Finding]:
    """Splits of which many labels are in doubt."""
    try:
        found = suspected_labels(context, watcher)
    except FathomError:
        return []
    members = {split: set(context.splits.ids(split)) for split in ("train", "dev")}
    shares = {split: len(found & ids) / max(1, len(ids)) for split, ids in members.items()}
    n, m = (len(ids) for ids in members.values())
    whole = (shares["train"] * n + shares["dev"] * m) / max(1, n + m)
    error = math.sqrt(max(1e-12, whole * (1 - whole) * (1 / max(1, n) + 1 / max(1, m))))
    more = shares["train"] - shares["dev"]
    named = ["train", "dev"] if min(shares.values()) > MANY else []
    if not named and abs(more) > max(MORE, SURE * error):
        named = ["train" if more > 0 else "dev"]
    if "dev" in named and _unlike(context):
        named.remove("dev")  # nets that have not seen its like doubt it for that; a gap alone may come from its labels
    told = []
    for split in named:
        doubted = sorted(found & members[split])
        title = f"{len(doubted):,} of {len(members[split]):,} labels of {split} are in doubt"
        if len(named) == 1:
            other = shares["dev" if split == "train" else "train"]
            title += f": {100 * shares[split]:.1f} %, and {100 * other:.1f} % of the others"
        evidence = {"split": split, "share": shares[split], "ids": doubted[:200]}
        told.append(LABELS_IN_DOUBT.found(title, evidence))
    return told


def _unlike(context: RunContext) -> bool:
    """Whether dev is of another kind than train, or has much of classes that nets have seen little of there."""
    mixed = (one for one in context.run.findings() if one.name == LABEL_SHIFT.name)
    return OF_ANOTHER_KIND.name in context.findings or any(one.evidence.get("split") == "dev" for one in mixed)
