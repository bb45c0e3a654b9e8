"""Attention by plain products is PyTorch's own attention, forward and backward, wherever it is used instead."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from fathom.nets import attention
from fathom.nets.attention import attend


def drawn(batch: int, heads: int, n: int, m: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Queries, keys, values of float64 that want a gradient, and a mask in which each place sees one at least."""
    rng = torch.Generator().manual_seed(n * 100 + m)
    q, k, v = (torch.randn(batch, heads, size, 8, generator=rng, dtype=torch.float64) for size in (n, m, m))
    seen = torch.rand(batch, 1, 1, m, generator=rng) > 0.4
    seen[..., 0] = True
    return q.requires_grad_(), k.requires_grad_(), v.requires_grad_(), seen


@pytest.mark.parametrize(("n", "m"), [(1, 1), (7, 7), (5, 128), (128, 3), (9, 129), (130, 130)])
@pytest.mark.parametrize("masked", [True, False])
def test_it_is_pytorchs_attention(n: int, m: int, masked: bool) -> None:
    """The reference is the fused kernel in float64; the softmax is in float32 where products are plain."""
    q, k, v, seen = drawn(3, 2, n, m)
    mask = seen if masked else None
    wanted = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    given = attend(q, k, v, mask)
    torch.testing.assert_close(given, wanted, rtol=1e-5, atol=1e-6)
    weight = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for one, other in zip(
        torch.autograd.grad((given * weight).sum(), (q, k, v)),
        torch.autograd.grad((wanted * weight).sum(), (q, k, v)),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_the_fused_kernel_answers_where_no_gradient_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain products are for training on short texts; an export and a long text go the usual way."""
    asked: list[int] = []
    fused = F.scaled_dot_product_attention

    def counted(*arguments: torch.Tensor, attn_mask: torch.Tensor | None) -> torch.Tensor:
        asked.append(arguments[0].shape[2])
        return fused(*arguments, attn_mask=attn_mask)

    monkeypatch.setattr(attention.F, "scaled_dot_product_attention", counted)
    q, k, v, seen = drawn(2, 2, 6, 6)
    attend(q, k, v, seen)
    assert asked == []
    attend(q.detach(), k.detach(), v.detach(), seen)
    q, k, v, seen = drawn(2, 2, attention.SHORT + 1, 6)
    attend(q, k, v, seen)
    assert asked == [6, attention.SHORT + 1]
