"""Attention by what is fastest where it is computed: the one place that the pretrained nets ask.

PyTorch's fused attention is made for long sequences. Its gradient on a processor costs, for the thirty pieces of a
sentence, as much as all matrices of the net together; two plain products and a softmax cost a tenth of that.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

SHORT = 128
"""Places up to which the gradient of plain products is faster on a processor than that of the fused kernel."""
_UNSEEN = -1e4
"""A score that leaves nothing after the softmax, in bf16 too."""


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
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)  # (batch, heads, n, m)
    if seen is not None:
        scores = scores.masked_fill(~seen, _UNSEEN)
    weights = torch.softmax(scores, -1, dtype=torch.float32)
    return weights.to(value.dtype) @ value
