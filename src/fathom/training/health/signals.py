"""What is measured of a training for its health: plain numbers, kept with the run, read by the checks.

The losses are kept of every step; everything else is looked at on few steps only (`measure.schedule`), which grow
apart, so that the cost falls as the training goes on. A `Look` is one such step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fathom.training.health.loss_series import Losses
from fathom.typed import Real

if TYPE_CHECKING:
    Number = float
else:
    Number = Real  # as it is read from a file: it may be NaN


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
