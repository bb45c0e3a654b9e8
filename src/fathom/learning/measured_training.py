"""A small net on handwritten digits in NumPy, trained with whatever settings, and measured in every epoch.

It is what the parts of the course build: dense layers, relu or sigmoid, softmax, momentum, weight decay, dropout. It
takes a fraction of a second, so that sick trainings and their repairs can be looked at while one waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

USUAL: dict[str, Any] = {
    "lr": 0.02, "epochs": 15, "batch": 32, "momentum": 0.9, "hidden": [32, 32, 32], "activation": "relu",
    "init": 1.0, "bias": 0.0, "weight_decay": 0.0, "dropout": 0.0, "clip": 1e6, "examples": 600,
    "label_noise": 0.0, "shuffle": True, "scale_inputs": True, "scale_dev": True,
}  # fmt: skip
"""Settings of a healthy training; ``init`` is a factor of He's deviation, 0 for weights that are all equal."""

CLASSES = 10
NEW = 400
"""Digits that dev has."""


@dataclass
class Measured:
    """How a training went: each list begins with a figure from before the first step, and has one for each epoch then.

    Attributes:
        steps: in each epoch.
        loss, train_error, dev_error: cross-entropy on train, and shares that are wrong.
        batch_loss: the loss of the batches as they are trained on, with dropout; the mean of the epoch.
        first, last, whole: norm of the gradient over all of train: in the first layer, in the last, and in all.
        batch: norm of the gradient of a batch; the mean of the epoch.
        used: the same after clipping.
        zeros: share of the last hidden layer's outputs on train that are 0; for a sigmoid, those within 0.02 of 0 or 1.
        size: root of the mean square of the last hidden layer's outputs.
        different: number of units in the first layer that are not copies of another.
        ratio: length of a step over that of the weights; the mean of the epoch, 0 before the first step.
        weights: root of the mean square of all weights.
    """

    steps: int = 0
    loss: list[float] = field(default_factory=list)
    train_error: list[float] = field(default_factory=list)
    dev_error: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    batch_loss: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    batch: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)
    zeros: list[float] = field(default_factory=list)
    size: list[float] = field(default_factory=list)
    different: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


def train(settings: Mapping[str, Any], seed: int) -> Measured:
    """Train as the settings say; whatever is left out is `USUAL`.

    Args:
        settings: of the training.
        seed: which digits, and everything random.
    """
    told = {**USUAL, **settings}
    with np.errstate(all="ignore"):
        return _Training(told, np.random.default_rng([seed, 8])).run(seed)


