"""Two nets of which one judges what the other makes: which loss is whose, as the graph and the optimizers show it.

The judge's loss has a term for real examples and one for made ones, and trains the judge alone. The maker's loss goes
through the judge, whose optimizer makes no step with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from torch import Tensor
from torch.optim import Optimizer

from fathom.training.health.details import TrainingDetails
from fathom.training.health.measure.autograd_graph import kind, parameter_of, parents, walk

JUDGING = ("BinaryCrossEntropyWithLogits", "BinaryCrossEntropy", "MseLoss")
"""Losses of one number against a target, whose terms for real and made examples cannot both be next to nothing."""

MAX_NODES = 800
"""Of a graph that are looked at; of a larger one nothing is said."""


class Rivals:
    """Of the optimizers of one net.

    Args:
        optimizers: that step it.
    """

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        self.owner = {id(p): i for i, o in enumerate(optimizers) for group in o.param_groups for p in group["params"]}
        self.several, self.counted = len(optimizers) > 1, [0] * len(optimizers)

    def count(self, details: TrainingDetails, loss: Tensor | float, steps: Sequence[int], look: bool) -> None:
        """A step is done.

        Args:
            details: where it is kept.
            loss: of this step.
            steps: that each optimizer has made so far.
            look: whether the loss is looked at.
        """
        stepped = {i for i, (now, before) in enumerate(zip(steps, self.counted, strict=False)) if now > before}
        self.counted = list(steps)
        if not look or len(stepped) != 1 or not isinstance(loss, Tensor) or loss.grad_fn is None:
            return
        terms, seen, uses = 0, 0, Counter[int]()
        for node in walk(loss.grad_fn, MAX_NODES):
            seen += 1
            terms += kind(node) in JUDGING
            uses.update(id(p) for p in map(parameter_of, parents(node)) if p is not None and id(p) in self.owner)
        if seen >= MAX_NODES:
            return
        judge, maker = details.rivals
        reached = {self.owner[one] for one in uses}
        if reached == stepped and terms == 2 and max(uses.values()) > 1:  # once for real examples, once for made ones
            details.rivals = (judge + 1, maker)
        elif reached > stepped and terms == 1:
            details.rivals = (judge, maker + 1)
