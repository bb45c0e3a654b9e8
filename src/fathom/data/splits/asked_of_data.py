"""What the user asked of data that was read: which examples are left out or corrected, and by what they are split.

Whoever reads data goes through here, so that a check looks at just what a training would learn from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from fathom.data import label_corrections, repairs
from fathom.data.other_kinds import tell_other_kinds
from fathom.data.splits.fold_column import split_by_folds
from fathom.data.splits.group_column import keep_groups_together
from fathom.data.splits.row_groups import keep_rows_together
from fathom.data.splits.split_rules import apply_split_by
from fathom.errors import UserError
from fathom.records import Example, Examples, Source

ClassesOf = Callable[[Sequence[Example]], Sequence[Sequence[str]]]
"""Examples → the classes that the target of each names; nothing where targets are no classes."""
_TOLD = 5
"""Classes that a refusal names at most."""


def read_as_asked(read: Callable[[Source], Examples], source: Source, classes_of: ClassesOf | None = None) -> Examples:
    """The examples as `exclude` and `split_by` want them, with what was repaired when they were read.

    Args:
        read: as a task does it (`Task.examples`).
        source: what was said of the data.
        classes_of: as a task does it (`Task.target_classes`); without it classes are not compared.

    Raises:
        UserError: what was asked does not suit the examples, or none are left; or the data that was named for dev or
            for test holds none, or none of a class of train.
    """
    with repairs.collected() as told:
        examples = keep_rows_together(keep_groups_together(read(source), source.group), source)
        examples = split_by_folds(examples, source)
        tell_other_kinds(examples.inputs, source.path)
    examples = replace(examples, repairs=tuple(told))
    for split, place in (("dev", source.dev), ("test", source.test)):
        if place is not None:
            _refuse_nothing(examples, split, place, source)
            _refuse_other_classes(examples, split, classes_of)
    if source.exclude is not None:
        examples = label_corrections.apply_decisions(examples, source.exclude)
    examples = apply_split_by(examples, source)
    if not examples.items:
        raise UserError(f"{source.text} holds nothing that can be read: give a folder of {examples.kind}")
    return examples


def _refuse_nothing(examples: Examples, split: str, place: Path, source: Source) -> None:
    """Refuse data that was named for a split and gave no example: else others would be dealt to it in silence."""
    if any(e.split == split for e in examples.items):
        return
    bad = next((s for s in examples.skipped if s.id.startswith((f"{split}/", f"{place.name}/"))), None)
    why = f" (the first that is left out, {bad.id}: {bad.reason})" if bad else ""
    raise UserError(
        f"{place} has no {examples.kind} for {split} that can be read{why}: give {examples.kind} that are laid out "
        f"as in {source.text}, or leave `{split}` out"
    )


def _refuse_other_classes(examples: Examples, split: str, classes_of: ClassesOf | None) -> None:
    """Refuse a split that was named and has none of the classes of train: nothing could be judged by it."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for e, own in zip(examples.items, classes_of(examples.items) if classes_of else ()):
        if e.split in (None, "train", split):
            found[e.split == split].update(own)
    if found[True] and found[False] and not found[True] & found[False]:
        train, others = (", ".join(sorted(found[asked])[:_TOLD]) for asked in (False, True))
        raise UserError(
            f"train has the classes {train} and {split} has others, {others}: write them alike, or give another "
            f"`{split}`"
        )
