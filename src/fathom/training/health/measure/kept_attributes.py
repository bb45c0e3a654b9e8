"""What a net keeps of its last call, as a hidden state, put back after it was asked something of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


@contextmanager
def kept_attributes(net: nn.Module) -> Iterator[None]:
    """Put back the tensors, and tuples and lists of such, that are attributes or buffers of its modules.

    Args:
        net: that is asked in between; what it overwrites in place stays.
    """
    before = [
        (place, {name: value for name, value in place.items() if _may_be_state(value)})
        for module in net.modules()
        for place in (vars(module), module._buffers)
    ]
    try:
        yield
    finally:
        for place, values in before:
            for name, value in values.items():
                if place.get(name) is not value:
                    place[name] = value


def _may_be_state(value: Any) -> bool:
    return value is None or isinstance(value, Tensor | tuple | list)
