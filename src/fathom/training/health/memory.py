"""What a watch keeps from step to step beside its signals, as plain JSON: with it a training that was stopped is
watched on as if it had never been.

Each part that compares a step with those before it says itself what it keeps, and takes it up again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from torch import nn

from fathom.validation import convert


@dataclass(frozen=True)
class Named:
    """The parameters and the modules of a net, by their names."""

    parameters: Mapping[str, nn.Parameter]
    modules: Mapping[str, nn.Module]

    @classmethod
    def of(cls, net: nn.Module) -> Named:
        """Those of this net."""
        return cls(dict(net.named_parameters()), dict(net.named_modules()))

    def names(self, parameters: list[nn.Parameter]) -> list[str]:
        """What parameters are called; "" for one that the net does not list."""
        names = {id(p): name for name, p in self.parameters.items()}
        return [names.get(id(p), "") for p in parameters]


class Part(Protocol):
    """A part of a watch that keeps something from step to step."""

    Kept: ClassVar[Any]
    """What it keeps, as plain JSON: a `TypedDict`."""

    def to_memory(self, named: Named) -> Any:
        """What it keeps after a step; parameters and modules by their names."""

    def recall(self, kept: Any, named: Named) -> None:
        """Take up what `to_memory` gave, of the same net."""


def to_memory(parts: Mapping[str, Part], net: nn.Module) -> dict[str, Any]:
    """What the parts of a watch keep after a step, by their names, as plain JSON."""
    named = Named.of(net)
    return {name: part.to_memory(named) for name, part in parts.items()}


def is_whole(plain: Any, parts: Mapping[str, Part]) -> bool:
    """Whether a memory has all that this version keeps; that of an older one may lack what came later."""
    return isinstance(plain, dict) and all(
        isinstance(kept := plain.get(name), dict) and part.Kept.__annotations__.keys() <= kept.keys()
        for name, part in parts.items()
    )


def recall(parts: Mapping[str, Part], net: nn.Module, plain: Mapping[str, Any], where: str) -> None:
    """Let parts that have seen nothing so far take up what `to_memory` gave.

    Args:
        parts: of the watch.
        net: the same as then.
        plain: as it was read, whole.
        where: what it is called, for the sentence.

    Raises:
        UserError: it is something else.
    """
    kept = {name: convert(plain[name], part.Kept, f"{where}: {name}") for name, part in parts.items()}
    named = Named.of(net)
    for name, part in parts.items():
        part.recall(kept[name], named)
