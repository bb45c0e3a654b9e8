"""What must hold of operations with a backward pass of their own."""

import numpy as np

from fathom.learning.trial import Tensor, Trial, prop


def case(t: Trial, kind: str):
    """Inputs, slopes, and the gradient from above."""
    shape = (t.dim(4), t.dim(4))
    return (Tensor(t.normal(*shape).astype(kind), kind), Tensor(t.normal(shape[1]).astype(kind), kind),
            Tensor(t.normal(*shape).astype(kind), kind))  # fmt: skip


@prop("swish, and the gradients of x and of slope")
def forward(t: Trial) -> None:
    t.same("swish", *case(t, "float64"))


@prop("the types are kept", trials=3)
def typed(t: Trial) -> None:
    t.same("swish", *case(t, "float32"))


@prop("PyTorch's gradcheck agrees", trials=3)
def checked(t: Trial) -> None:
    t.same("swish_holds", *case(t, "float64")[:2], says="torch.autograd.gradcheck does not agree with backward")


@prop("the inputs alone are saved", trials=2)
def sparing(t: Trial) -> None:
    x, slope, _ = case(t, "float32")
    t.true(
        t.mine("saved", x, slope) <= x.array.size + slope.array.size,
        "more is saved than the inputs: compute it again in backward",
    )


@prop("rounding with a straight-through gradient")
def straight(t: Trial) -> None:
    shape = (t.dim(3), t.dim(5))
    x, largest = t.rng.normal(0, 3, shape), t.pick(1, 2.0, 3.0)
    if t.level % 2:
        x[0, 0] = largest  # the boundary belongs to what is not cut off
    t.same("rounded", Tensor(x, "float64"), largest, Tensor(t.normal(*shape) + 0.25, "float64"))
