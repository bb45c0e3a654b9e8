"""A net and boosted trees side by side: each errs otherwise, so that their mean is often better than both.

Which of them is kept, or their mean, is decided after training, by what they make of dev.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from fathom.nets.table.members import TabularMembers
from fathom.nets.table.trees import BoostedTrees

Part = Literal["net", "boosting", "both"]
SHARE: dict[Part, float] = {"net": 0.0, "both": 0.5, "boosting": 1.0}
"""What the trees weigh in what is said."""


class NetAndTrees(TabularMembers):
    """`TabularMembers`, boosted trees, or the mean of what they say.

    Shapes: as `TabularMembers` has them.

    Args:
        rounds, leaves, shrinkage: of the trees, as `TabularBoosting` has them; all else is the net's.

    Attributes:
        trees: none where the net alone is kept.
        share: what they weigh, 0, 0.5 or 1, ``()``.
        net_alone: the net is asked without the trees, as while it is trained.
    """

    share: Tensor

    def __init__(
        self,
        numeric: int,
        cardinalities: Sequence[int],
        outputs: int,
        common: Sequence[int] = (),
        *,
        dropout: float = 0.1,
        hidden: tuple[int, ...] = (256, 128),
        members: int = 4,
        bins: int = 48,
        number_width: int = 8,
        category_width: int = 16,
        rounds: int = 500,
        leaves: int = 31,
        shrinkage: float = 0.05,
    ) -> None:
        super().__init__(
            numeric,
            cardinalities,
            outputs,
            common,
            dropout=dropout,
            hidden=hidden,
            members=members,
            bins=bins,
            number_width=number_width,
            category_width=category_width,
        )
        self.rounds, self.leaves, self.shrinkage = rounds, leaves, shrinkage
        self.trees = BoostedTrees(numeric + len(cardinalities), outputs)
        self.register_buffer("share", torch.tensor(0.0))
        self.net_alone = False

    def keep(self, part: Part) -> None:
        """Say from now on what this part says."""
        self.share.fill_(SHARE[part])
        self.net_alone = False
        if part == "net":
            self.trees.clear()

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """``(batch, members, outputs)`` while training, else ``(batch, outputs)``."""
        said = super().forward(numeric, categorical)
        if self.training or self.net_alone or not self.trees.fitted:
            return said
        return blend(said, self.trees(numeric, categorical), self.share)


def blend(net: Tensor, trees: Tensor, share: Tensor | float) -> Tensor:
    """The mean of two numbers, or the logarithm of the mean probability of each class.

    Args:
        net, trees: ``(batch, outputs)`` each; one output is a number.
        share: what the trees weigh, in [0, 1].

    Returns:
        ``(batch, outputs)``.
    """
    if net.shape[1] == 1:
        return (1 - share) * net + share * trees
    mean = (1 - share) * F.softmax(net.float(), 1) + share * F.softmax(trees.float(), 1)
    return mean.clamp(min=1e-30).log()
