"""What was read, what could not be, and which of it is for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fathom.split_kinds import SplitRule

SPLITS = ("train", "train-dev", "dev", "test")
"""The names of the splits, in the order in which errors are compared."""


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to learn from.

    Attributes:
        id: stable name: the path relative to the source, or the row's number.
        input: what the net is to see, as it lies on disk: a path, an array, a mapping of columns.
        target: what it is to say, in the user's words (a class name, a number); None where unknown.
        source: where it was collected, or "".
        group: what it belongs to (which patient, speaker, video); examples of a group never part. None: alone.
        split: the ready-made split that it came in, or None.
        content: digest of its content; equal content always lands in the same split. "" where not computed.
        metadata: what else is known of it and is not for the net to see: the other columns of the table that lists it.
        time: when it is from, as a number that grows with time, where examples are split by it; else None.
    """

    id: str
    input: Any
    target: Any = None
    source: str = ""
    group: str | None = None
    split: str | None = None
    content: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    time: float | None = None


class SkipKind(StrEnum):
    """Who is to blame that an example was skipped, its data or the user's wish; or that it is a file of many."""

    UNREADABLE = "unreadable"
    EXCLUDED = "excluded"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An example that is not learned from.

    Attributes:
        id: of the example; or of the file or row that would have been one.
        reason: why, for the user to read; nothing is decided by it.
        kind: whether it could not be read, or the user wants it left out, or it is a whole file of examples, which is
            never counted among them.
    """

    id: str
    reason: str
    kind: SkipKind = SkipKind.UNREADABLE


class InputKind(StrEnum):
    """What the input of an example is, where something can be done with it that does not depend on the task."""

    PICTURE = "picture"
    RECORDING = "recording"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True)
class Examples:
    """What was read from a source.

    Attributes:
        items: the examples, in a stable order.
        skipped: what could not be read, with reasons.
        kind: what one example is, in the plural, for sentences: ``"pictures"``, ``"rows"``.
        target: what the target is called: the column, or ``"folder"``.
        inputs: what each input is.
        by_folder: the target of each is the name of the folder that it lies in.
        column: of a table, that the inputs stand in, where there is one such.
        target_reading: how the targets were understood, where they may well be meant otherwise, with the option for it.
        times: the column whose times the items have, since they are a series in time; "" where they are none.
        repairs: what was repaired or guessed when they were read, a line each.
        repeats: equal inputs are the rule, as in a table of a few categories: they are no copies of each other, and may
            stand in different splits.
    """

    items: tuple[Example, ...]
    skipped: tuple[Skipped, ...] = ()
    kind: str = "examples"
    target: str = "target"
    inputs: InputKind = InputKind.OTHER
    by_folder: bool = False
    together: str = ""
    column: str = ""
    target_reading: str = ""
    repeats: bool = False
    times: str = ""
    repairs: tuple[str, ...] = ()

    def of(self, ids: Sequence[str]) -> tuple[Example, ...]:
        """The examples with these ids, in this order."""
        by_id = {example.id: example for example in self.items}
        return tuple(by_id[name] for name in ids)


@dataclass(frozen=True)
class Splits:
    """Which example is for what, by which rule.

    Attributes:
        of: split of each example id; iteration order is the order of the examples.
        rule: how they were made.
        seed: the seed of the hash that ranks examples.
        thresholds: for each stratum the hash values (in [0, 1)) below which an example is for test and for dev,
            so that newcomers can be placed without moving anyone.
    """

    of: Mapping[str, str]
    rule: SplitRule
    seed: int
    thresholds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def ids(self, split: str) -> list[str]:
        """The ids of one split, in order."""
        return [name for name, where in self.of.items() if where == split]

    def names(self) -> list[str]:
        """The splits that have examples, in the order of `SPLITS`."""
        present = set(self.of.values())
        return [name for name in SPLITS if name in present]
