"""Whether the numbers of a tensor can be read where a hook meets it."""

from __future__ import annotations

import torch
from torch import Tensor


def stands_for_many(tensor: Tensor) -> bool:
    """Whether it is one of those that ``torch.func`` hands to a function in place of many: it has no numbers to read.

    Args:
        tensor: of any shape.
    """
    wrapped = getattr(torch._C._functorch, "is_functorch_wrapped_tensor", None)
    return wrapped is not None and bool(wrapped(tensor))


def is_readable(tensor: Tensor) -> bool:
    """Whether it has numbers of its own, each in its place.

    Args:
        tensor: of any shape.
    """
    return tensor.layout == torch.strided and not stands_for_many(tensor)
