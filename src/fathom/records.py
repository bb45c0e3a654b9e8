"""The nouns of fathom: what flows from files to findings.

Each is a frozen dataclass without behaviour of its own and without torch, so that any part of the house can hold one.
They follow the way of the data: a `Source` is what the user pointed at, `Examples` are what was read there, `Splits`
say which of them are for what, `Settings` say how to train, a `Result` is what became of one example, and a `Finding`
is something worth telling about all of them.

The example's ``id`` travels the whole way: each number in a report leads back to the file or row that it came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fathom.errors import UserError
from fathom.split_kinds import SplitBy, SplitRule, parse_split_by
from fathom.validation import Finite, convert

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPLITS = ("train", "train-dev", "dev", "test")
"""The names of the splits, in the order in which errors are compared."""

CUSTOM_NET = "custom:"
"""How `Settings.net` begins where the net is a module of the user's own."""

Severity = Literal["problem", "warning", "note", "good"]

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "muon")
SCHEDULES = ("constant", "step", "cosine", "one-cycle")
PRECISIONS = ("fp32", "bf16")
RANGES: Mapping[str, tuple[float, float]] = {
    "epochs": (1, 1_000_000),
    "batch_size": (1, 1_000_000),
    "budget": (1, 10_000_000),
    "lr": (0, 1000),
    "weight_decay": (0, 100),
    "dropout": (0, 0.99),
    "label_smoothing": (0, 0.99),
    "warmup": (0, 1),
    "grad_clip": (0, 1e9),
    "augment": (0, 10),
    "patience": (0, 1_000_000),
    "class_weight_power": (0, 1),
    "human_error": (0, 1),
}
"""What each number among the settings may be, both ends included."""


@dataclass(frozen=True)
class Source:
    """What the user pointed at, before any of it is read.

    Attributes:
        text: what was typed, e.g. ``"photos/"`` or ``"practice:cats?n=500"``.
        path: the file or folder that holds the data; practice data is made there first.
        dev: a file or folder whose examples are all for dev, or None.
        test: likewise for test.
        target: the name of the column to predict, where the user gave one.
        group: the name of the column that says what belongs together (patient, speaker, video), or None.
        no_dev: the user asked for no dev split (``--dev none``): nothing is held out, the last weights are kept.
        source: the name of the column that says where an example was collected, or None.
        split_by: how to split, where asked: ``time=COLUMN``, ``column=COLUMN``, ``source=NAME``; None: at random.
        annotators: the columns that hold what several people said of an example.
        exclude: a list of examples that are left out or whose label is corrected, or None.
        synthesize: kinds of altered copies that are added to train.
        noise: a folder of recorded noise for them, or None.
    """

    text: str
    path: Path
    dev: Path | None = None
    test: Path | None = None
    target: str | None = None
    group: str | None = None
    no_dev: bool = False
    source: str | None = None
    split_by: str | None = None
    annotators: tuple[str, ...] = ()
    exclude: Path | None = None
    synthesize: tuple[str, ...] = ()
    noise: Path | None = None

    @property
    def apart(self) -> frozenset[str]:
        """The columns that are known of an example and are not to be learned from."""
        asked = parse_split_by(self.split_by)
        of_rule = asked[1] if asked and asked[0] is not SplitBy.SOURCE else None
        return frozenset(c for c in (self.group, self.source, of_rule, *self.annotators) if c is not None)


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
    """Who is to blame that an example was skipped: its data, or the user's wish."""

    UNREADABLE = "unreadable"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An example that is not learned from.

    Attributes:
        id: of the example; or of the file or row that would have been one.
        reason: why, for the user to read; nothing is decided by it.
        kind: whether it could not be read, or the user wants it left out.
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
    """

    items: tuple[Example, ...]
    skipped: tuple[Skipped, ...] = ()
    kind: str = "examples"
    target: str = "target"
    inputs: InputKind = InputKind.OTHER
    by_folder: bool = False

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


@dataclass(frozen=True)
class Attention:
    """Where a net looked while it wrote.

    Attributes:
        rows: what it wrote, token by token.
        columns: what it read.
        weights: ``(rows, columns)``; each row adds up to 1.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    weights: NDArray[np.floating]


@dataclass(frozen=True)
class Drawing:
    """A prediction as a picture, for the report.

    Attributes:
        name: of the example, or of those that are compared.
        picture: what was said, uint8 ``(height, width, 3)``.
        truth: what is true, likewise; None where one picture says it all.
        text: in words.
    """

    name: str
    picture: NDArray[np.uint8]
    truth: NDArray[np.uint8] | None
    text: str


