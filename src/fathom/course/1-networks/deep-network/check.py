"""What must hold of a deep network."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial, depth: int):
    """Examples, and layers of different widths."""
    widths = [t.dim(4) for _ in range(depth + 1)]
    layers = [(t.normal(i, o), t.normal(o, scale=0.3)) for i, o in zip(widths, widths[1:])]
    return t.normal(t.dim(4), widths[0]), layers


@prop("the activations of one layer: no relu at the end")
def shallow(t: Trial) -> None:
    t.same("forward", *case(t, 1))


@prop("the activations of several layers")
def deep(t: Trial) -> None:
    t.same("forward", *case(t, 2 + t.dim(2)))


@prop("the gradients of one layer, and of several")
def gradients(t: Trial) -> None:
    x, layers = case(t, t.dim(4))
    activations = t.right("forward", x, layers)
    t.same("backward", t.normal(*activations[-1].shape), activations, layers)


@prop("the gradients agree with central differences", trials=3, always=False)
def numeric(t: Trial) -> None:
    x, layers = case(t, 2 + t.dim(1, least=0))
    activations = t.right("forward", x, layers)
    upstream = t.normal(*activations[-1].shape)
    d_w = t.mine("backward", upstream, activations, layers)[0][0]

    def outputs(w):
        return t.right("forward", x, [(w, layers[0][1]), *layers[1:]])[-1]

    if min(float(np.abs(z).min()) for z in sums(x, layers)) > 1e-3:  # central differences fail at the bend
        t.gradient(d_w, outputs, layers[0][0], upstream, "the gradient of the first weights")
    else:
        t.same("backward", upstream, activations, layers)


def sums(x, layers):
    """What goes into each relu."""
    for w, b in layers[:-1]:
        z = x @ w + b
        yield z
        x = np.maximum(z, 0)


@prop("sixteen examples can be learned by heart", trials=1, always=False)
def by_heart(t: Trial) -> None:
    rng = t.rng
    x, y = rng.normal(size=(16, 4)), rng.normal(size=(16, 1))
    layers = [(rng.normal(size=(4, 32)) * 0.7, np.zeros(32)), (rng.normal(size=(32, 1)) * 0.25, np.zeros(1))]
    first = None
    for _ in range(100):
        activations = t.mine("forward", x, layers)
        off = activations[-1] - y
        first = np.mean(off**2) if first is None else first
        grads = t.mine("backward", 2 * off / 16, activations, layers)
        layers = [(w - 0.05 * d_w, b - 0.05 * d_b) for (w, b), (d_w, d_b) in zip(layers, grads)]
    t.true(np.mean(off**2) < 0.75 * first, "100 steps downhill should take a quarter of the error away, and do not")
