"""Whether the numbers of a tensor can be read where a hook meets it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

IS_WRAPPED = getattr(torch._C._functorch, "is_functorch_wrapped_tensor", None)
INTERPRETER = getattr(torch._C._functorch, "peek_interpreter_stack", None)
"""None outside of all functions of ``torch.func``, where no tensor stands for others."""


def stands_for_many(tensor: Tensor) -> bool:
    """Whether it is one of those that ``torch.func`` hands to a function in place of many: it has no numbers to read.

    Args:
        tensor: of any shape.
    """
    return IS_WRAPPED is not None and bool(IS_WRAPPED(tensor))


def any_stands_for_many(given: Iterable[Any]) -> bool:
    """Whether any of what a net is given is such a tensor; asked at each call of the net.

    Args:
        given: tensors, and other things.
    """
    if INTERPRETER is not None and INTERPRETER() is None:
        return False
    for one in given:  # noqa: SIM110 - a generator would cost more than all else here
        if isinstance(one, Tensor) and stands_for_many(one):
            return True
    return False


def is_readable(tensor: Tensor) -> bool:
    """Whether it has numbers of its own, each in its place.

    Args:
        tensor: of any shape.
    """
    return tensor.layout == torch.strided and not stands_for_many(tensor)
