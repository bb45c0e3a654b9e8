"""What must hold of an export."""

import numpy as np

from fathom.learning.trial import Tensor, Trial, prop


def net(t: Trial):
    """Weights and biases."""
    features, classes = t.dim(4), t.dim(4, least=2)
    return features, t.tensor(features, classes), t.tensor(classes)


@prop("the logits, cut row by row", trials=10)
def cut(t: Trial) -> None:
    features, weight, bias = net(t)
    x = t.tensor(t.dim(5), features, scale=2.0)
    t.same("logits", x, weight, bias, t.pick(100.0, 0.5, 1.0))


@prop("the comparison finds the largest difference", trials=8)
def compared(t: Trial) -> None:
    features, weight, bias = net(t)
    inputs = [t.tensor(t.dim(4), features) for _ in range(2 + t.dim(2, least=0))]
    by = [round(float(v), 3) for v in t.rng.normal(0, 1, len(inputs))]
    t.same("compared", inputs, weight, bias, by, bool(t.pick(True, False)))


@prop("the exported program takes batches of any size", trials=2)
def open_(t: Trial) -> None:
    features, weight, bias = net(t)
    weight = Tensor(np.abs(weight.array) + 0.1, "float32")
    example = t.tensor(4, features)
    others = [t.tensor(n, features, scale=2.0) for n in (2, 4, 7)]
    t.same("through", example, others, weight, bias, 0.5, bool(t.pick(True, False)))
