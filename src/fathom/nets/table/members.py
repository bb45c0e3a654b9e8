"""Several nets for tables in one, which share nearly all of their weights.

    numeric (batch, n) ──bins, rank, scaled value──► a linear map per column ──┐
    numeric (batch, n) ──common values as categories──► embed ─────────────────┼─► (batch, f)
    categorical (batch, c) ──embed─────────────────────────────────────────────┘      │
                                                            × signs of each member ◄──┘
                                                                    │ (batch, members, f)
                                                          layers, shared; a head of each
                                                                    │
                                                   (batch, members, outputs), averaged when it is asked

Each member sees the columns with other signs, learns its own head, and so errs otherwise; their mean errs less.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.table.number_scale import NumberScale, thinned
from fathom.nets.table.tabular import NumericEncoding, TableNet

_LARGEST_SCALED = 5.0
_NO_VALUE = 3e38  # where a column has fewer common values than another


class PiecewiseEncoding(NumericEncoding):
    """Each number as a small vector: ``(batch, n)`` with NaN where missing to ``(batch, n · width)``.

    A linear map for each column of: how far each of its bins is filled, its rank among the training values as a
    quantile of the normal distribution, the scaled number, and whether it is missing.

    Reference: Gorishniy, Rubachev & Babenko 2022, *On embeddings for numerical features in tabular deep learning*.

    Args:
        columns: n, how many numbers a row has.
        bins: of each column at most.
        width: of the vector of each column.
    """

    low: Tensor
    per_unit: Tensor
    first_rank: Tensor
    rank_of_bin: Tensor

    def __init__(self, columns: int, bins: int, width: int) -> None:
        super().__init__(columns)
        self.most_bins, self.width = bins, columns * width
        self.register_buffer("low", torch.zeros(columns, bins))
        self.register_buffer("per_unit", torch.zeros(columns, bins))  # one over the width of a bin; 0 for none
        self.register_buffer("first_rank", torch.zeros(columns))
        self.register_buffer("rank_of_bin", torch.zeros(columns, bins))
        self.weight = nn.Parameter(torch.randn(columns, bins + 3, width) * 0.2)
        self.shift = nn.Parameter(torch.zeros(columns * width))

    def set_scales(self, scales: Sequence[NumberScale]) -> None:
        """Learn the bins and ranks of each column; call it after `set_scale`.

        Args:
            scales: n of them, in the columns' own units.
        """
        mean, std = self.mean.double(), self.std.double()
        for column, scale in enumerate(scales):
            if not scale.knots:
                continue
            knots, ranks = thinned(scale, self.most_bins)
            scaled = (torch.from_numpy(knots).to(mean) - mean[column]) / std[column]
            n = len(knots) - 1
            self.low[column, :n] = scaled[:-1].float()
            self.per_unit[column, :n] = (1 / (scaled[1:] - scaled[:-1]).clamp(min=1e-9)).float()
            self.first_rank[column] = float(ranks[0])
            self.rank_of_bin[column, :n] = torch.from_numpy(np.diff(ranks)).to(self.rank_of_bin)

    def forward(self, numeric: Tensor) -> Tensor:
        """``(batch, n)`` to ``(batch, n · width)``."""
        known = numeric.isfinite()
        scaled = torch.where(known, (numeric - self.mean) / self.std, 0.0)
        filled = ((scaled[:, :, None] - self.low) * self.per_unit).clamp(0, 1) * known[:, :, None]  # (batch, n, bins)
        rank = (self.first_rank + (filled * self.rank_of_bin).sum(2)) * known
        beside = torch.stack([scaled.clamp(-_LARGEST_SCALED, _LARGEST_SCALED), rank, (~known).to(scaled.dtype)], 2)
        seen = torch.cat([filled, beside], 2)  # (batch, n, bins + 3)
        return torch.einsum("bnf,nfd->bnd", seen, self.weight).flatten(1) + self.shift  # (batch, n · width)


class CommonValues(nn.Module):
    """Numbers that are categories as well: ``(batch, n)`` to ``(batch, columns)`` int64, 0 for any other value.

    Args:
        counts: of each of the n columns, how many common values it has; 0 leaves the column out.
    """

    values: Tensor

    def __init__(self, counts: Sequence[int]) -> None:
        super().__init__()
        self.columns = [column for column, count in enumerate(counts) if count]
        self.register_buffer("values", torch.full((len(self.columns), max(counts, default=0)), _NO_VALUE))

    def set_values(self, scales: Sequence[NumberScale]) -> None:
        """Learn which values these are."""
        for place, column in enumerate(self.columns):
            common = torch.tensor(scales[column].common, dtype=torch.float64)
            self.values[place, : len(common)] = common.to(self.values)

    def forward(self, numeric: Tensor) -> Tensor:
        """``(batch, n)`` to ``(batch, columns)``."""
        same = numeric[:, self.columns, None] == self.values  # (batch, columns, values)
        return (same * torch.arange(1, self.values.shape[1] + 1, device=numeric.device)).sum(2)


class TabularMembers(TableNet):
    """Members that share their weights, on bins, ranks and embeddings.

    Shapes: in numeric ``(batch, n)`` and categorical ``(batch, c)``; out ``(batch, members, outputs)`` while training,
    and their mean ``(batch, outputs)`` in evaluation: the logarithm of the mean probability of each class, or the mean
    number.

    Reference: Gorishniy, Kotelnikov & Babenko 2025, *TabM: advancing tabular deep learning with parameter-efficient
    ensembling*: its variant *mini*.

    Args:
        common: of each number, how many of its values are categories as well.
        dropout: after each hidden layer.
        hidden: units of each hidden layer.
        members: nets in one.
        bins: of each number at most.
        number_width: of the vector that a number becomes.
        category_width: of that of a category.

    Raises:
        UserError: no column at all, or no member, or a layer without units.
    """

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
    ) -> None:
        super().__init__(numeric, cardinalities, outputs)
        least = min(members, bins, number_width, category_width, *hidden)
        if least < 1:
            raise UserError(f"members, bins, widths and hidden units start at 1; one is {least}")
        self.outputs = outputs
        self.encoding: PiecewiseEncoding = PiecewiseEncoding(numeric, bins, number_width)
        self.common = CommonValues(common)
        known = [*cardinalities, *(count for count in common if count)]
        self.embeddings = nn.ModuleList(nn.Embedding(count + 1, category_width) for count in known)
        for embedding in self.embeddings:
            nn.init.normal_(embedding.weight, std=0.3)  # type: ignore[arg-type]
            nn.init.zeros_(embedding.weight[0])  # type: ignore[index]
        width = self.encoding.width + category_width * len(known)
        self.signs = nn.Embedding(members, width)  # an embedding, so that it is spared the weight decay
        with torch.no_grad():
            self.signs.weight.copy_(torch.randint(0, 2, (members, width)) * 2.0 - 1.0)
        sizes = (width, *hidden)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.dropout = Dropout(dropout)
        self.heads = nn.Parameter((torch.rand(members, sizes[-1], outputs) * 2 - 1) / math.sqrt(sizes[-1]))
        self.biases = nn.Parameter(torch.zeros(members * outputs))

    def set_scales(self, scales: Sequence[NumberScale]) -> None:
        """Learn bins, ranks and common values of each number; call it after `set_scale`."""
        self.encoding.set_scales(scales)
        self.common.set_values(scales)

    def encode(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """The columns side by side, as vectors: ``(batch, f)``."""
        indices = [categorical, self.common(numeric)] if self.common.columns else [categorical]
        categories = torch.cat(indices, 1)
        embedded = [embedding(categories[:, column]) for column, embedding in enumerate(self.embeddings)]
        return torch.cat([self.encoding(numeric), *embedded], 1)

    @property
    def member_count(self) -> int:
        """How many nets are averaged."""
        return len(self.heads)

    def of_members(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """What each member says: ``(batch, members, outputs)``."""
        units = self.encode(numeric, categorical)[:, None] * self.signs.weight  # (batch, members, f)
        for layer in self.layers:
            units = self.dropout(F.relu(layer(units)))
        said = torch.einsum("bmf,mfo->bmo", units, self.heads)
        return said + self.biases.view(len(self.heads), -1)

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """``(batch, members, outputs)`` while training, else ``(batch, outputs)``."""
        said = self.of_members(numeric, categorical)
        return said if self.training else mean_of_members(said.float())


def mean_of_members(said: Tensor) -> Tensor:
    """The mean number, or the logarithm of the mean probability of each class.

    Args:
        said: ``(batch, members, outputs)``; one output is a number.

    Returns:
        ``(batch, outputs)``.
    """
    if said.shape[2] == 1:
        return said.mean(1)
    return said.log_softmax(2).logsumexp(1) - math.log(said.shape[1])
