"""Which of some weights a pass of the net reads, though none of its layers is called that they belong to.

A codebook, a table of positions or a memory is often a parameter that the forward pass reads itself. Where it reads a
detached copy, or only asks which of its rows is nearest, the graph of the loss does not show it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

GETTER = "__get__"
"""Of an attribute, as the shape is: that reads no numbers."""

MAX_DEPTH = 2
"""Lists in lists of arguments that are looked into."""


class _Reading(TorchFunctionMode):
    """Notes which weights functions are given."""

    def __init__(self, wanted: Collection[int]) -> None:
        super().__init__()
        self.wanted, self.found = wanted, set[int]()

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__name__", "") != GETTER:
            self._note(args, MAX_DEPTH)
        return func(*args, **(kwargs or {}))

    def _note(self, given: Iterable[Any], depth: int) -> None:
        for one in given:
            if isinstance(one, Tensor):
                if id(one) in self.wanted:
                    self.found.add(id(one))
            elif depth and isinstance(one, list | tuple):
                self._note(one, depth - 1)


class ReadParameters:
    """Listens to one pass of one net.

    Args:
        net: that is watched.
    """

    def __init__(self, net: nn.Module) -> None:
        self.net = net
        self.handles: list[Any] = []
        self.read: set[int] = set()  # ids of weights that a pass has read
        self.asked: set[int] = set()  # and of those that were listened for

    def listen(self, weights: Iterable[nn.Parameter]) -> None:
        """On the next pass, for those that were not listened for before.

        Args:
            weights: that are asked about.
        """
        wanted = {id(p) for p in weights} - self.asked
        if not wanted or self.handles:
            return
        self.asked |= wanted
        mode = _Reading(wanted)
        entered: list[bool] = []

        def begin(net: nn.Module, _: Any) -> None:
            if net is self.net and not entered:  # a copy of it has the hook as well
                entered.append(True)
                mode.__enter__()

        def end(net: nn.Module, *_: Any) -> None:  # is called where the pass fails, too
            if net is not self.net:
                return
            self.detach()
            if entered and entered.pop():
                mode.__exit__(None, None, None)
                self.read |= mode.found

        self.handles = [
            self.net.register_forward_pre_hook(begin),
            self.net.register_forward_hook(end, prepend=True, always_call=True),
        ]

    def detach(self) -> None:
        """Listen no more."""
        for handle in self.handles:
            handle.remove()
        self.handles = []
