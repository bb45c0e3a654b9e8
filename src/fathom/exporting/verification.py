"""Does an exported program answer as the run does? Asked of examples that the run has seen on dev."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.records import Prediction

TOLERANCE = 1e-3
"""Largest difference of an output, as a share of the largest output that there is, or of one."""
EXAMPLES = 200
"""Examples that are asked, at most."""

Ask = Callable[[Mapping[str, NDArray[Any]]], Sequence[NDArray[Any]]]


@dataclass(frozen=True)
class Agreement:
    """How far a program and its run agree.

    Attributes:
        examples: that were asked.
        largest: the largest difference of two outputs, as a share of the largest output, or of one, where both compute
            in full precision.
        same: the share of examples of which the program decides what the run answers, in the precision of the run.
        where: the name of the example with the largest difference.
        precision: in which the run answers; the program computes in fp32.
        percent: the largest difference of two confidences, in percents as they are shown.
    """

    examples: int
    largest: float
    same: float
    where: str
    precision: str = "fp32"
    percent: int = 0

    @property
    def holds(self) -> bool:
        """Whether they are the same program, as far as numbers tell."""
        return self.largest <= TOLERANCE

    def told(self) -> str:
        """In words."""
        apart = f", percents up to {self.percent} apart" if self.percent else ""
        if self.precision == "fp32":
            return (
                f"{self.examples:,} examples: {100 * self.same:.4g} % decided alike{apart}, outputs up to "
                f"{self.largest:.1e} apart"
            )
        return (
            f"{self.examples:,} examples: {100 * self.same:.4g} % decided as the run does in {self.precision}{apart}; "
            f"in fp32, as the program computes, outputs up to {self.largest:.1e} apart"
        )


def tensors_of(output: Any) -> list[Tensor]:
    """The tensors of what a net puts out, in the order in which an exported program has them.

    A module among it (what makes tags of emissions) is no output: `fathom.exporting.programs` tells the program of it.
    """
    if isinstance(output, nn.Module):
        return []
    if isinstance(output, Tensor):
        return [output]
    parts = output.values() if isinstance(output, Mapping) else output
    return [] if output is None else [tensor for part in parts for tensor in tensors_of(part)]


def with_tensors(output: Any, tensors: Iterator[Tensor]) -> Any:
    """The same structure as an output, of other tensors."""
    if output is None or isinstance(output, nn.Module):
        return output
    if isinstance(output, Tensor):
        return next(tensors)
    if isinstance(output, Mapping):
        return {name: with_tensors(part, tensors) for name, part in output.items()}
    parts = [with_tensors(part, tensors) for part in output]
    return type(output)(*parts) if hasattr(output, "_fields") else type(output)(parts)


def difference(wanted: Sequence[Tensor], got: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """The largest difference of each example, as a share of the largest output, or of one: ``(batch,)``.

    Args:
        wanted: of the net, ``(batch, …)`` each; what is of another length is no matter of one example.
        got: of the program; numbers that are not finite must be so on both sides.
    """
    found = np.zeros(len(wanted[0]))
    for one, other in zip(wanted, got, strict=True):
        rows = len(found) if len(one) == len(found) else 1  # what is no matter of one example is one of all
        a = one.detach().double().numpy().reshape(rows, -1)
        b = np.asarray(other, np.float64).reshape(rows, -1)
        finite = np.isfinite(a) & np.isfinite(b)
        size = max(1.0, float(np.abs(a[finite]).max(initial=0.0)))
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.inf)
        apart[finite] = np.abs(a[finite] - b[finite]) / size
        found = np.maximum(found, apart.max(1, initial=0.0))
    return found


def evenly_spread(indices: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """So many of some examples, from the first to the last; all where there are no more.

    Args:
        indices: ``(n,)``.
        most: that are wanted.
    """
    return indices[np.unique(np.linspace(0, len(indices) - 1, min(most, len(indices))).round().astype(int))]


def opened_onnx(path: Path, threads: int = 0) -> Ask:
    """A program, ready to be asked.

    Args:
        path: of ``model.onnx``.
        threads: that it computes by; 0 leaves it to the runtime.
    """
    from fathom.exported.program import open_session

    session = open_session(path, threads)
    names = [one.name for one in session.get_inputs()]
    return lambda given: session.run(None, {name: given[name] for name in names})


def agree(one: Prediction, other: Prediction, shown: Callable[[Prediction], str]) -> bool:
    """Whether two predictions decide the same: their values, or what a person reads of them; numbers to the tolerance.

    Args:
        one, other: of the run and of the program.
        shown: as a person reads a prediction.
    """
    a, b = one.value, other.value
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= TOLERANCE * max(1.0, abs(a))
    return a == b or shown(one) == shown(other)


def percents_apart(one: Prediction, other: Prediction) -> int:
    """How far two confidences are from each other, as they are shown."""
    if one.confidence is None or other.confidence is None:
        return 0
    return abs(round(100 * one.confidence) - round(100 * other.confidence))
