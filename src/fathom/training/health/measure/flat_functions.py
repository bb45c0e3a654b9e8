"""Functions between the weights and the loss whose slope may be exactly 0, so that no gradient comes past them."""

from __future__ import annotations

from torch import Tensor

from fathom.training.health.measure.autograd_graph import kind, walk

FLAT = {
    "Round": "a rounding, whose slope is 0 everywhere", "Floor": "a rounding, whose slope is 0 everywhere",
    "Ceil": "a rounding, whose slope is 0 everywhere", "Trunc": "a rounding, whose slope is 0 everywhere",
    "Sign": "a sign, whose slope is 0 everywhere", "Sgn": "a sign, whose slope is 0 everywhere",
    "Heaviside": "a step function, whose slope is 0 everywhere",
    "Exp": "an exponential, which overflows beyond 88: what is divided by infinity is 0",
    "NanToNum": "numbers that were put in the place of NaN, whose slope is 0",
    "Clamp": "a clamp, whose slope is 0 beyond its bounds", "ClampMin": "a clamp, whose slope is 0 beyond its bound",
    "ClampMax": "a clamp, whose slope is 0 beyond its bound", "Hardtanh": "a hardtanh, whose slope is 0 at its ends",
    "Softmax": "a softmax, which is flat where it is sure", "Sigmoid": "a sigmoid, which is flat at its ends",
    "Tanh": "a tanh, which is flat at its ends",
}  # fmt: skip
"""In words, those that surely stop a gradient first."""

MAX_NODES = 300
"""Of the graph that are looked at."""


def stopper_of(loss: Tensor) -> str:
    """The function that most likely stopped the gradient, in words; "" where none can have.

    Args:
        loss: with its graph.
    """
    if loss.grad_fn is None:
        return ""
    found = {kind(node) for node in walk(loss.grad_fn, MAX_NODES)}
    return next((words for name, words in FLAT.items() if name in found), "")
