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


def test_initialization() -> None:
    scales = [call("initialization", "scale", 8, "relu"), call("initialization", "scale", 8, "tanh")]
    told("initialization", *scales, call("initialization", "scale", 4, "relu"))
    assert round(float(np.sqrt(8 * 0.25**2 / 2)) ** 10, 5) == 0.00098
    assert "0.00098" in worked("initialization")


def test_weight_decay() -> None:
    layers = [(np.array([[2.0, -1]]), np.array([0.5]))]
    grads = [(np.array([[0.3, 0]]), np.array([0.2]))]
    told("weight-decay", call("weight-decay", "penalty", layers, 0.5))
    told("weight-decay", *call("weight-decay", "gradient", grads, layers, 0.5)[0])
    told("weight-decay", *call("weight-decay", "step", layers, grads, 0.1, 0.5)[0])
    for _ in range(10):
        layers = call("weight-decay", "step", layers, [(np.zeros((1, 2)), np.zeros(1))], 0.1, 0.5)
    told("weight-decay", layers[0][0][0, 1])


def test_dropout() -> None:
    class Drawn:
        def random(self, shape: tuple[int, ...]) -> np.ndarray:
            return np.array([0.1, 0.6, 0.3, 0.9])

    out, mask = call("dropout", "forward", np.array([3.0, 1, 2, 4]), 0.25, True, Drawn())
    told("dropout", out, mask, call("dropout", "backward", np.array([0.5, -1, 2, 1]), mask))


def test_batch_norm() -> None:
    x, gamma, beta = np.array([[1.0], [3], [5], [7]]), np.array([2.0]), np.array([1.0])
    out, mean, variance = call("batch-norm", "forward", x, gamma, beta, 1e-12)
    told("batch-norm", out, mean, variance, (x - mean) / np.sqrt(variance))
    told("batch-norm", *call("batch-norm", "backward", np.array([[1.0], [0], [0], [0]]), x, gamma, 1e-12))


def test_optimizers() -> None:
    told_all = []
    for name, state, more in (("momentum", 1, (0.1, 0.9)), ("rmsprop", 1, (0.1, 0.9, 1e-12)), ("adam", 2, ())):
        w, kept = 1.0, [0.0] * state
        for t, g in ((1, 2.0), (2, -1.0)):
            w, *kept = call("optimizers", name, w, g, *kept, *(more or (t, 0.1, 0.9, 0.99, 1e-12)))
            told_all += [w, *(one for one in kept if name != "adam")]
    told("optimizers", *told_all)
    told("optimizers", 0.08 / 0.19, 0.0496 / 0.0199, np.sqrt(0.0496 / 0.0199))


def test_schedules() -> None:
    told("schedules", *(call("schedules", "rate_at", step, 10, 0.4, 2) for step in (0, 1, 2, 6, 9)))


def test_random_search() -> None:
    class Drawn:
        def __init__(self, u: float) -> None:
            self.u = u

        def random(self) -> float:
            return self.u

    def drawn(low: float, high: float, scale: str, u: float) -> float:
        return call("random-search", "draw", {"one": (low, high, scale)}, Drawn(u))["one"]

    told("random-search", *(drawn(0.001, 10, "log", u) for u in (0, 0.25, 0.5, 0.9)))
    told("random-search", drawn(16, 256, "linear", 0.5), drawn(16, 256, "log", 0.5))
    assert round(0.9**22, 3) == 0.098


def test_gradient_checking() -> None:
    for step in (0.1, 0.01):
        central = call("gradient-checking", "numeric", lambda x: float(x[0] ** 3), np.array([2.0]), step)
        told("gradient-checking", central, ((2 + step) ** 3 - 8) / step, digits=4)
    g, found = np.array([12.0, 3]), np.array([12.01, 3])
    told("gradient-checking", np.linalg.norm(g), np.linalg.norm(found), np.linalg.norm(g) + np.linalg.norm(found))
