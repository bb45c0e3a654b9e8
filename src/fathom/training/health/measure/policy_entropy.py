"""With which sign the entropy of a policy stands in its loss, read off the gradient of the scores.

A policy gradient is, for each example, an amount times (probabilities - the chosen action). Where the entropy is added
with a factor, the gradient has a further part, factor · p · (log p + entropy), with its sign turned. Of three actions
or more both parts can be told apart in each example, and the factor must come out the same for all.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

MIN_EXAMPLES, MAX_EXAMPLES, MIN_ACTIONS, MAX_ACTIONS = 8, 128, 3, 16
"""Of a batch that is looked at, and between which a policy chooses: each action is tried for each example."""

MAX_REST = 1e-3
"""Of a gradient's size, that the two parts may leave."""

MAX_SPREAD = 0.02
"""Of the factor, by which it may differ between examples."""

MIN_CLEAR = 0.5
"""Share of the examples in which the factor can be told."""


def entropy_factor(scores: Tensor, gradient: Tensor) -> tuple[float, float]:
    """The factor of the entropy in a mean loss, above 0 where it is punished, and the entropy as a share of the most.

    Args:
        scores: of a policy, (batch, actions).
        gradient: of the loss with respect to them, of the same shape.

    Returns:
        NaN for the factor where the gradient is none of a policy with an entropy, or all examples count alike.
    """
    n = len(scores) if scores.ndim == 2 else 0
    if gradient.shape != scores.shape or n < MIN_EXAMPLES or not MIN_ACTIONS <= scores.shape[1] <= MAX_ACTIONS:
        return math.nan, math.nan
    with torch.no_grad():
        g = gradient.detach()[:MAX_EXAMPLES].double() * n
        log = scores.detach()[:MAX_EXAMPLES].double().log_softmax(1)
        p = log.exp()
        entropy = -(p * log).sum(1, keepdim=True)
        share = float(entropy.mean()) / math.log(scores.shape[1])
        slope = -p * (log + entropy)  # (batch, actions): of the entropy
        factors, amounts, rests = [], [], []
        for action in range(scores.shape[1]):
            chosen = p.clone()
            chosen[:, action] -= 1
            ways = torch.stack([chosen, slope], 2)  # (batch, actions, 2)
            gram = ways.transpose(1, 2) @ ways
            ok = torch.linalg.det(gram) > 1e-9 * gram.diagonal(dim1=1, dim2=2).prod(1)
            eye = torch.eye(2, dtype=gram.dtype, device=gram.device)
            safe = torch.where(ok[:, None, None], gram, eye)
            found = torch.linalg.solve(safe, ways.transpose(1, 2) @ g[:, :, None])
            rest = (g[:, :, None] - ways @ found).norm(dim=(1, 2)) / g.norm(dim=1).clamp(min=1e-300)
            rests.append(torch.where(ok, rest, torch.inf))
            factors.append(found[:, 1, 0])
            amounts.append(found[:, 0, 0])
        best = torch.stack(rests, 1).min(1)
        rows = torch.arange(len(g), device=g.device)
        factor, amount = (torch.stack(x, 1)[rows, best.indices] for x in (factors, amounts))
        clear = best.values < MAX_REST
        if float(clear.double().mean()) < MIN_CLEAR:
            return math.nan, share
        middle = float(factor[clear].median())
        spread = float((factor[clear] - middle).abs().quantile(0.8))
        size = float(amount[clear].abs().mean())
        alike = float(amount[clear].std()) < MAX_SPREAD * size or size < MAX_REST * abs(middle)
    return (math.nan if middle == 0 or spread > MAX_SPREAD * abs(middle) or alike else middle), share
