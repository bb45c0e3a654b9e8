"""What must hold of weight decay."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Layers, and gradients of the same shapes."""
    widths = [t.dim(4) for _ in range(1 + t.dim(3))]
    pairs = [[(t.normal(i, o), t.normal(o)) for i, o in zip(widths, widths[1:])] for _ in range(2)]
    return pairs[0], pairs[1]


@prop("the penalty")
def cost(t: Trial) -> None:
    t.same("penalty", case(t)[0], t.uniform(0.1, 2.0))


@prop("the gradient")
def slope(t: Trial) -> None:
    layers, grads = case(t)
    t.same("gradient", grads, layers, t.uniform(0.1, 2.0))


@prop("the gradient agrees with central differences of your penalty", trials=4)
def numeric(t: Trial) -> None:
    layers, _ = case(t)
    strength = t.uniform(0.1, 2.0)
    zero = [(np.zeros_like(w), np.zeros_like(b)) for w, b in layers]
    got = t.mine("gradient", zero, layers, strength)[0][0]
    w, b = layers[0]
    t.gradient(got, lambda v: t.mine("penalty", [(v, b), *layers[1:]], strength), w, 1.0, "the gradient of the penalty")


@prop("a step")
def move(t: Trial) -> None:
    layers, grads = case(t)
    t.same("step", layers, grads, t.uniform(0.1, 0.9), t.uniform(0.1, 2.0))
