"""What must hold of the modules."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("the norm has its parameters and buffers, under their names", trials=4)
def parts(t: Trial) -> None:
    t.same("parts_of_norm", t.dim(4), 0.1, 1e-5, says="gain and shift are parameters, mean and variance buffers")


@prop("the norm, in training and after it", trials=6)
def normalized(t: Trial) -> None:
    features = t.dim(3)
    batches = [t.tensor(t.dim(5, least=2), features, scale=2.0, grad=True) for _ in range(t.dim(3))]
    x, gain, shift = t.tensor(t.dim(3), features), t.tensor(features), t.tensor(features)
    t.same("normalize", batches, x, gain, shift, t.uniform(0.1, 0.6), t.uniform(0.01, 0.3))


@prop("the gradient goes through the mean and the variance of the batch", trials=6)
def differentiated(t: Trial) -> None:
    shape = (t.dim(5, least=3), t.dim(3))
    t.same("gradient_of_norm", t.tensor(*shape), t.tensor(*shape))


@prop("the net's weights are found", trials=4)
def found(t: Trial) -> None:
    t.same("parts_of_net", [t.dim(4) for _ in range(2 + t.dim(3, least=0))], says="parameters() must find every layer")


@prop("the net's outputs", trials=6)
def computed(t: Trial) -> None:
    widths = [t.dim(4) for _ in range(2 + t.dim(3, least=0))]
    t.same("outputs_of_net", widths, int(t.rng.integers(1000)), t.tensor(t.dim(4), widths[0], scale=3.0))
