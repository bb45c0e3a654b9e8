"""NumPy functions as parts of a PyTorch training: what a learner wrote, in fathom's own loop.

The exercises compute in float64 on arrays; nets in float32 on tensors. An operation with a backward pass of its own
becomes an autograd function; an optimizer becomes one of PyTorch's kind. None of this is fast, and it need not be.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from fathom.learning import swap_progress
from fathom.progress import Watcher

if TYPE_CHECKING:
    from fathom.trained_run import Run

Array = np.ndarray[Any, np.dtype[Any]]


def array(tensor: Tensor) -> Array:
    """As float64."""
    return tensor.detach().cpu().double().numpy()


def digits(known: int = 1000) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Handwritten digits for a loop that an exercise has: pixels from 0 to 1, (n, 64), and labels; then new ones.

    Args:
        known: how many are to train on, of 1,797.
    """
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    x, y = torch.as_tensor(pixels / 16, dtype=torch.float32), torch.as_tensor(labels)
    return x[:known], y[:known], x[known:], y[known:]


def operation(
    forward: Callable[..., Any], backward: Callable[..., Sequence[Any]], *tensors: Tensor, fixed: Sequence[Any] = ()
) -> Tensor:
    """Apply a function of arrays to tensors, with a backward pass of its own.

    Args:
        forward: of the arrays and what is fixed, to one array.
        backward: of the gradient with respect to the output, the arrays and what is fixed, to the gradients with
            respect to the arrays, in order.
        tensors: the arrays.
        fixed: passed as they are.
    """
    return _Operation.apply(forward, backward, tuple(fixed), *tensors)


def valued(own: Callable[..., Any], theirs: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """What a function of arrays computes, with the gradients that PyTorch finds for the same function of tensors.

    For exercises that ask for no backward pass.

    Args:
        own: of the arrays, to one array.
        theirs: of the tensors, to one tensor of the same shape.
        tensors: of both.
    """
    twin = theirs(*tensors)
    if twin.is_meta:
        return twin
    found = torch.as_tensor(np.asarray(own(*map(array, tensors))), dtype=twin.dtype)
    return twin + (found - twin).detach()


class _Operation(torch.autograd.Function):
    """An autograd function of two functions of arrays."""

    @staticmethod
    def forward(ctx: Any, forward: Any, backward: Any, fixed: tuple[Any, ...], *tensors: Tensor) -> Tensor:
        """Compute in float64."""
        ctx.backward_of, ctx.fixed = backward, fixed
        ctx.save_for_backward(*tensors)
        if tensors[0].is_meta:
            probe = forward(*[np.zeros(t.shape) for t in tensors], *fixed)
            return torch.empty(np.shape(probe), device="meta", dtype=tensors[0].dtype)
        return torch.as_tensor(np.asarray(forward(*map(array, tensors), *fixed)), dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:
        """Ask the learner's backward pass."""
        tensors = ctx.saved_tensors
        found = ctx.backward_of(array(upstream), *map(array, tensors), *ctx.fixed)
        return None, None, None, *[torch.as_tensor(np.asarray(g), dtype=t.dtype) for g, t in zip(found, tensors)]


class Dense(nn.Module):
    """A dense layer of two functions: forward(x, w, b) and backward(upstream, x, w, b) → d_x, d_w, d_b."""

    def __init__(self, inputs: int, outputs: int, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * (2 / inputs) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.functions = forward, backward

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs) → (batch, outputs)."""
        ahead, back = self.functions
        return operation(ahead, back, x, self.weight, self.bias)


class Convolution(nn.Module):
    """A convolution of two functions: forward(x, w, b) and backward(upstream, x, w) → d_x, d_w, d_b.

    Args:
        channels, filters, width: of the weights, (filters, channels, width, width).
        forward, backward: of arrays; stride and padding are theirs.
    """

    def __init__(
        self, channels: int, filters: int, width: int, forward: Callable[..., Any], backward: Callable[..., Any]
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(filters, channels, width, width) * (2 / channels / width**2) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(filters))
        self.functions = forward, backward

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, rows, columns) → (batch, filters, rows', columns')."""
        ahead, back = self.functions
        return operation(ahead, lambda g, x, w, b: back(g, x, w), x, self.weight, self.bias)


class Own(torch.optim.Optimizer):
    """An optimizer of one function of arrays: weights, gradient, state, step and rate → weights and state.

    Args:
        parameters: to be trained.
        lr: the rate.
        update: of weights, gradient, state (None at first), step (from 1) and rate.
    """

    def __init__(self, parameters: Any, lr: float, update: Callable[..., tuple[Any, Any]]) -> None:
        super().__init__(parameters, {"lr": lr})
        self.update, self.steps = update, 0
        self.kept: dict[int, Any] = {}

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update every parameter."""
        self.steps += 1
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                new, self.kept[id(p)] = self.update(
                    array(p), array(p.grad), self.kept.get(id(p)), self.steps, group["lr"]
                )
                p.copy_(torch.as_tensor(new, dtype=p.dtype))


def duel(
    data: str,
    nets: Mapping[str, Callable[[], nn.Module | str]],
    more: Callable[[Run], str] | None = None,
    **asked: Any,
) -> Iterator[str]:
    """Train each net with fathom's own loop on the same data and seed, and tell what it reaches.

    Args:
        data: practice data, or a path.
        nets: how each is built, by what it is called.
        more: what else is told of a run.
        asked: settings of `fathom.train`.
    """
    for name, build in nets.items():
        yield f"{name:9} {swap_progress.current.trained(name, partial(_train, data, build, asked, more))}"


def _train(
    data: str,
    build: Callable[[], nn.Module | str],
    asked: Mapping[str, Any],
    more: Callable[[Run], str] | None,
    watcher: Watcher,
) -> str:
    """The figure that one net reaches."""
    import fathom

    torch.manual_seed(0)
    began = time.process_time()
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()):
        run = fathom.train(data, net=build(), out=Path(place) / "run", watcher=watcher, **asked)
        reached = run.figures["dev"]
        added = "" if more is None else f"   {more(run)}"
    told = f"dev error {100 * reached.value:.1f} % ({100 * reached.low:.1f} to {100 * reached.high:.1f})"
    return f"{told}   {time.process_time() - began:.0f} s of CPU{added}"
