"""A linear-chain conditional random field: tags of a sequence that are judged together, not one by one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fathom.nets.text.classifier import padding_mask

NEVER = -1e4
"""Score of what must not be: finite, so that its gradient is none and no difference of infinities arises."""


class CRF(nn.Module):
    """Scores of neighbouring tags; the loss by the forward algorithm, the best tags by Viterbi's.

    The score of a sequence is the sum of its emissions, of its transitions, and of its first and last tag. All
    sequences of a batch go forward together; places beyond a length change nothing.

    Reference: Lafferty, McCallum & Pereira 2001; on top of an LSTM: Lample et al. 2016, *Neural architectures for named
    entity recognition*.

    Args:
        allowed: ``(tags + 1, tags + 1)`` bool: whether a tag (row) may be followed by one (column). The last row says
            which may begin, the last column which may end a sequence. Forbidden ones are impossible in decoding only:
            the loss sees each tag sequence of the data, valid or not.
    """

    allowed: Tensor

    def __init__(self, allowed: Tensor) -> None:
        super().__init__()
        self.tags = len(allowed) - 1
        self.scores = nn.Parameter(torch.zeros(len(allowed), len(allowed)))
        self.register_buffer("allowed", allowed.bool(), persistent=False)

    def loss(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Negative log-likelihood of each sequence, in nats: ``(batch,)``.

        Args:
            emissions: ``(batch, length, tags)``.
            tags: ``(batch, length)`` int64; those in padding may be any valid ones.
            lengths: ``(batch,)``, at least 1.
        """
        return self._all(emissions, lengths) - self._one(emissions, tags, lengths)

    def _all(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Logarithm of the sum over all tag sequences: ``(batch,)``."""
        n, there = self.tags, padding_mask(emissions[..., 0], lengths)
        seen = self.scores[n, :n] + emissions[:, 0]  # (batch, tags)
        for t in range(1, emissions.shape[1]):
            longer = torch.logsumexp(seen[:, :, None] + self.scores[:n, :n], 1) + emissions[:, t]
            seen = torch.where(there[:, t, None], longer, seen)
        return torch.logsumexp(seen + self.scores[:n, n], 1)

    def _one(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Score of these tags: ``(batch,)``."""
        n, there = self.tags, padding_mask(tags, lengths)
        own = emissions.gather(2, tags[:, :, None])[:, :, 0]  # (batch, length)
        steps = self.scores[tags[:, :-1], tags[:, 1:]]  # (batch, length - 1)
        zero = own.new_zeros(())
        inner = own.where(there, zero).sum(1) + steps.where(there[:, 1:], zero).sum(1)
        last = tags.gather(1, lengths.to(tags.device).long()[:, None] - 1)[:, 0]
        return inner + self.scores[n, tags[:, 0]] + self.scores[last, n]

    @property
    def transitions(self) -> Tensor:
        """The scores by which tags are found: those that are forbidden never are, ``(tags + 1, tags + 1)``."""
        return self.scores.masked_fill(~self.allowed, NEVER)

    @torch.no_grad()
    def best(self, emissions: Tensor, lengths: Tensor) -> list[list[int]]:
        """The likeliest allowed tags of each sequence, each as long as its sequence."""
        n, there = self.tags, padding_mask(emissions[..., 0], lengths)
        scores = self.transitions
        seen = scores[n, :n] + emissions[:, 0]
        stay = torch.arange(n, device=emissions.device).expand_as(seen)
        came = []
        for t in range(1, emissions.shape[1]):
            value, before = (seen[:, :, None] + scores[:n, :n]).max(1)  # (batch, tags), (batch, tags)
            seen = torch.where(there[:, t, None], value + emissions[:, t], seen)
            came.append(torch.where(there[:, t, None], before, stay))
        at = (seen + scores[:n, n]).argmax(1)  # (batch,)
        path = [at]
        for before in reversed(came):
            at = before.gather(1, at[:, None])[:, 0]
            path.append(at)
        rows = torch.stack(path[::-1], 1).tolist()
        return [row[:k] for row, k in zip(rows, lengths.tolist(), strict=True)]
