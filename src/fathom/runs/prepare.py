"""From a source to arrays that can be trained on: examples, splits, encoder, store.

Each step is taken from the run folder where it lies there already, so that a training that was killed anywhere goes on
as it began.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data import class_names, corruptions
from fathom.data.counter_rng import example_keys
from fathom.data.fingerprint import fingerprint, fingerprint_of_each
from fathom.data.source import cache_folder
from fathom.data.splits import split as splitting
from fathom.data.splits import split_rules
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.data.store import Store, build_store
from fathom.declared_options import CUSTOM_NET
from fathom.errors import UserError
from fathom.metrics import Predicts
from fathom.progress import Watcher
from fathom.records import SPLITS, Example, Examples, Settings, Skipped, Source, Splits
from fathom.runs import transfer
from fathom.runs.folder import RunFolder
from fathom.spelling import did_you_mean
from fathom.task import Task
from fathom.training.hardware import best_device, best_precision
from fathom.training.training_data import TrainingData


@dataclass(frozen=True)
class Prepared:
    """Everything that training and testing need.

    Attributes:
        task: fitted, with resolved settings.
        examples: all that could be read.
        splits: of these.
        store: the encoded examples.
        skipped: what could not be read, at first sight or when it was decoded.
    """

    task: Task
    examples: Examples
    splits: Splits
    store: Store
    skipped: tuple[Skipped, ...]

    def of(self, split: str) -> tuple[Example, ...]:
        """The examples of a split that are in the store, in order."""
        return self._members.get(split, ())

    def indices(self, split: str) -> NDArray[np.int64]:
        """Where they lie in the store, ``(n,)``."""
        return self._indices.get(split, np.zeros(0, np.int64))

    @cached_property
    def _indices(self) -> dict[str, NDArray[np.int64]]:
        number = {split: i for i, split in enumerate(SPLITS)}
        where = np.array([number.get(self.splits.of[name], -1) for name in self.store.ids], np.int8)
        return {split: np.flatnonzero(where == i) for i, split in enumerate(SPLITS)}

    @cached_property
    def _members(self) -> dict[str, tuple[Example, ...]]:
        by_id, ids = {e.id: e for e in self.examples.items}, self.store.ids
        return {split: tuple(by_id[ids[i]] for i in found) for split, found in self._indices.items()}

    def data(self) -> TrainingData:
        """What the loop takes."""
        return TrainingData(
            store=self.store,
            keys=example_keys(self.store.ids),
            train=self.indices("train"),
            dev=self.indices("dev"),
            dev_examples=self.of("dev"),
            importance=self._importance(),
        )

    def with_settings(self, settings: Settings) -> Prepared:
        """The same data under other settings of the training; those that bear on what was learned must be the same."""
        return replace(self, task=self.task.clone(settings))

    def _importance(self) -> NDArray[np.float32] | None:
        """How much each example of the store counts in training, by source and class; None where all count alike."""
        by_class = self._class_weights()
        weights = self.task.settings.source_weight
        if not weights:
            return by_class
        source = {e.id: e.source for e in self.examples.items}
        known = set(source.values())
        if unknown := sorted(set(weights) - known):
            shown = ", ".join(sorted(known - {""})[:10]) or "none: name their column with --source"
            raise UserError(
                f"`source_weight` names the source {unknown[0]!r}{did_you_mean(unknown[0], known)}, "
                f"and the sources are {shown}"
            )
        by_source = np.array([weights.get(source[name], 1.0) for name in self.store.ids], np.float32)
        if not by_source[self.indices("train")].any():
            raise UserError("`source_weight` leaves no training example: give one of their sources more than 0")
        return by_source if by_class is None else by_source * by_class

    def _class_weights(self) -> NDArray[np.float32] | None:
        """The mean class size over the class's own, to the power of `class_weight_power`; 1 on average over train."""
        power = self.task.settings.class_weight_power or 0.0
        if not power:
            return None
        target = {e.id: e.target for e in self.examples.items}
        counts = Counter(target[self.store.ids[i]] for i in self.indices("train"))
        if not counts or not all(isinstance(name, str) for name in counts):
            raise UserError("`class_weight_power` is for classes: the targets here are none")
        mean = sum(counts.values()) / len(counts)
        found = np.array([(mean / counts.get(target[name], mean)) ** power for name in self.store.ids], np.float32)
        return found / np.float32(found[self.indices("train")].mean())


