"""Boosted trees as a module: they are fitted elsewhere, and asked here, on any device and in any export.

All nodes of all trees lie one after the other in flat buffers. Every row walks all trees at once, a level a step:

    node (batch, trees) ──its column──► value ──its threshold, or its categories──► left or right ──► node

A leaf leads to itself, so that each row stays where it has arrived. How many nodes there are is known only once the
trees are fitted: until then there are none, and `take_shapes` makes room for those of a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.table.tabular import TableNet


class BoostedTrees(nn.Module):
    """The sum of many small trees (Friedman 2001, *Greedy function approximation: a gradient boosting machine*).

    Shapes: in numeric ``(batch, n)``, NaN where missing, and categorical ``(batch, c)``, 0 where missing or unknown;
    out ``(batch, outputs)``: logits, or a number. Trees come in rounds, each with a tree for every output, or, for two
    classes, one for their difference.

    Attributes:
        feature: of each node the column, numbers first, ``(nodes,)``.
        threshold: the largest number that goes left, ``(nodes,)``.
        left, right: the nodes below; of a leaf, itself, ``(nodes,)``.
        missing_left: whether a missing number goes left, ``(nodes,)``.
        rule: of a node that asks for a category the row of `goes_left`, else 0, ``(nodes,)``.
        goes_left: whether each category goes left, ``(rules, categories)``; row 0 is of no node.
        value: of each leaf what it adds, ``(nodes,)``.
        root: of each tree, ``(trees,)``.
        levels: as many as the deepest tree has below its root; only its length counts.
        start: what is said before the first tree, ``(outputs,)``.
    """

    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    missing_left: Tensor
    rule: Tensor
    goes_left: Tensor
    value: Tensor
    root: Tensor
    levels: Tensor
    start: Tensor

    def __init__(self, columns: int, outputs: int) -> None:
        super().__init__()
        self.columns, self.outputs = columns, outputs
        for name, kind in _KINDS.items():
            shape = {"goes_left": (0, 0), "start": (outputs,)}.get(name, (0,))
            self.register_buffer(name, torch.zeros(shape, dtype=kind))

    @property
    def fitted(self) -> bool:
        """Whether there are trees."""
        return len(self.root) > 0

    def take(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up trees, a tensor for each buffer."""
        device = self.start.device
        for name, kind in _KINDS.items():
            setattr(self, name, tensors[name].to(device=device, dtype=kind))

    def clear(self) -> None:
        """Have no trees."""
        for name in _KINDS:
            if name != "start":
                setattr(self, name, getattr(self, name)[:0].clone())

    def take_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Make room for the trees of a file."""
        for name, kind in _KINDS.items():
            if name in shapes and name != "start":
                setattr(self, name, torch.zeros(shapes[name], dtype=kind, device=self.start.device))

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Return the outputs: ``(batch, outputs)``."""
        rows = len(numeric)
        if not self.fitted:
            return self.start.expand(rows, self.outputs)
        values = torch.cat([numeric.float(), categorical.to(torch.float32)], 1)  # (batch, n + c)
        node = self.root.long().expand(rows, -1)  # (batch, trees)
        for _ in range(len(self.levels)):
            value = values.gather(1, self.feature[node].long())
            there = value.isfinite()  # ONNX's runtimes choose between numbers alone, so that truth is put together
            left = (there & (value <= self.threshold[node])) | (~there & self.missing_left[node])
            if self.goes_left.numel():
                rule = self.rule[node].long()
                place = value.nan_to_num(0.0).clamp(0, self.goes_left.shape[1] - 1).long()
                ruled = rule > 0
                left = (ruled & self.goes_left[rule, place]) | (~ruled & left)
            node = torch.where(left, self.left[node].long(), self.right[node].long())
        width = 1 if self.outputs <= 2 else self.outputs
        said = self.value[node].reshape(rows, -1, width).sum(1)  # (batch, width)
        if self.outputs == 2:
            said = torch.cat([-said / 2, said / 2], 1)
        return said + self.start

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        """Refuse nodes that lead nowhere: a file may be damaged."""
        found = {name: state_dict[prefix + name] for name in _KINDS if prefix + name in state_dict}
        if len(found) == len(_KINDS):
            self._check(found)
            self.take_shapes({name: tuple(tensor.shape) for name, tensor in found.items()})
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def _check(self, found: Mapping[str, Tensor]) -> None:
        nodes = len(found["feature"])
        within = {"left": nodes, "right": nodes, "root": nodes, "rule": max(1, len(found["goes_left"]))}
        within["feature"] = self.columns
        each = [found[n] for n in ("threshold", "left", "right", "missing_left", "rule", "value")]
        for name, most in within.items():
            if found[name].numel() and not 0 <= int(found[name].min()) <= int(found[name].max()) < most:
                raise ValueError(f"the trees' {name} leads beyond them")
        width = 1 if self.outputs <= 2 else self.outputs
        if any(len(one) != nodes for one in each) or len(found["root"]) % width or len(found["levels"]) > nodes:
            raise ValueError("the trees are of no one kind")


_KINDS = {
    "feature": torch.int32,
    "threshold": torch.float32,
    "left": torch.int32,
    "right": torch.int32,
    "missing_left": torch.bool,
    "rule": torch.int32,
    "goes_left": torch.bool,
    "value": torch.float32,
    "root": torch.int32,
    "levels": torch.bool,
    "start": torch.float32,
}
"""The buffers of the trees, and what they hold."""


class TabularBoosting(TableNet):
    """Gradient boosting, without a net beside it: it is fitted in one go, and no gradient reaches it.

    Shapes: numeric ``(batch, n)`` and categorical ``(batch, c)`` to ``(batch, outputs)``.

    Args:
        rounds: trees of each output at most; fewer where dev gets no better.
        leaves: of each tree at most.
        shrinkage: share of what each tree would add that is added.

    Raises:
        UserError: no column at all, or no round.
    """

    def __init__(
        self,
        numeric: int,
        cardinalities: Sequence[int],
        outputs: int,
        *,
        rounds: int = 500,
        leaves: int = 31,
        shrinkage: float = 0.05,
    ) -> None:
        super().__init__(numeric, cardinalities, outputs)
        if rounds < 1 or leaves < 2 or not 0 < shrinkage <= 1:
            raise UserError("boosting needs rounds from 1, leaves from 2, and a shrinkage up to 1")
        self.rounds, self.leaves, self.shrinkage = rounds, leaves, shrinkage
        self.trees = BoostedTrees(numeric + len(cardinalities), outputs)

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Return the outputs: ``(batch, outputs)``."""
        return self.trees(numeric, categorical)