@dataclass(frozen=True)
class Settings:
    """How to train. What the user asked has Nones; what `resolve` returns has none that matter.

    Attributes:
        net: name of the net, among those of the task.
        epochs: passes over the training split.
        budget: seconds to train for, instead of `epochs`; the throughput of the first steps fixes the steps.
        batch_size: examples per step.
        optimizer: sgd, momentum, nesterov, rmsprop, adam, adamw or muon.
        lr: peak learning rate.
        schedule: constant, step, cosine, one-cycle; all may follow a linear `warmup` (share of all steps).
        weight_decay: decoupled where the optimizer has it; norms and biases are spared.
        dropout: probability, for the nets that have it.
        label_smoothing: probability mass spread over the other classes.
        grad_clip: largest norm of the gradient; 0 leaves it alone.
        augment: strength of the augmentation: 0 none, 1 the task's usual.
        patience: epochs without a better dev figure before stopping early; 0 never stops early.
        class_weight_power: how far rare classes are made to count as much as frequent ones: 0 not at all, 1 wholly.
        lr_find: a range test chooses the learning rate.
        precision: fp32 or bf16.
        device: cpu, cuda or mps.
        seed: of everything random.
        human_error: error that people make on this, where known.
        require: constraints that the model must meet besides its figure, such as ``latency_ms<20``.
        cost: of mistakes, by class (``offensive``) or by class and what it is taken for (``cat>dog``); others cost 1.
        source_weight: how much the examples of each source count in training; others count 1.
        options: settings of the net and of the task, by name (``--set``).
    """

    net: str | None = None
    epochs: int | None = None
    budget: float | None = None
    batch_size: int | None = None
    optimizer: str | None = None
    lr: float | None = None
    schedule: str | None = None
    warmup: float | None = None
    weight_decay: float | None = None
    dropout: float | None = None
    label_smoothing: float | None = None
    grad_clip: float | None = None
    augment: float | None = None
    patience: int | None = None
    class_weight_power: float | None = None
    lr_find: bool = False
    precision: str | None = None
    device: str | None = None
    seed: int = 0
    human_error: float | None = None
    require: tuple[str, ...] = ()
    cost: Mapping[str, float] = field(default_factory=dict)
    source_weight: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_custom_net(self) -> bool:
        """Whether the net is a module of the user's own, which no name builds again."""
        return self.net is not None and self.net.startswith(CUSTOM_NET)

    def filled(self, defaults: Mapping[str, Any]) -> Settings:
        """A copy in which each None is replaced by the default of that name."""
        missing = {k: v for k, v in defaults.items() if k != "options" and getattr(self, k) is None}
        options = {**defaults.get("options", {}), **self.options}
        return replace(self, **missing, options=options)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Back from JSON; names that this version does not know are left out.

        Raises:
            UserError: a setting is of the wrong type or out of range.
        """
        return convert(values, cls, "settings").checked()

    def checked(self) -> Settings:
        """The same settings, if they can work.

        Raises:
            UserError: says which cannot, and what is possible.
        """
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int | float) and low <= value <= high):
                raise UserError(f"--{name.replace('_', '-')} {value} is out of range: give {low} to {high}")
        for name, cost in self.cost.items():
            if not 0 < cost < 1e6:
                raise UserError(f"--cost {name}={cost} is out of range: a mistake costs more than 0, and under 1e6")
        for name, weight in self.source_weight.items():
            if not 0 <= weight < 1e6:
                raise UserError(f"--source-weight {name}={weight} is out of range: give 0 to 1e6")
        for name, choices in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS)):
            value = getattr(self, name)
            if value is not None and value not in choices:
                raise UserError(f"there is no {name} '{value}': choose one of {', '.join(choices)}")
        return self


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the net says of one example, in the user's words.

    Attributes:
        value: a class name, a number.
        confidence: probability that the net gives to `value`; None where it gives none.
        scores: probability of each class by name, or empty.
    """

    value: Any
    confidence: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one example in one split: one row of ``results.parquet``.

    Attributes:
        statistics: additive sufficient statistics (``wrong``, ``count`` …), stored as ``stat_*`` columns; the metric
            of any set of examples is a function of their sums.
        baseline: what the sensible baseline predicted, where it was asked.
        scores: probability of each class, where there are few, stored as ``p_*`` columns.
    """

    id: str
    split: str
    source: str
    group: str | None
    target: Any
    prediction: Any
    confidence: float | None
    loss: float
    weight: float
    statistics: Mapping[str, float]
    baseline: Any = None
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Interval:
    """A figure with the interval that covers the truth 95 times in 100."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Finding:
    """Something worth telling.

    Attributes:
        name: of its kind, which the check that makes it declares (`fathom.finding_kinds`).
        severity: problem, warning, note or good.
        title: one line, with the figures in it.
        evidence: numbers (with intervals) and example ids that show it.
        meaning: what it means, in plain words.
        advice: what to do.
        lesson: where to learn more: the course page's name.
    """

    name: str
    severity: Severity
    title: str
    evidence: Mapping[str, Any]
    meaning: str
    advice: str
    lesson: str


@dataclass(frozen=True)
class Baseline:
    """What something simple reaches on the same splits.

    Attributes:
        name: what it is: ``"majority class"``, ``"logistic regression on pixels"``.
        predictions: its prediction for each dev example, in the order of dev.
        seconds: what it took.
        losses, weights: of each prediction, where the metric is a likelihood; empty where it is not.
    """

    name: str
    predictions: Sequence[Any]
    seconds: Finite
    losses: Sequence[Finite] = ()
    weights: Sequence[Finite] = ()