def read(task: Task, source: Source) -> Examples:
    """Read the source and refuse what nothing can be learned from."""
    try:
        if not source.path.exists():
            raise FileNotFoundError(errno.ENOENT, "it is gone", source.text)
        return read_as_asked(task.examples, source, task.target_classes)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{error.filename or source.text} is gone: put the data of {source.text} back there") from None


def split(run: RunFolder, examples: Examples, seed: int, source: Source, reuse: Path | None) -> Splits:
    """The run's splits: as saved, or those of another run, or made."""
    if splitting.has_splits(run.path):
        saved = splitting.load(run.path)
        if not set(saved.of) <= {e.id for e in examples.items}:
            raise UserError(f"{run.path}/splits.parquet names examples that {source.text} has not: restore the file")
        return saved
    if run.has("findings.json"):
        raise UserError(f"{run.path} has lost its splits.parquet: restore the file or train again")
    if reuse is not None:
        splits = splitting.extend(splitting.load(RunFolder.open(reuse).path), examples)
    else:
        moves = split_rules.dev_differs_by_design(source, examples.items)
        splits = splitting.make_splits(examples, seed=seed, no_dev=source.no_dev, train_dev=moves)
    splitting.save(splits, run.path)
    return splits


def with_copies(
    source: Source, examples: Examples, splits: Splits, seed: int, watcher: Watcher
) -> tuple[Examples, Splits]:
    """The examples and splits with what is synthesized of train; it is made anew each time, and the same."""
    if not source.synthesize:
        return examples, splits
    train = examples.of(splits.ids("train"))
    watcher.begin_stage("synthesize", len(train) * len(source.synthesize))
    copies = corruptions.corrupted_copies(train, source.synthesize, source.noise, cache_folder(), seed, watcher.advance)
    of = {**splits.of, **{e.id: "train" for e in copies}}
    return replace(examples, items=(*examples.items, *copies)), replace(splits, of=of)


def without_test(splits: Splits) -> Splits:
    """Train and dev alone, where nets are only tried."""
    return replace(splits, of={name: split for name, split in splits.of.items() if split in ("train", "dev")})


def resolve(reader: Task, train: Sequence[Example], asked: Settings, own_net: str = "") -> Settings:
    """What was asked, and where nothing was, what suits the data and this machine.

    Args:
        reader: of the kind of task; it has read the data, and is left as it is.
        train: the training examples.
        asked: what the user said; Nones are found out.
        own_net: the class of a module of the user's own. It is trained as the task's usual net would be.

    Returns:
        Settings without Nones that matter.
    """
    filled = asked.filled(reader.clone(asked).defaults(train)).filled(COMMON_DEFAULTS)
    device = filled.device or best_device()
    precision = filled.precision or best_precision(device, filled.net or "")
    net = f"{CUSTOM_NET}{own_net}" if own_net else filled.net
    return replace(filled, device=device, precision=precision, net=net)


COMMON_DEFAULTS: Mapping[str, Any] = {
    "schedule": "one-cycle",
    "warmup": 0.0,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "grad_clip": 0.0,
    "augment": 0.0,
    "class_weight_power": 0.0,
}
"""Settings that no task needs to name; dropout is left to the net, and patience to whether there is an end to reach."""


