"""The figures that lessons work out by hand are those that their solutions compute."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from fathom.learning.course import find


@cache
def module(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(find(name).solution, found)
    return found


def call(name: str, function: str, *given: Any) -> Any:
    return module(name)[function](*given)


def worked(name: str) -> str:
    """The section's text, minus signs as Python writes them."""
    return find(name).lesson.split("## Worked numbers")[1].split("\n## ")[0].replace("−", "-")


def told(name: str, *values: object, digits: int = 3) -> None:
    """Every number of the values stands in the section, rounded."""
    text = worked(name)
    for value in values:
        for number in np.ravel(np.asarray(value, float)):
            written = f"{number:.{digits}f}".rstrip("0").rstrip(".")
            written = "0" if written == "-0" else written
            assert written in text or f"{number:.{digits}f}" in text, f"{name}: {written} is not told"


def test_standardize() -> None:
    x = np.array([[2.0, 100], [4, 300], [4, 200], [6, 400]])
    mean, deviation = call("standardize", "fit", x)
    told("standardize", mean, deviation[0])
    told("standardize", deviation[1], digits=1)
    told("standardize", call("standardize", "apply", np.array([[2.0, 100], [5, 100]]), mean, deviation))


def test_sigmoid_loss() -> None:
    z, y = np.array([2.0, -1, 0.5]), np.array([1.0, 1, 0])
    told("sigmoid-loss", call("sigmoid-loss", "sigmoid", z), call("sigmoid-loss", "loss", z, y))
    for one, label in zip(z, y):
        told("sigmoid-loss", call("sigmoid-loss", "loss", np.array([one]), np.array([label])))


def test_logistic_regression() -> None:
    x, y, w = np.array([[1.0, 2], [3, -1]]), np.array([1.0, 0]), np.zeros(2)
    told("logistic-regression", *call("logistic-regression", "gradients", x, y, w, 0.0))
    w, b = call("logistic-regression", "step", x, y, w, 0.0, 1.0)
    told("logistic-regression", w, b, call("logistic-regression", "predict", x, w, b))
    told("logistic-regression", call("sigmoid-loss", "loss", x @ w + b, y))


def test_dense_layer() -> None:
    x, w = np.array([[1.0, 0, 2], [-1, 3, 1]]), np.array([[1.0, 2], [0, -1], [-1, 1]])
    b, g = np.array([1.0, 0]), np.array([[1.0, 0], [2, -1]])
    out = np.asarray(call("dense-layer", "forward", x, w, b))
    d_x, d_w, d_b = call("dense-layer", "backward", g, x, w, b)
    text = worked("dense-layer")
    for rows in (out, d_w, d_x, d_b[None]):
        for row in rows:
            assert "(" + ", ".join(f"{value:g}" for value in row) + ")" in text


def test_softmax_cross_entropy() -> None:
    z, y = np.array([[1.0, 3, 0], [0, 0, 2]]), np.array([0, 2])
    told("softmax-cross-entropy", np.exp(z), np.exp(z).sum(1), call("softmax-cross-entropy", "softmax", z))
    told("softmax-cross-entropy", call("softmax-cross-entropy", "gradient", z, y))
    told("softmax-cross-entropy", call("softmax-cross-entropy", "cross_entropy", z, y))


def test_autograd() -> None:
    nodes = [("input",), ("input",), ("exp", 0), ("multiply", 2, 1), ("add", 3, 0)]
    values = call("autograd", "forward", nodes, [0.0, 3.0])
    grads = call("autograd", "backward", nodes, values)
    rows = [row.split("|") for row in worked("autograd").splitlines() if row.startswith("| ") and row[2].isdigit()]
    assert [float(row[3].split("=")[-1]) for row in rows] == values
    assert [float(row[4].split("=")[-1]) for row in rows] == grads


def test_deep_network() -> None:
    layers = [
        (np.array([[1.0, -1], [1, -2]]), np.array([0.0, 1])),
        (np.array([[2.0], [3]]), np.array([0.5])),
    ]
    activations = call("deep-network", "forward", np.array([[1.0, 2]]), layers)
    told("deep-network", *activations)
    (d_w0, d_b0), (d_w1, d_b1) = call("deep-network", "backward", np.ones((1, 1)), activations, layers)
    assert d_w0.tolist() == [[2, 0], [4, 0]]
    assert d_b0.tolist() == [2, 0]
    assert d_w1.tolist() == [[3], [0]]
    assert d_b1.tolist() == [1]
    assert "(2, 0) and 2 · (2, 0) = (4, 0)" in worked("deep-network")


def test_training_loop() -> None:
    gradients, losses = iter([2.0, -1.0, 3.0]), iter([0.9, 0.5, 0.7])
    weights, told_losses = call(
        "training-loop", "train", np.array([1.0]), np.zeros((10, 1)), np.zeros(10),
        lambda w, x, y: (next(losses), np.array([next(gradients)])), 1, 4, 0.1, np.random.default_rng(0),
    )  # fmt: skip
    told("training-loop", weights, told_losses)
    sizes = [len(one) for one in call("training-loop", "batches", 10, 4, np.random.default_rng(0))]
    assert sizes == [4, 4, 2]
