"""Nets for tables: numbers with holes, and categories.

    numeric (batch, n) ──scale, bins──┐
                                      ├──► (batch, f) ──layers──► (batch, outputs)
    categorical (batch, c) ──embed────┘

A missing number (NaN) becomes 0, the mean, beside a column that says that it was missing; the category 0 stands for
missing or unknown. What is learned from the training split (scale, bins) lies in buffers and is saved with the net.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.image.mlp import dense_layers


class NumericEncoding(nn.Module):
    """Numbers as a net likes them: ``(batch, n)`` with NaN where missing to ``(batch, n · (2 + bins))``.

    For each column: the scaled number, whether it is missing, and how far each of its bins is filled (piecewise-linear
    encoding: bins below the number are 1, bins above it are 0, its own is in between), which lets a net bend at the
    column's quantiles.

    Reference: Gorishniy, Rubachev & Babenko 2022, *On embeddings for numerical features in tabular deep learning*.

    Args:
        columns: n, how many numbers a row has.
        bins: bins of each column; 0 leaves the encoding out.
    """

    mean: Tensor
    std: Tensor
    edges: Tensor

    def __init__(self, columns: int, bins: int = 0) -> None:
        super().__init__()
        self.columns, self.bins = columns, bins
        self.width = columns * (2 + bins)
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("std", torch.ones(columns))
        # Until `set_bins`, the bins share the scaled range from -2 to 2 evenly.
        self.register_buffer("edges", torch.linspace(-2, 2, bins + 1).repeat(columns, 1))  # (n, bins + 1)

    def set_scale(self, mean: ArrayLike | Tensor, std: ArrayLike | Tensor) -> None:
        """Learn the scale: mean and deviation of each column over the training split, ``(n,)`` each.

        A column that never varies (deviation 0 or NaN) is only shifted; one without a mean is left where it is.
        """
        mean, std = torch.as_tensor(mean), torch.as_tensor(std)
        self._check(mean, (self.columns,), "mean")
        self._check(std, (self.columns,), "std")
        self.mean.copy_(mean.nan_to_num(0.0))
        self.std.copy_(torch.where(std > 0, std, torch.ones_like(std)))

    def set_bins(self, edges: ArrayLike | Tensor) -> None:
        """Learn the bins: rising edges of each column, ``(n, bins + 1)``, in its own units, e.g. quantiles.

        Equal edges make an empty bin, which is a step. Call it after `set_scale`: edges are kept scaled.
        """
        edges = torch.as_tensor(edges)
        self._check(edges, (self.columns, self.bins + 1), "edges")
        self.edges.copy_((edges - self.mean[:, None]) / self.std[:, None])

    def forward(self, numeric: Tensor) -> Tensor:
        """``(batch, n)`` to ``(batch, n · (2 + bins))``."""
        known = numeric.isfinite()
        scaled = torch.where(known, (numeric - self.mean) / self.std, 0.0)
        parts = [scaled, (~known).to(scaled.dtype)]
        if self.bins:
            low, high = self.edges[:, :-1], self.edges[:, 1:]
            filled = (scaled[:, :, None] - low) / (high - low).clamp(min=1e-6)  # (batch, n, bins)
            filled = filled.clamp(0, 1) * known[:, :, None]
            parts.append(filled.flatten(1))  # (batch, n · bins)
        return torch.cat(parts, dim=1)

    def _check(self, values: Tensor, shape: tuple[int, ...], name: str) -> None:
        if tuple(values.shape) != shape:
            raise ValueError(f"{name} has the shape {tuple(values.shape)} instead of {shape}")


class TableNet(nn.Module):
    """Base of the nets for tables.

    Shapes: in numeric ``(batch, n)``, float with NaN where missing, and categorical ``(batch, c)``, int64 with 0
    where missing or unknown; out ``(batch, outputs)``.

    Args:
        numeric: n, how many numbers a row has.
        cardinalities: for each categorical column how many categories are known, without the 0: its values go from 0
            to this number.
        outputs: classes, or 1 for a number.
    """

    def __init__(self, numeric: int, cardinalities: Sequence[int], outputs: int, *, bins: int = 0) -> None:
        super().__init__()
        if numeric < 0 or outputs < 1 or min(cardinalities, default=0) < 0:
            raise UserError(f"a table's net cannot have {numeric} numbers and {outputs} outputs")
        if numeric + len(cardinalities) == 0:
            raise UserError("there is no column to learn from: keep at least one besides the target")
        if bins < 0:
            raise UserError(f"bins starts at 0, which leaves them out; it is {bins}")
        self.encoding = NumericEncoding(numeric, bins)

    @property
    def mean(self) -> Tensor:
        """Of each number, ``(n,)``."""
        return self.encoding.mean

    @property
    def std(self) -> Tensor:
        """Of each number, ``(n,)``."""
        return self.encoding.std

    def set_scale(self, mean: ArrayLike | Tensor, std: ArrayLike | Tensor) -> None:
        """See `NumericEncoding.set_scale`."""
        self.encoding.set_scale(mean, std)

    def set_bins(self, edges: ArrayLike | Tensor) -> None:
        """See `NumericEncoding.set_bins`."""
        self.encoding.set_bins(edges)


class TabularLogistic(TableNet):
    """A weight for each number, each hole and each category: logistic regression, or linear regression for a number.

    Shapes: numeric ``(batch, n)`` and categorical ``(batch, c)`` to ``(batch, outputs)``. It starts at zero.

    Reference: Cox 1958, *The regression analysis of binary sequences*.

    Raises:
        UserError: no column at all.
    """

    def __init__(
        self, numeric: int, cardinalities: Sequence[int], outputs: int, *, dropout: float = 0.0, bins: int = 0
    ) -> None:
        super().__init__(numeric, cardinalities, outputs, bins=bins)
        self.dropout = Dropout(dropout)
        self.weight = nn.Parameter(torch.zeros(outputs, self.encoding.width))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.categories = nn.ModuleList(nn.Embedding(known + 1, outputs) for known in cardinalities)
        for weights in self.categories.parameters():
            nn.init.zeros_(weights)

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Return the outputs: ``(batch, outputs)``."""
        outputs = F.linear(self.dropout(self.encoding(numeric)), self.weight, self.bias)
        for column, weights in enumerate(self.categories):
            outputs = outputs + weights(categorical[:, column])  # (batch, outputs)
        return outputs


