"""A trained net as ONNX: from the arrays that `encode` makes to what the net puts out, with any number of examples.

What `prepare` does to inputs before the net (channels first, normalization) lies in the program, wherever it needs
nothing but the inputs.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fathom.errors import FathomError
from fathom.exporting.recurrent_shapes import as_one_operation
from fathom.exporting.verification import tensors_of
from fathom.task import Batch, Task

_ABOUT_ONE = re.compile(r"\.size\(\)\[\d+\] (> 1|>= 2|!= 1)$|^\(?(\d+) ?\* ?\S+\.size\(\)\[\d+\]\)? != \2$")
"""What tracing asks of sizes for no reason: one example is as good as several, which verification makes sure of."""


class ExportError(FathomError):
    """A net that cannot be written as a program, and why."""


class Whole(nn.Module):
    """A net with what its task does to its inputs before.

    Args:
        task: of the net.
        net: trained.
        names: of the inputs, in order.
        prepares: the task's `prepare` is part of it.
        made: names of inputs that `prepare` made of ragged arrays, where it is not part of it.

    Attributes:
        of_any_length: the inputs whose second axis is a length; that every size of a picture be free would cost minutes
            of tracing for nothing.
    """

    def __init__(
        self, task: Task, net: nn.Module, names: tuple[str, ...], prepares: bool, made: frozenset[str] = frozenset()
    ) -> None:
        super().__init__()
        self.net, self.names = net, names
        self.of_any_length = frozenset(names if task.stateful else {*names} & {*task.ragged, *made})
        self.task, self.prepares = task, prepares

    def given(self, batch: Batch) -> tuple[Batch, Batch]:
        """What the net is called with, of a batch as it lies in the store, and the batch as the task judges by it."""
        judged = self.task.prepare(dict(batch), None)
        return {name: (batch if self.prepares else judged)[name] for name in self.names}, judged

    def forward(self, *arrays: Tensor) -> Any:
        """The tensors that the net puts out for ``(batch, …)`` arrays."""
        return tuple(tensors_of(self.answer(*arrays)))

    def answer(self, *arrays: Tensor) -> Any:
        """What the net puts out, as the task knows it."""
        batch: Batch = dict(zip(self.names, arrays, strict=True))
        if self.prepares:
            batch = self.task.prepare(batch, None)
        inputs = [batch[name] for name in self.task.inputs]
        return self.net(*inputs, None) if self.task.stateful else self.net(*inputs)


def whole_net(task: Task, net: nn.Module, batch: Batch) -> tuple[Whole, Batch]:
    """A net that is called with what comes out of the store, and its inputs out of a batch.

    Args:
        task: of the net.
        net: trained.
        batch: some examples, as `fathom.training.batching.collate` gives them.

    Returns:
        the net, and what it is called with, by name.
    """
    given = {name: batch[name] for name in batch if name in task.inputs}
    try:
        task.prepare(dict(given), None)
        prepares = True
    except KeyError:  # it wants targets, too, which a program has not
        prepared = task.prepare(dict(batch), None)
        given, prepares = {name: prepared[name] for name in task.inputs}, False
    made = frozenset(name for name in given if name not in batch and given[name].ndim > 1)
    return Whole(task, net, tuple(given), prepares, made).eval(), given


def write_onnx(whole: Whole, given: Mapping[str, Tensor], path: Path) -> None:
    """Write the program; the first axis of each input is free, and so is each length that the net lets free.

    Args:
        whole: the net.
        given: some inputs, by name; at least two examples.
        path: of the file to write.

    Raises:
        ExportError: the net does something that ONNX has no word for.
    """
    with _told_why(), _quiet(), torch.no_grad(), as_one_operation():
        program = torch.onnx.export(
            _traced(whole, given), dynamo=True, verbose=False, input_names=list(given), external_data=False
        )
        assert program is not None
        model = program.model_proto
    for node in [*model.graph.node, *(node for function in model.functions for node in function.node)]:
        del node.metadata_props[:]  # whence in our source each came: larger than many a net, with paths of this machine
        node.doc_string = ""
    path.write_bytes(model.SerializeToString())


def write_metadata(path: Path, told: Mapping[str, str]) -> None:
    """Write into an ONNX file what it is of: any viewer shows it.

    Args:
        path: of the file.
        told: by name.
    """
    import onnx

    model = onnx.load(path)
    onnx.helper.set_model_props(model, dict(told))
    onnx.save(model, path)


def write_torch(whole: Whole, given: Mapping[str, Tensor], path: Path) -> None:
    """Write the program as PyTorch reads it without our code: ``torch.export.load(path).module()(*inputs)``.

    Args:
        whole: the net.
        given: some inputs, by name; at least two examples.
        path: of the file to write.

    Raises:
        ExportError: the net cannot be traced.
    """
    with _told_why(), _quiet(), torch.no_grad(), as_one_operation():
        program = _traced(whole, given)
        guards: list[str] = getattr(program, "_guards_code", None) or []
        program._guards_code = [one for one in guards if not _ABOUT_ONE.search(one)]
        torch.export.save(program, path)


def _traced(whole: Whole, given: Mapping[str, Tensor]) -> torch.export.ExportedProgram:
    """The net as it runs; where Python fixes a size on the way, as it is compiled."""
    try:
        return torch.export.export(whole, tuple(given.values()), dynamic_shapes=(_free(whole, given),), strict=False)
    except Exception:
        return torch.export.export(whole, tuple(given.values()), dynamic_shapes=(_free(whole, given),), strict=True)


def _free(whole: Whole, given: Mapping[str, Tensor]) -> tuple[dict[int, Any], ...]:
    """Of each input which axes may be of any length."""
    batch, length = {0: torch.export.Dim.DYNAMIC}, {1: torch.export.Dim.DYNAMIC}
    return tuple({**batch, **(length if name in whole.of_any_length else {})} for name in given)


@contextmanager
def _told_why() -> Iterator[None]:
    """Whatever goes wrong in tracing is about this net."""
    try:
        yield
    except Exception as error:
        raise ExportError(_reason(error)) from error


def _reason(error: BaseException) -> str:
    """The innermost reason, in its first line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:200]}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says of its own steps."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
