"""What must hold of mixed precision."""

import numpy as np

from fathom.learning.trial import Tensor, Trial, prop


def case(t: Trial):
    """Inputs, labels, and the number of classes."""
    n, classes = t.dim(5), t.dim(4, least=2)
    return t.tensor(n, t.dim(5, least=2), scale=2.0), Tensor(t.labels(n, classes), "int64"), classes


@prop("layers in bfloat16; loss, weights and gradients in float32")
def mixed(t: Trial) -> None:
    t.same("trained", *case(t), int(t.rng.integers(1000)), rtol=2e-2)


@prop("the types of the layers' outputs", trials=3)
def typed(t: Trial) -> None:
    x, _, classes = case(t)
    t.same("types", x, classes, int(t.rng.integers(1000)))


@prop("a mean that is added up in float32")
def summed(t: Trial) -> None:
    rows = t.pick(1, 1000, 3000)
    x = np.abs(t.rng.normal(1.0, 0.1, (rows, t.dim(3))))
    t.same(
        "mean", Tensor(x.astype(np.float32), "bfloat16"), says="added up in bfloat16, a sum stands still at some point"
    )


@prop("one step, in float32 and as a copy")
def stepped(t: Trial) -> None:
    shape = (t.dim(3), t.dim(3))
    t.same("step", t.tensor(*shape), t.tensor(*shape, dtype="bfloat16"), t.uniform(0.01, 0.5))


@prop("many small steps are not lost", trials=4)
def gathered(t: Trial) -> None:
    n = t.dim(3)
    master, g = Tensor(np.float32(t.rng.uniform(1.0, 1.5, n)), "float32"), Tensor(np.ones(n, np.float32), "bfloat16")
    t.same("steps", master, g, 0.001, 100)
