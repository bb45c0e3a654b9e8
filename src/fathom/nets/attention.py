"""Attention by what is fastest where it is computed, for all nets of ours that ask by queries, keys and values.

PyTorch's fused attention is made for long sequences. Its gradient on a processor costs, for the thirty pieces of a
sentence, as much as all matrices of the net together; two plain products and a softmax cost a tenth of that.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

SHORT = 128
"""Places up to which the gradient of plain products is faster on a processor than that of the fused kernel."""


def attend(query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None = None) -> Tensor:
    """What each place makes of the places that it sees.

    Reference: Vaswani et al. 2017, *Attention is all you need*.

    Args:
        query: ``(batch, heads, n, width / heads)``.
        key: ``(batch, heads, m, width / heads)``.
        value: likewise.
        seen: which of the m places each of the n sees, bool, of a shape that ``(batch, heads, n, m)`` comes from by
            repeating; None: all. Each place sees one at least.

    Returns:
        ``(batch, heads, n, width / heads)``.
    """
    if not (query.device.type == "cpu" and query.requires_grad and max(query.shape[2], key.shape[2]) <= SHORT):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=seen)
    return attend_weighed(query, key, value, seen)[0]


def attend_weighed(query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The same by plain products, with the weights that each place gives to the others.

    Args:
        query, key, value, seen: as `attend` takes them.

    Returns:
        ``(batch, heads, n, width / heads)``, and the weights ``(batch, heads, n, m)`` in float32.
    """
    scores = (query @ key.transpose(2, 3) / math.sqrt(query.shape[3])).float()
    if seen is not None:
        scores = scores.masked_fill(~seen, -torch.inf)
    weights = scores.softmax(3)
    return weights.to(value.dtype) @ value, weights
