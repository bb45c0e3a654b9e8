"""What is measured of a training for its health: plain numbers, kept with the run, read by the checks.

The losses are kept of every step; everything else is looked at on few steps only (`due`), which grow apart, so that
the cost falls as the training goes on. A `Look` is one such step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fathom.errors import UserError
from fathom.training.health.loss_series import Losses
from fathom.typed import Real, conform

if TYPE_CHECKING:
    Number = float
else:
    Number = Real  # as it is read from a file: it may be NaN

ENOUGH = 100
"""Labels from which the classes' shares are known well enough."""

NEAR = 0.1
"""Share by which a loss may differ from the plain cross-entropy that was found again from its gradient: of a step that
takes several batches only the first is seen, and the last one's loss is told.
"""

APART = 100
"""Later looks are so many steps apart."""


def next_due(step: int) -> int:
    """The first step, from this on, that is looked at: 0, 1, 2, 3, 5, 8, 13, … 89, then each hundredth up to 10,000,
    each thousandth up to 100,000 and so on: what is kept of a long training stays small.
    """
    if step >= APART:
        apart = APART * 10 ** max(0, len(str(step)) - 4)
        return -(-step // apart) * apart
    before, at = 1, 0
    while at < step:
        before, at = at, before + at
    return min(at, APART)


def due(step: int) -> bool:
    """Whether this step, from 0, is looked at."""
    return next_due(step) == step


@dataclass
class Layer:
    """One weight tensor of two or more axes, on one step.

    Attributes:
        name: of the parameter.
        gradient: the norm of its gradient.
        weight: its own norm.
        update: the norm of its change by this step, divided by its own; NaN where not measured.
        alike: all its units have the same weights and the same gradient.
        rows: how many units it has.
    """

    name: str
    gradient: Number
    weight: Number
    update: Number = math.nan
    alike: bool = False
    rows: int = 0


@dataclass
class Units:
    """What came out of one activation function, on one batch.

    Attributes:
        name: of the layer before it.
        kind: ``relu``, ``tanh`` or ``sigmoid``.
        alive: of at most 256 units, a bit each, in hexadecimal: 1 where it was not 0 for some example.
        units: how many units these are.
        saturated: share of its outputs at the flat ends; NaN for relu.
        examples: of the batch.
        shared: several activations belong to this layer, as gates do, or it is used several times.
    """

    name: str
    kind: str
    alive: str
    units: int
    saturated: Number
    examples: int
    shared: bool = False


@dataclass
class Input:
    """What the first layer was given.

    Attributes:
        name: of the layer.
        rms: root of the mean square.
        low, high: the smallest and the largest number.
        scales: the largest standard deviation of a feature divided by the smallest above 0, where it is a table.
        widest: the largest standard deviation of a feature.
        normed: the layer is followed at once by a normalization.
    """

    name: str
    rms: Number
    low: Number
    high: Number
    scales: Number = 1.0
    widest: Number = 0.0
    normed: bool = False


@dataclass
class Labels:
    """What the labels of one batch were, found from the gradient of the loss.

    Attributes:
        counts: how often each class occurred, by its number in words.
        pairs, same: neighbours in the batch, and those of one class.
        wrong: share of the batch that the net had wrong; NaN where it cannot be told.
        plain: the mean cross-entropy of the net's answers at these labels.
        share: of the answers that have a gradient; the others are right beyond doubt, or are not to count.
    """

    counts: dict[str, int]
    pairs: int
    same: int
    wrong: Number = math.nan
    plain: Number = math.nan
    share: Number = 1.0


@dataclass
class Squares:
    """What a squared error of one number for each example was given, found from its gradient.

    Attributes:
        error: the mean squared error of the batch.
        mean, square: of the targets, and of their squares.
        spread: their variance in the batch.
        negative, above, beyond: shares of the targets that are below 0, above 1, and farther than 1 from 0.
    """

    error: Number
    mean: Number
    square: Number
    spread: Number
    negative: Number = 0.0
    above: Number = 0.0
    beyond: Number = 0.0


@dataclass
class Idle:
    """A weight that was used on one step and that the step did not train, though it is still as it was drawn.

    Attributes:
        name: of the parameter, or its shape where the net does not list it.
        why: ``frozen``, ``no optimizer``, ``no gradient`` or ``not listed``.
        mark: a number that is another one as soon as the weight is.
    """

    name: str
    why: str
    mark: Number


@dataclass
class Look:
    """One step looked at, from 0."""

    step: int
    layers: list[Layer] = field(default_factory=list)
    units: list[Units] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    labels: Labels | None = None
    output: Number = math.nan
    rate: Number = math.nan
    """Learning rate of the first group."""
    asleep: list[str] = field(default_factory=list)
    """Dropouts and norms that were in evaluation mode with the whole net, though this step trained."""
    loss: Number = math.nan
    batch: int = 0
    squares: Squares | None = None
    idle: list[Idle] = field(default_factory=list)
    stale: Number = math.nan
    """1 where the gradient of the step before still lay there at the backward pass, 0 where not, NaN if not known."""


@dataclass
class Signals:
    """All that was measured of one training.

    Attributes:
        losses: of each step.
        looks: in order.
        loss: what the loss is: ``cross-entropy``, ``binary``, ``nll``, ``squared``, ``absolute``, or "" where
            it is not known.
        squashed: the function between the last layer and a loss that wants raw numbers, or "".
        classes: how many outputs the loss chooses between; 0 where it does not.
        moody: dropouts and norms in the net.
        judged: steps at which the net was asked without being trained.
        awake: of these, at how many its dropouts or norms were in training mode.
        slept: of these, at how many none of them was.
        judged_first: the step at which it was first judged; -1 before.
        ends: the first steps at which it was judged: where epochs end, as a rule.
        wavering: how often the net, in evaluation mode, gave two answers to one input, and how often it was asked.
        passes: how often the net was called to be trained.
        pretrained: the net came with weights that had been trained before.
        grouped: the batches are made of groups of one class on purpose.
        alone: the loss is of one kind and no sum of several.
        bounded: the function whose result a squared error was given, or "".
        still: looks since the first at which no weight had moved; -1 as soon as one has.
        stepped: a step of an optimizer was seen.
        unowned: the optimizers have none of the net's weights.
        decay: the largest weight decay of the optimizers; NaN where that is not known.
        dropped: the largest share that a dropout of the net drops.
    """

    losses: Losses = field(default_factory=Losses)
    looks: list[Look] = field(default_factory=list)
    loss: str = ""
    squashed: str = ""
    classes: int = 0
    moody: int = 0
    judged: int = 0
    awake: int = 0
    slept: int = 0
    judged_first: int = -1
    ends: list[int] = field(default_factory=list)
    wavering: tuple[int, int] = (0, 0)
    passes: int = 0
    pretrained: bool = False
    grouped: bool = False
    alone: bool = False
    bounded: str = ""
    still: int = 0
    stepped: bool = False
    unowned: bool = False
    decay: Number = math.nan
    dropped: Number = 0.0

    def until_lost(self) -> Signals:
        """Without the looks at steps whose loss was no number: what comes out of a broken net says nothing of it."""
        lost = self.losses.lost
        return (
            self
            if lost is None
            else replace(self, looks=[look for look in self.looks if look.step <= max(0, lost - 1)])
        )

    def several(self) -> bool:
        """Whether the net is called several times a step, as in games of two nets: nobody knows then what its loss
        should do.
        """
        return self.passes > 1.5 * max(1, self.losses.steps)

    def later(self) -> list[Look]:
        """The looks of the second half of the steps, at least three if there are so many."""
        late = [look for look in self.looks if look.step >= self.losses.steps / 2]
        return late if len(late) >= 3 else self.looks[-3:]

    def layers(self) -> dict[str, list[Layer]]:
        """Each layer's measurements, in the order of the net and of time."""
        return _by_name(layer for look in self.looks for layer in look.layers)

    def signed(self) -> bool:
        """Whether the loss may be negative, so that it has no zero that a share of it could be taken of."""
        return any(value < 0 for value in self.losses.values)

    def plain(self) -> bool:
        """Whether the loss is what its gradient says and nothing else: no sum, no weights, no further term."""
        if self.loss == "squared":
            seen = [(x.loss, x.squares.error) for x in self.looks if x.squares]
        else:
            seen = [(x.loss, x.labels.plain, x.labels.plain * x.labels.share) for x in self.looks if x.labels]  # type: ignore[misc]
        known = [one for one in seen if np.isfinite(one).all()][:8]
        if not known:
            return False
        told, *own = (float(np.mean(part)) for part in zip(*known, strict=True))
        return any(abs(told - one) <= NEAR * one + 1e-3 for one in own)

    def crossed(self) -> bool:
        """Whether each answer was compared with each target, (batch, 1) with (batch,).

        The gradient is then that of the targets' mean: as it shows them all are alike, from batch to batch another, and
        the loss is more than their squared error. Targets that are one number always, beside a further term, are none.
        """
        if self.loss not in ("", "squared") or self.several():
            return False
        seen = [(x.loss - x.squares.error, x.squares) for x in self.looks if x.squares and x.batch >= 4]
        seen = [(more, one) for more, one in seen if math.isfinite(more)]
        if len(seen) < 2 or not all(more > 0.01 * abs(one.error) and one.spread < 1e-2 * more for more, one in seen):
            return False
        means = [one.mean for _, one in seen]
        return max(means) - min(means) > 1e-3 * math.sqrt(min(more for more, _ in seen))

    def advantage(self) -> tuple[float, int]:
        """By how many standard errors the answers were better than always the most frequent class, and their number.

        NaN where the labels are not known.
        """
        seen = [x.labels for x in self.looks if x.labels and math.isfinite(x.labels.wrong)]
        counts, n = self.label_counts(), np.array([sum(one.counts.values()) for one in seen], np.float64)
        if not n.sum() or not counts.sum():
            return math.nan, 0
        wrong = float((n * [one.wrong for one in seen]).sum() / n.sum())
        least = 1 - float(counts[0] / counts.sum())
        return (least - wrong) / math.sqrt(max(1e-9, least * (1 - least)) / n.sum()), int(n.sum())

    def label_counts(self) -> NDArray[np.float64]:
        """How often each class was seen, the most frequent first."""
        if self.loss not in ("cross-entropy", "binary") or self.squashed:
            return np.zeros(0)
        return np.array(sorted(self._counts().values(), reverse=True), np.float64)

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for look in self.looks:
            for name, n in (look.labels.counts if look.labels else {}).items():
                counts[name] = counts.get(name, 0) + n
        return counts

    def undecided(self) -> float:
        """The loss of one who gives all classes the same chance, or answers 0 always; NaN where that is not known."""
        if self.loss == "squared" and self.plain():
            squares = [look.squares.square for look in self.looks[:3] if look.squares]
            return float(np.mean(squares)) if any(squares) else math.nan  # of targets that are all 0 it is nothing
        if not self.plain() or self.loss not in ("cross-entropy", "binary"):
            return math.nan
        classes = 2 if self.loss == "binary" else self.classes
        return math.log(classes) if classes > 1 else math.nan

    def chances(self) -> NDArray[np.float64]:
        """On each look the loss, of that batch, of one who knows the classes' shares, or the mean, and nothing else.

        Nothing where that is not known: of another loss, or where too few labels were seen.
        """
        if self.loss == "squared":
            seen = [(x.batch, x.squares.mean, x.squares.square) for x in self.looks if x.squares]
            seen = [one for one in seen if np.isfinite(one).all()]
            if not self.plain() or sum(n for n, _, _ in seen) < ENOUGH:
                return np.zeros(0)
            n, mean, square = np.array(seen, np.float64).T
            middle = float((n * mean).sum() / n.sum())
            return square - 2 * middle * mean + middle**2
        counts = self._counts()
        total = sum(counts.values())
        if not self.plain() or self.squashed or total < ENOUGH or len(counts) < 2:
            return np.zeros(0)
        told = {name: -math.log(n / total) for name, n in counts.items()}
        batches = [look.labels.counts for look in self.looks if look.labels]
        return np.array([sum(told[k] * n for k, n in one.items()) / sum(one.values()) for one in batches])

    def chance(self) -> float:
        """The loss of one who knows the classes' shares, or the targets' mean, and nothing else; NaN if not known."""
        seen = self.chances()
        return float(seen.mean()) if len(seen) else self.undecided() if self.loss != "squared" else math.nan

    def knowing_nothing(self) -> float:
        """What knowing nothing costs: chance, or where that is not known the first loss."""
        known = self.chance()
        return known if math.isfinite(known) else self.losses.first

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; what is no finite number is null."""
        return dict(_with_null(self))


def from_json(plain: Any, where: str) -> Signals:
    """What `Signals.as_json` wrote.

    Args:
        plain: as it was read.
        where: what it is called, for the sentence.

    Raises:
        UserError: it is something else.
    """
    whole = conform(_with_nan(plain), Signals, where)
    if missing := {"losses", "looks"} - set(whole):
        raise UserError(f"{where} has no '{min(missing)}'")
    looks = [
        Look(
            **{
                **look,
                "layers": [Layer(**layer) for layer in look["layers"]],
                "units": [Units(**units) for units in look["units"]],
                "inputs": [Input(**one) for one in look["inputs"]],
                "labels": Labels(**look["labels"]) if look.get("labels") else None,
                "squares": Squares(**look["squares"]) if look.get("squares") else None,
                "idle": [Idle(**one) for one in look.get("idle", ())],
            }
        )
        for look in whole["looks"]
    ]
    wavering = (whole["wavering"][0], whole["wavering"][1])
    return Signals(**{**whole, "looks": looks, "losses": Losses(**whole["losses"]), "wavering": wavering})


_MAYBE_NONE = {"lost", "labels", "squares"}


def _with_null(value: Any) -> Any:
    """Not with `asdict`, which copies each of thousands of losses in depth: this is what saving costs."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, (list, tuple)):
        return [v if type(v) is float and math.isfinite(v) else _with_null(v) for v in value]
    members = vars(value) if is_dataclass(value) else value
    return {k: _with_null(v) for k, v in members.items()}


def _with_nan(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _with_nan(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_nan(v) for v in value]
    return math.nan if value is None and name not in _MAYBE_NONE else value


def _by_name(layers: Iterator[Layer]) -> dict[str, list[Layer]]:
    found: dict[str, list[Layer]] = {}
    for layer in layers:
        found.setdefault(layer.name, []).append(layer)
    return found
