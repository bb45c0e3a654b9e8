"""What is known of data before training: examples, splits as they would be made, and which pictures are copies.

Everything that takes long is done here, once; the checks only read it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.checking import near_duplicate_images, near_duplicate_records
from fathom.data.fingerprint import fingerprint
from fathom.data.image import image_file
from fathom.data.image.learned_levels import learn_levels
from fathom.data.source import cache_folder
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.data.splits.split import make_splits
from fathom.data.splits.split_rules import dev_differs_by_design
from fathom.data.store import Store, build_store
from fathom.data.table.column_roles import judge
from fathom.errors import FathomError, UserError
from fathom.progress import Watcher
from fathom.records import Example, Examples, Finding, InputKind, Skipped, Source, Splits
from fathom.task import Task

Set = tuple[str, ...]
"""Ids of examples that belong together, in the order of the data."""


@dataclass(frozen=True)
class DataProfile:
    """What the checks are given.

    Attributes:
        source: what the user pointed at.
        task: the name of the task.
        examples: those that can be read, and in ``skipped`` those that cannot.
        splits: as a training would make them, or None where that is impossible.
        obstacle: why there are no splits, or "".
        near: pairs of ids that are copies though their files differ, none of one group.
        columns: names of the columns, where the examples are rows.
        compared: how many were compared with each other for near copies.
        own: what the task itself found to be wrong.
        refusal: why the task would not learn from the training split, or "".
        labels: the classes that each example's target names, in order; none where the target is no class.
    """

    source: Source
    task: str
    examples: Examples
    splits: Splits | None = None
    obstacle: str = ""
    near: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    compared: int = 0
    own: tuple[Finding, ...] = ()
    refusal: str = ""
    labels: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Example]:
        """The examples by their ids."""
        return {e.id: e for e in self.examples.items}

    @cached_property
    def classes(self) -> tuple[str, ...] | None:
        """The class of each example, in order; None where the target is no class, or names several."""
        if not self.labels or any(len(names) != 1 for names in self.labels):
            return None
        return tuple(names[0] for names in self.labels)

    @cached_property
    def class_of(self) -> Mapping[str, str]:
        """The class of each example by its id, where `classes` is known."""
        return dict(zip((e.id for e in self.examples.items), self.classes or ()))

    @cached_property
    def same(self) -> tuple[Set, ...]:
        """Sets of examples with the same content."""
        by_content: dict[str, list[str]] = defaultdict(list)
        for e in self.examples.items:
            if e.content:
                by_content[e.content].append(e.id)
        return tuple(tuple(ids) for ids in by_content.values() if len(ids) > 1)

    @cached_property
    def near_sets(self) -> tuple[Set, ...]:
        """Sets of pictures that are copies of each other, directly or by way of others."""
        return connected(self.near, self.by_id)

    @property
    def similarity(self) -> str:
        """How near copies are alike, in words that follow "others"."""
        told = {"texts": "that read the same", "recordings": "that sound the same", "rows": "with the same values"}
        return told.get(self.examples.kind, "that look the same")

    @property
    def rows(self) -> bool:
        """Whether the examples are rows of a table."""
        return bool(self.columns)

    def split_of(self, name: str) -> str | None:
        """The split of an example, or None where there are no splits."""
        return None if self.splits is None else self.splits.of.get(name)

    def column(self, name: str) -> list[Any]:
        """The values of a column, in the order of the examples; None where missing."""
        return [e.input.get(name) for e in self.examples.items]

    @cached_property
    def useless_columns(self) -> dict[str, str]:
        """The columns that say nothing of the next row, each with the reason."""
        return judge({name: self.column(name) for name in self.columns})


def profile_data(task: Task, source: Source, watcher: Watcher, seed: int = 0) -> DataProfile:
    """Read data, decode its pictures once, split it as a training would, and find the copies.

    Raises:
        UserError: there is nothing here that could be looked at.
    """
    watcher.begin_stage("read", 0)
    examples = read_as_asked(task.examples, source, task.target_classes)
    splits, obstacle = _splits(examples, source, seed)  # before what cannot be decoded is known, as in a training
    thumbs = _thumbnails(examples, watcher)
    if thumbs is not None:
        examples, splits = _without(examples, splits, {s.id: s.reason for s in thumbs.skipped})
    refusal = "" if splits is None else _refusal(task, examples.of(splits.ids("train")))
    if thumbs is None:
        near, compared, faults = _near_others(examples, watcher)
        examples, splits = _without(examples, splits, faults)
    else:
        near, compared = _near(examples, thumbs, watcher)
    own = tuple(task.findings(examples))
    return DataProfile(
        source, task.name, examples, splits, obstacle, near, _columns(examples), compared, own,
        refusal=refusal, labels=_labels(task, examples),
    )  # fmt: skip


def profile_of_training(task: Task, source: Source, examples: Examples, splits: Splits) -> DataProfile:
    """What is known of the data of a training that begins; nothing is decoded or compared for it.

    Args:
        task: which has read the data.
        source: of the data.
        examples: that were read.
        splits: of these, or of some.
    """
    examples = replace(examples, items=tuple(e for e in examples.items if e.id in splits.of))
    own = tuple(task.findings(examples))
    labels = _labels(task, examples)
    return DataProfile(source, task.name, examples, splits, columns=_columns(examples), own=own, labels=labels)


def connected(pairs: Iterable[tuple[str, str]], order: Iterable[str]) -> tuple[Set, ...]:
    """The sets that pairs connect, each and all of them in the order of `order`."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for a, b in pairs:
        parent[root(b)] = root(a)
    sets: dict[str, list[str]] = defaultdict(list)
    for name in order:
        if name in parent:
            sets[root(name)].append(name)
    return tuple(tuple(names) for names in sets.values())