class _Training:
    """One training.

    Args:
        told: all settings.
        rng: draws weights, batches and dropout.
    """

    def __init__(self, told: Mapping[str, Any], rng: np.random.Generator) -> None:
        self.told, self.rng = told, rng
        widths = [64, *told["hidden"], CLASSES]
        self.w, self.b = [], []
        for n, m in pairwise(widths):
            deviation = (2 / n) ** 0.5
            drawn = (
                told["init"] * deviation * rng.normal(size=(n, m)) if told["init"] else np.full((n, m), deviation / 4)
            )
            self.w.append(drawn)
            self.b.append(np.full(m, float(told["bias"]) if len(self.w) < len(widths) - 1 else 0.0))
        self.speed = [np.zeros_like(p) for p in (*self.w, *self.b)]

    def run(self, seed: int) -> Measured:
        """Train, and measure."""
        x, y, x_new, y_new = _digits(seed, self.told)
        found = Measured(steps=-(-len(x) // min(self.told["batch"], len(x))))
        batches = [self._gradients(x[batch], y[batch]) for batch in self._batches(len(x))]
        norms = [_norm(gradients) for _, gradients in batches]
        before = [
            np.mean([loss for loss, _ in batches]),
            np.mean(norms),
            np.mean([self._clipped(n) for n in norms]),
            0.0,
        ]
        self._measure(found, (x, y, x_new, y_new), np.array(before))
        for _ in range(self.told["epochs"]):
            steps = [self._step(x[batch], y[batch]) for batch in self._batches(len(x))]
            self._measure(found, (x, y, x_new, y_new), np.mean(steps, axis=0))
        return found

    def _batches(self, n: int) -> Iterator[Array]:
        order = self.rng.permutation(n) if self.told["shuffle"] else np.arange(n)
        size = min(self.told["batch"], n)
        for at in range(0, n, size):
            yield order[at : at + size]

    def scores(self, x: Array, training: bool = False) -> list[Array]:
        """The outputs of all layers, the input first, the scores last."""
        outputs, self.masks = [x], []
        for i, (w, b) in enumerate(zip(self.w, self.b)):
            z = outputs[-1] @ w + b
            if i < len(self.w) - 1:
                z = np.maximum(z, 0) if self.told["activation"] == "relu" else 1 / (1 + np.exp(-z))
                keep = 1 - self.told["dropout"]
                self.masks.append((self.rng.random(z.shape) < keep) / keep if training and keep < 1 else np.float64(1))
                z = z * self.masks[-1]
            outputs.append(z)
        return outputs

    def _gradients(self, x: Array, y: Array, training: bool = True) -> tuple[float, list[Array]]:
        """The loss, and its gradients with respect to all weights, then all biases."""
        outputs = self.scores(x, training)
        g = _softmax(outputs[-1])
        loss = float(-np.log(np.maximum(g[np.arange(len(y)), y], 1e-300)).mean())
        g[np.arange(len(y)), y] -= 1
        g = g / len(y)
        d_w: list[Array] = []
        d_b: list[Array] = []
        for i in reversed(range(len(self.w))):
            d_w.insert(0, outputs[i].T @ g)
            d_b.insert(0, g.sum(0))
            if i:
                mask = self.masks[i - 1]
                a = outputs[i] / np.where(mask == 0, 1, mask)
                slope = (outputs[i] > 0) if self.told["activation"] == "relu" else a * (1 - a)
                g = (g @ self.w[i].T) * slope * mask
        return loss, [*d_w, *d_b]

    def _clipped(self, norm: float) -> float:
        return min(norm, float(self.told["clip"])) if np.isfinite(norm) else norm

    def _step(self, x: Array, y: Array) -> list[float]:
        """One step: the loss, the norm of the gradient, that of what is used, and the step's length."""
        loss, gradients = self._gradients(x, y)
        norm, before = _norm(gradients), _norm(self.w)
        used = self._clipped(norm)
        for i, (p, d) in enumerate(zip((*self.w, *self.b), gradients)):
            decay = self.told["weight_decay"] if i < len(self.w) else 0.0
            self.speed[i] = self.told["momentum"] * self.speed[i] + (used / norm if norm else 1.0) * d + decay * p
            p -= self.told["lr"] * self.speed[i]
        moved = self.told["lr"] * _norm(self.speed[: len(self.w)]) / before if before else 0.0
        return [loss, norm, used, moved]

    def _measure(self, found: Measured, data: tuple[Array, Array, Array, Array], steps: Array) -> None:
        x, y, x_new, y_new = data
        loss, gradients = self._gradients(x, y, training=False)
        outputs = self.scores(x)
        a = outputs[-2]
        still = (a == 0) if self.told["activation"] == "relu" else (a < 0.02) | (a > 0.98)
        columns = np.nan_to_num(self.w[0]).T.round(9)
        figures = {
            "loss": loss, "train_error": (outputs[-1].argmax(1) != y).mean(),
            "dev_error": (self.scores(x_new)[-1].argmax(1) != y_new).mean(),
            "first": _norm(gradients[:1]), "last": _norm(gradients[len(self.w) - 1 : len(self.w)]),
            "whole": _norm(gradients), "zeros": still.mean(), "size": np.sqrt((a**2).mean()),
            "different": len(np.unique(columns, axis=0)),
            "weights": _norm(self.w) / sum(w.size for w in self.w) ** 0.5,
            **dict(zip(("batch_loss", "batch", "used", "ratio"), steps)),
        }  # fmt: skip
        for name, value in figures.items():
            getattr(found, name).append(float(value))


def _softmax(scores: Array) -> Array:
    e = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(e / e.sum(1, keepdims=True))


def _norm(arrays: list[Array]) -> float:
    return float(np.sqrt(sum(float((a**2).sum()) for a in arrays)))


@cache
def _all_digits() -> tuple[Array, Array]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x.astype(np.float64), y


def _digits(seed: int, told: Mapping[str, Any]) -> tuple[Array, Array, Array, Array]:
    """Train, in the order of its classes, with labels as they are given; and dev; prepared as is told."""
    pixels, labels = _all_digits()
    rng = np.random.default_rng([seed, 9])
    order = rng.permutation(len(labels))
    new, known = order[:NEW], order[NEW : NEW + told["examples"]]
    known = known[np.argsort(labels[known], kind="stable")]
    x, truth, x_new, y_new = pixels[known], labels[known], pixels[new], labels[new]
    wrong = rng.random(len(truth)) < told["label_noise"]
    y = np.where(wrong, rng.integers(0, CLASSES, len(truth)), truth)
    mean, deviation = x.mean(0), np.where(x.std(0) == 0, 1, x.std(0))
    if told["scale_inputs"]:
        x = (x - mean) / deviation
        if told["scale_dev"]:
            x_new = (x_new - mean) / deviation
    return x, y, x_new, y_new