class TabularMLP(TableNet):
    """Dense layers on scaled numbers and embedded categories.

    Shapes: numeric ``(batch, n)`` and categorical ``(batch, c)`` to ``(batch, outputs)``.

    Reference: Guo & Berkhahn 2016, *Entity embeddings of categorical variables*; bins: Gorishniy et al. 2022.

    Args:
        dropout: after each hidden layer.
        hidden: units of each hidden layer.
        bins: bins of the numbers' piecewise-linear encoding; 0 leaves it out.
        widest: numbers to an embedding at most; a column of k categories gets about half of k.

    Raises:
        UserError: no column at all, or a layer without units.
    """

    def __init__(
        self,
        numeric: int,
        cardinalities: Sequence[int],
        outputs: int,
        *,
        dropout: float = 0.1,
        hidden: tuple[int, ...] = (256, 128),
        bins: int = 0,
        widest: int = 50,
    ) -> None:
        super().__init__(numeric, cardinalities, outputs, bins=bins)
        widths = [max(1, min(widest, (known + 1) // 2)) for known in cardinalities]
        self.embeddings = nn.ModuleList(nn.Embedding(known + 1, width) for known, width in zip(cardinalities, widths))
        for embedding in self.embeddings:
            # What training never shows stays where it starts: unknown is the middle of all categories.
            nn.init.zeros_(embedding.weight[0])  # type: ignore[index]
        layers = (self.encoding.width + sum(widths), *hidden)
        self.layers = dense_layers(layers, dropout=dropout)
        self.dropout = Dropout(dropout if hidden else 0.0)
        self.head = nn.Linear(layers[-1], outputs)

    def embed(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """What the net makes of the rows before it decides: ``(batch, f)``."""
        columns = [embedding(categorical[:, column]) for column, embedding in enumerate(self.embeddings)]
        return self.layers(torch.cat([self.encoding(numeric), *columns], dim=1))  # (batch, width) to (batch, f)

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Return the outputs: ``(batch, outputs)``."""
        return self.head(self.dropout(self.embed(numeric, categorical)))