def fitted(
    reader: Task,
    settings: Settings,
    examples: Examples,
    splits: Splits,
    watcher: Watcher,
    *,
    init_from: Path | None = None,
    encoder: Mapping[str, Any] | None = None,
) -> Prepared:
    """The data as a training takes it: a task of these settings that was fitted to train, and the encoded examples.

    Args:
        reader: of the kind of task; it has read the data and was fitted to nothing. It is left as it is.
        settings: all resolved (`resolve`); the task keeps them to the end.
        examples: all that were read.
        splits: which of them is for what; those that are in no split are not encoded.
        watcher: is told how far it is.
        init_from: a run whose weights the training starts from, so that inputs are encoded as they were there.
        encoder: what `fit` has learned already (`Task.state`); None learns it.

    Raises:
        UserError: nothing can be learned from train, or it has none of the classes of dev.
    """
    if encoder is None:
        task = fit(reader, settings, examples.of(splits.ids("train")), init_from)
    else:
        task = reader.clone(settings)
        task.restore(encoder)
    return encode(task, examples, splits, watcher)


def fit(reader: Task, settings: Settings, train: Sequence[Example], init_from: Path | None = None) -> Task:
    """A task of these settings that has learned its encoder from train; as `fitted`, before anything is encoded."""
    task = reader.clone(settings)
    task.fit(train)
    if init_from is not None:
        task.restore(transfer.merged_state(task.state(), init_from))
    return task


def prepare_again(run: RunFolder, recipe: Mapping[str, Any], task: Task, watcher: Watcher) -> Prepared:
    """Read a run's data once more, as it was.

    Args:
        run: that was trained, or begun.
        recipe: its own.
        task: as it was loaded from there.
        watcher: is told how far it is.

    Raises:
        UserError: the data has changed since.
    """
    source = source_of(recipe)
    examples = read_again(run, recipe, task, source, task.classes)
    splits = split(run, examples, task.settings.seed, source, None)
    examples, splits = with_copies(source, examples, splits, task.settings.seed, watcher)
    return encode(task, examples, splits, watcher)


def read_again(
    run: RunFolder, recipe: Mapping[str, Any], reader: Task, source: Source, classes: Sequence[str]
) -> Examples:
    """The examples of a run, which are what it was trained on.

    Args:
        run: that was trained, or begun.
        recipe: its own.
        reader: of its kind of task and its settings.
        source: of its data.
        classes: as it has learned them.

    Raises:
        UserError: they have changed since.
    """
    examples = class_names.called_as(read(reader, source), classes)
    if data_fingerprint(examples.items) != recipe["resolved"]["data_fingerprint"]:
        raise UserError(
            f"{source.text} has changed since {run.path} was trained: train again, with `splits={run.path}`"
        )
    return examples


def encode(task: Task, examples: Examples, splits: Splits, watcher: Watcher) -> Prepared:
    """Encode each example once, into the store.

    Raises:
        UserError: no class of dev occurs in train, so that nothing could be judged.
    """
    wanted = examples.of(list(splits.of))
    key = fingerprint([task.name, task.state(), data_fingerprint(wanted)])
    watcher.begin_stage("read", len(wanted))
    store, skipped = build_store(wanted, task.encode, key, cache_folder() / "stores", progress=watcher.advance)
    _require_known_classes(task, wanted, splits)
    return Prepared(task, examples, splits, store, (*examples.skipped, *skipped))


def _require_known_classes(task: Task, examples: Sequence[Example], splits: Splits) -> None:
    """Refuse a dev split that has none of the classes that were learned."""
    classes = set(task.classes)
    found = {str(e.target) for e in examples if splits.of[e.id] == "dev" and e.target is not None}
    if not classes or not found or task.metric.predicts is not Predicts.CLASS or found & classes:
        return
    train, dev = (", ".join(sorted(names)[:5]) for names in (classes, found))
    raise UserError(f"train has the classes {train} and dev has others, {dev}: write them alike, or give another `dev`")


def data_fingerprint(examples: Sequence[Example]) -> str:
    """Says whether data is still the same."""
    return fingerprint_of_each((e.id, e.content, str(e.target)) for e in examples)


def source_of(recipe: Mapping[str, Any]) -> Source:
    """The source that a recipe was made from."""
    return Source.from_dict(recipe["resolved"]["source"])