def counted(profile: DataProfile, n: int, one: str, many: str) -> str:
    """``1 of 1,399 pictures looks``, ``2 of 1,399 pictures look``."""
    return f"{n:,} of {len(profile.examples.items):,} {profile.examples.kind} {one if n == 1 else many}"


def _splits(examples: Examples, source: Source, seed: int) -> tuple[Splits | None, str]:
    try:
        train_dev = dev_differs_by_design(source, examples.items)
        return make_splits(examples, seed=seed, no_dev=source.no_dev, train_dev=train_dev), ""
    except UserError as error:
        return None, str(error)


def _refusal(task: Task, train: Sequence[Example]) -> str:
    """Why a training would be refused by what it learns first; "" where it would not."""
    try:
        task.clone(task.settings).fit(train)
    except UserError as error:
        return str(error)
    return ""


def _labels(task: Task, examples: Examples) -> tuple[tuple[str, ...], ...]:
    return tuple(task.target_classes(examples.items))


def _columns(examples: Examples) -> tuple[str, ...]:
    inputs = [e.input for e in examples.items]
    return tuple(inputs[0]) if all(isinstance(x, Mapping) for x in inputs) else ()


def _is_picture(example: Example) -> bool:
    """Whether a thumbnail of an example of pictures tells something: a file, or an array large enough."""
    if isinstance(example.input, np.ndarray):
        return example.input.ndim in (2, 3) and min(example.input.shape[:2]) >= near_duplicate_images.MIN_SIDE
    return isinstance(example.input, Path | str)


def _thumbnails(examples: Examples, watcher: Watcher) -> Store | None:
    """The thumbnails of all pictures, mapped from the cache; None where the examples are none."""
    found = [e for e in examples.items if _is_picture(e)] if examples.inputs is InputKind.PICTURE else []
    if not found:
        return None
    watcher.begin_stage("look", len(found))
    key = fingerprint(["thumbnails on their own levels", near_duplicate_images.THUMBNAIL_SIDE])
    try:
        return build_store(found, _thumbnail, key, cache_folder() / "stores", progress=watcher.advance)[0]
    except UserError:
        raise
    except FathomError as error:
        raise UserError(f"{error}: check that the files are whole") from error


