"""Which labels are probably wrong? Asked of nets that have not seen them: ``fathom check DATA --labels``.

The examples are dealt into folds; a net is trained on all folds but one and asked about that one, so that every label,
of train, dev and test alike, is judged out of sample. Confident learning (Northcutt, Jiang and Chuang 2021, by the
library cleanlab) then counts how sure a net is, on average, of each class where it is given, and flags what is more
like another class by that measure.

What is flagged is a list to look at, never something to delete unseen: of the labels that such lists flag in good data
sets, people confirm about half. A person keeps, corrects or drops each (``fathom review``), and
``fathom train --exclude LIST`` follows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from fathom.data import files, spreadsheet_csv
from fathom.data.splits.stratification import connected_units, hash_rank
from fathom.errors import MissingExtra, UserError
from fathom.finding_kinds import FindingKind, Role
from fathom.progress import Watcher
from fathom.records import Examples, Finding, Settings, Source, Splits
from fathom.runs import prepare
from fathom.runs.confident_learning import LabelProbabilities, Suspect, flag_suspects
from fathom.runs.label_judges import why_not_judged
from fathom.runs.load import build_net
from fathom.runs.training_without_run import fit_without_run
from fathom.split_kinds import SplitKind, SplitRule
from fathom.task import Task
from fathom.training.batching import evaluation_batches, gather
from fathom.training.evaluation import autocast, call_net, to_device

LIKELY_LABEL_ERRORS = FindingKind(
    name="likely_label_errors",
    severity="warning",
    lesson="label-errors",
    meaning=(
        "Nets that were not trained on these labels disagree with them, with high confidence. In good data "
        "sets people agree with about half of such doubts. So change no label without looking."
    ),
    advice="Look at each one and decide: keep, correct or remove. Then train with --exclude LIST.",
)

LABELS_NOT_JUDGED = FindingKind(
    name="labels_not_judged",
    severity="note",
    lesson="label-errors",
    meaning=(
        "The nets that would judge the labels make too many mistakes themselves. So their disagreement says "
        "nothing about a label."
    ),
    advice="Look at some labels yourself. A better net, for example a pretrained one, judges better.",
    role=Role.NOTHING_WRONG,
)

FOLDS = 4
ROUNDS = 2
"""The second time nets do not learn from what was doubted the first time, so that they are better judges."""
EPOCH_SHARE, MIN_EPOCHS = 0.35, 3
"""Of the usual epochs so many are trained: a net that has learned its labels by heart judges others by wrong ones."""
MIN_EXAMPLES = 50
"""Examples below which nets trained on parts of them can judge nothing."""


@dataclass(frozen=True)
class JudgedLabels:
    """What was judged.

    Attributes:
        count: how many.
        suspects: what is suspicious, the most doubtful first.
        why_not: why nothing can be told of these labels; "" where something can.
    """

    count: int
    suspects: tuple[Suspect, ...]
    why_not: str = ""


def find_label_errors(
    kind: type[Task],
    source: Source,
    watcher: Watcher,
    settings: Settings | None = None,
    folds: int = FOLDS,
    learn: Collection[str] | None = None,
    judge_only: Collection[str] = (),
) -> JudgedLabels:
    """Train on all folds but one, ask about that one, and flag.

    Args:
        kind: of task.
        source: the data.
        watcher: is told how far it is.
        settings: how to train; Nones are found out for each fold.
        folds: how many.
        learn: ids that are learned from and judged; None for all.
        judge_only: ids that are judged, too, but that nothing is learned from: which of the others are flagged does not
            hang on them.

    Raises:
        UserError: the task's targets are no classes, or there are too few examples.
        MissingExtra: the library that flags is not installed.
    """
    _require()
    asked = settings or Settings()
    if not kind.gives_label_probabilities:
        raise UserError(f"the labels of the task {kind.name} cannot be judged one by one: it takes classes")
    reader = kind(asked)
    examples = prepare.read(reader, source)
    learn = {e.id for e in examples.items} if learn is None else set(learn)
    if len(learn) < MIN_EXAMPLES:
        raise UserError(f"{len(learn)} {examples.kind} are too few to judge their labels: give {MIN_EXAMPLES}")
    examples = replace(examples, items=tuple(e for e in examples.items if e.id in learn or e.id in judge_only))
    fold_of = _folds(examples, asked.seed, folds, learn)
    suspects: list[Suspect] = []
    for round_ in range(ROUNDS):
        judged: dict[str, LabelProbabilities] = {}
        classes: list[str] = []
        learned = learn - {s.id for s in suspects}
        for fold in range(folds):
            watcher.summary_line("labels", f"round {round_ + 1} of {ROUNDS}, part {fold + 1} of {folds}")
            of = {e.id: _role(e.id, fold_of[e.id] == fold, learned) for e in examples.items}
            splits = Splits(of, SplitRule(SplitKind.EXPLICIT), asked.seed)
            of_fold, names = _judge_fold(reader, asked, examples, splits, watcher)
            if classes and names != classes:
                raise UserError(f"a class is too rare to be in each of {folds} parts: give more of it, or leave it out")
            classes = names
            judged |= of_fold
        suspects = flag_suspects(examples, judged, classes, learn, pixels=kind.inputs == ("image",))
    if suspects and (why_not := why_not_judged(judged, learn, {s.id for s in suspects})):
        watcher.summary_line("labels", f"cannot be judged: {why_not}")
        return JudgedLabels(len(judged), (), why_not)
    return JudgedLabels(len(judged), tuple(suspects))


def label_error_finding(labels: JudgedLabels, kind: str) -> Finding | None:
    """The finding that these are, or None where there is nothing to look at."""
    if labels.why_not:
        return LABELS_NOT_JUDGED.found(f"the labels cannot be judged: {labels.why_not}", {"judged": labels.count})
    if not labels.suspects:
        return None
    n = len(labels.suspects)
    title = f"{n:,} of {labels.count:,} {kind} {'has' if n == 1 else 'have'} a label that is probably wrong"
    title += f" ({100 * n / labels.count:.1f} %)"
    evidence = {
        "examples": [s.id for s in labels.suspects],
        "details": [f"{s.given}, rather {s.suggested} ({s.doubt:.2f})" for s in labels.suspects],
    }
    return LIKELY_LABEL_ERRORS.found(title, evidence)


def write_list(labels: JudgedLabels, out: Path) -> None:
    """Write the list: id, given, suggested, doubt, and an empty column for what a person decides.

    Raises:
        UserError: the file is there already, or cannot be written.
    """
    if out.exists():
        raise UserError(f"{out} exists already: give another `out`, or delete it")
    rows = ([s.id, s.given, s.suggested, f"{s.doubt:.4f}", ""] for s in labels.suspects)
    files.write_text(out, spreadsheet_csv.written([("id", "given", "suggested", "doubt", "decision"), *rows]))


def _require() -> None:
    try:
        import cleanlab.filter  # noqa: F401
    except ImportError as error:
        raise MissingExtra("judging labels", "labels") from error


def _folds(examples: Examples, seed: int, folds: int, learn: Collection[str]) -> dict[str, int]:
    """The fold of each example; what belongs together stays together, and of `learn` folds have equally much."""
    units = connected_units(examples.items)
    items = examples.items
    order = sorted(units, key=lambda unit: hash_rank([items[i] for i in unit], f"{seed} fold"))
    sizes = [(0, 0)] * folds  # of what is learned from, and of all
    of: dict[str, int] = {}
    for unit in order:
        fold = sizes.index(min(sizes))
        sizes[fold] = (sizes[fold][0] + sum(items[i].id in learn for i in unit), sizes[fold][1] + len(unit))
        of |= dict.fromkeys((items[i].id for i in unit), fold)
    if min(sizes)[0] == 0:
        raise UserError(f"the {examples.kind} form fewer than {folds} groups that may not part: leave the group out")
    return of


def _role(name: str, held_out: bool, learned: Collection[str]) -> str:
    """What an example is to the judge of a fold; of what is neither learned nor asked about nothing is made."""
    return "dev" if held_out else "train" if name in learned else "test"


def _judge_fold(
    reader: Task, asked: Settings, examples: Examples, splits: Splits, watcher: Watcher
) -> tuple[dict[str, LabelProbabilities], list[str]]:
    """What a net that learned from train says of dev, by example; and the names of the classes."""
    settings = prepare.resolve(reader, examples.of(splits.ids("train")), asked)
    if asked.epochs is None and settings.epochs is not None:
        settings = replace(settings, epochs=max(MIN_EPOCHS, round(EPOCH_SHARE * settings.epochs)))
    prepared = prepare.fitted(reader, settings, examples, splits, watcher)
    task = prepared.task
    net = build_net(task)
    # the held-out fold may not choose the weights by labels that are under suspicion
    fit_without_run(net, prepared, watcher, blind=True)
    net.eval()
    indices = prepared.indices("dev")
    found: dict[str, LabelProbabilities] = {}
    with torch.inference_mode():
        for batch_indices in evaluation_batches(task, prepared.store, indices, 256):
            batch = task.prepare(
                to_device(gather(task, prepared.store, indices[batch_indices]), settings.device or "cpu"), None
            )
            with autocast(settings.device or "cpu", settings.precision or "fp32"):
                output, _ = call_net(net, task, batch, None)
            probabilities = task.label_probabilities(output, batch)
            if probabilities is None:
                raise UserError(f"the targets of this {task.name} are quantities, which cannot be judged as labels")
            found |= dict(zip((prepared.store.ids[i] for i in indices[batch_indices]), probabilities, strict=True))
    return found, list(task.label_names)
