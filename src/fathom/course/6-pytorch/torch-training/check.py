"""What must hold of the training loop."""

import numpy as np

from fathom.learning.trial import Tensor, Trial, prop


def case(t: Trial, batches: int):
    """Batches of different sizes, labels, and the number of classes."""
    features, classes = t.dim(3), t.dim(4, least=2)
    sizes = [t.dim(6, least=2) for _ in range(batches)]
    xs = [t.tensor(n, features, scale=2.0) for n in sizes]
    return xs, [Tensor(t.labels(n, classes), "int64") for n in sizes], classes


@prop("one batch for each step", trials=4)
def plain(t: Trial) -> None:
    t.same("trained", *case(t, t.dim(3)), t.uniform(0.1, 0.5), 1e6, 1, int(t.rng.integers(1000)))


@prop("gradients shortened to a norm", trials=4)
def clipped(t: Trial) -> None:
    t.same("trained", *case(t, t.dim(3)), t.uniform(0.1, 0.5), t.uniform(0.1, 0.4), 1, int(t.rng.integers(1000)))


@prop("several batches for each step, and those that are left over", trials=6)
def gathered(t: Trial) -> None:
    together = t.pick(2, 3)
    most = t.pick(1e6, 0.3, 1e6)
    t.same("trained", *case(t, together * t.dim(2) + 1), t.uniform(0.1, 0.5), most, together, int(t.rng.integers(1000)))


@prop("an evaluation that changes nothing", trials=6)
def judged(t: Trial) -> None:
    xs, labels, classes = case(t, t.dim(3))
    t.same("evaluated", xs, labels, classes, bool(t.pick(True, False)), int(t.rng.integers(1000)))
