"""Recurrent layers in tracing: as one operation each, for sequences of any length.

Left alone, PyTorch's tracer unrolls an LSTM to learn the shape of its output, and the program that comes out of it
takes sequences of that one length. Here it is told the shape instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor
from torch._decomp import global_decomposition_table


@contextmanager
def as_one_operation() -> Iterator[None]:
    """A block in which LSTMs and GRUs are traced, and not unrolled."""
    with ExitStack() as stack:
        stack.enter_context(torch.fx.experimental._config.patch(backed_size_oblivious=True))  # type: ignore[attr-defined]
        stack.enter_context(_told(torch.ops.aten.lstm.input, _lstm_shapes))
        stack.enter_context(_told(torch.ops.aten.gru.input, _gru_shapes))
        yield


@contextmanager
def _told(operation: Any, shapes: Callable[..., Any]) -> Iterator[None]:
    """An operation whose shapes come from elsewhere than from what it is put together of."""
    key = torch._C.DispatchKey.CompositeImplicitAutograd
    places: list[tuple[dict[Any, Any], Any]] = [
        (operation.py_kernels, key),
        (global_decomposition_table["post_autograd"], operation),
    ]
    before = [table.get(place) for table, place in places]
    try:
        for table, place in places:
            table[place] = shapes
        yield
    finally:
        for (table, place), known in zip(places, before, strict=True):
            del table[place]
            if known is not None:
                table[place] = known


def _lstm_shapes(inputs: Tensor, state: Sequence[Tensor], *rest: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Of what ``aten.lstm`` returns: what it says of each step, and hidden state and cells after the last."""
    return _said(inputs, state[0], rest[5]), torch.empty_like(state[0]), torch.empty_like(state[1])


def _gru_shapes(inputs: Tensor, state: Tensor, *rest: Any) -> tuple[Tensor, Tensor]:
    """Of what ``aten.gru`` returns: what it says of each step, and the state after the last."""
    return _said(inputs, state, rest[5]), torch.empty_like(state)


def _said(inputs: Tensor, state: Tensor, both_ways: bool) -> Tensor:
    return inputs.new_empty(inputs.shape[0], inputs.shape[1], state.shape[2] * (2 if both_ways else 1))