def _thumbnail(example: Example) -> dict[str, NDArray]:
    """``thumb`` (side, side, 3) uint8, and ``side`` () int32: the picture's shorter side in pixels."""
    levels = learn_levels([example.input])  # of this picture alone: its copy has the same
    thumb = image_file.decode(example.input, near_duplicate_images.THUMBNAIL_SIDE, 3, levels)
    shape = example.input.shape[:2] if isinstance(example.input, np.ndarray) else image_file.probe(example.input)[0]
    return {"thumb": thumb, "side": np.array(min(shape), np.int32)}


def _near(examples: Examples, store: Store, watcher: Watcher) -> tuple[tuple[tuple[str, str], ...], int]:
    """Pairs of ids that are copies though their files differ, none of one group; and how many were compared."""
    by_id = {e.id: e for e in examples.items}
    batches = np.array_split(np.arange(len(store)), len(store) // 4096 + 1)
    sides = np.concatenate([store.gather(batch)["side"].numpy() for batch in batches])
    first: dict[str, int] = {}  # one picture for each content: the others are copies for certain
    for i in np.flatnonzero(sides >= near_duplicate_images.MIN_SIDE).tolist():
        first.setdefault(by_id[store.ids[i]].content or store.ids[i], i)
    chosen = np.fromiter(first.values(), np.int64, len(first))

    def read(indices: NDArray[np.int64]) -> near_duplicate_images.Thumbs:
        return store.gather(chosen[indices])["thumb"].numpy()

    watcher.begin_stage("compare", len(chosen))
    pairs = near_duplicate_images.candidates(near_duplicate_images.descriptors(read, len(chosen)), watcher.advance)
    watcher.begin_stage("verify", len(pairs))
    found = near_duplicate_images.copies(read, pairs, watcher.advance)
    named = ((store.ids[chosen[i]], store.ids[chosen[j]]) for i, j in found.tolist())
    pairs_apart = tuple((a, b) for a, b in named if not _one_group(by_id[a], by_id[b]))
    return pairs_apart, int((sides >= near_duplicate_images.MIN_SIDE).sum())


def _without(examples: Examples, splits: Splits | None, faults: Mapping[str, str]) -> tuple[Examples, Splits | None]:
    """The examples and splits without those that cannot be used, which are listed as skipped; why, by id."""
    left = tuple(e for e in examples.items if e.id not in faults)
    skipped = tuple(Skipped(name, why) for name, why in faults.items())
    if not left:
        first = skipped[0]
        raise UserError(
            f"none of the {len(skipped):,} {examples.kind} can be used: the first, {first.id}: {first.reason}; "
            "give others, or mend these"
        )
    if splits is not None:
        splits = replace(splits, of={name: split for name, split in splits.of.items() if name not in faults})
    return replace(examples, items=left, skipped=(*examples.skipped, *skipped)), splits


def _near_others(examples: Examples, watcher: Watcher) -> tuple[tuple[tuple[str, str], ...], int, dict[str, str]]:
    """The same of texts, recordings and rows; and by its id, why a recording cannot be used."""
    items = examples.items
    of: dict[str, Callable[[Sequence[Example], Callable[[int], None]], list[tuple[str, str]]]] = {
        "texts": near_duplicate_records.texts,
        "lines": near_duplicate_records.texts,
        "rows": near_duplicate_records.rows,
    }
    find, heard = of.get(examples.kind), examples.kind == "recordings"
    written = all(isinstance(e.input, str) for e in items)
    if not heard and (find is None or (find is near_duplicate_records.texts and not written)):
        return (), 0, {}
    watcher.begin_stage("compare", len(items))
    by_id = {e.id: e for e in items}
    faults: dict[str, str] = {}
    if find is None:
        pairs, faults = near_duplicate_records.recordings(items, watcher.advance)
    else:
        pairs = find(items, watcher.advance)
    apart = (pair for pair in pairs if not _one_group(by_id[pair[0]], by_id[pair[1]]))
    return tuple(dict.fromkeys(apart)), len(items), faults


def _one_group(a: Example, b: Example) -> bool:
    return a.group is not None and a.group == b.group


def shares(names: Sequence[str]) -> dict[str, int]:
    """How often each name occurs, the most frequent first."""
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        counts[name] += 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
