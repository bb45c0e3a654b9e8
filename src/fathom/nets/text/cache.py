"""What followed in the text just read, wherever the same characters stood before.

Names, refrains and turns of phrase come again soon, also those that the training text never had. For each place the
cache looks for the last few tokens among those read before it; what came after them there is likely to come again, the
more so the longer the two places agree. Nothing in it is learned.

References: Kuhn & De Mori 1990, *A cache-based natural language model for speech recognition*; Grave, Joulin & Usunier
2017, *Improving neural language models with a continuous cache*; on matches of any length: Cleary & Teahan 1997,
*Unbounded length contexts for PPM*.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_PAIRS_AT_ONCE = 4_000_000
"""Pairs of places that are compared in one go."""


class Cache(nn.Module):
    """Matches with the text just read.

    Args:
        vocabulary: how many tokens there are.
        window: how many places are looked back to.
        shortest, longest: tokens that must agree for a match, and beyond which no more are counted.

    Attributes:
        complete: it says something of every place; here only where there is a match.
        fitted: it has something to say.
        reach: how many tokens before a text it needs.
        levels: kinds of places: without a match, and with one of each length.
    """

    complete, fitted = False, True

    def __init__(self, vocabulary: int, window: int = 1500, shortest: int = 3, longest: int = 10) -> None:
        super().__init__()
        self.vocabulary, self.window, self.shortest, self.longest = vocabulary, window, shortest, longest
        self.reach = window + longest
        self.levels = longest - shortest + 2

    def begin(self, tokens: Tensor) -> Tensor:
        """Nothing was read before ``(batch, T)`` tokens: ``(batch, reach)``."""
        return tokens.new_full((len(tokens), self.reach), -1, dtype=torch.int64)

    def forward(self, tokens: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """What may come next, and how sure the longest match is.

        Args:
            tokens: ``(batch, T)``.
            before: what was read before, ``(batch, reach)``; -1 is nothing.

        Returns:
            probabilities ``(batch, T, vocabulary)``, all 0 without a match, and levels ``(batch, T)``, then 0.
        """
        seen = torch.cat([before, tokens.long()], 1) + 1  # 0 is nothing
        if torch.compiler.is_exporting():  # into how many parts would hang on the length
            return self._followed(seen, tokens.shape[1])
        rows = max(1, _PAIRS_AT_ONCE // (tokens.shape[1] * seen.shape[1]))
        parts = [self._followed(some, tokens.shape[1]) for some in seen.split(rows)]
        return torch.cat([said for said, _ in parts]), torch.cat([level for _, level in parts])

    def _followed(self, seen: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """The same of a few texts, with the tokens before them, ``(rows, reach + T)``."""
        row, place, other = self._alike(seen, length)
        here = self.reach + place
        agree, alive = torch.full_like(row, self.shortest), torch.ones_like(row, dtype=torch.bool)
        for back in range(self.shortest, self.longest):
            token = seen[row, other - back]
            alive = alive & (seen[row, here - back] == token) & (token > 0)
            agree = agree + alive
        at = row * length + place
        said = torch.zeros(len(seen) * length * self.vocabulary, device=seen.device)
        said.index_add_(0, at * self.vocabulary + seen[row, other + 1] - 1, torch.exp(agree.float()))
        said = said.view(len(seen), length, self.vocabulary)
        level = torch.zeros(len(seen) * length, dtype=torch.int64, device=seen.device)
        level.scatter_reduce_(0, at, agree - self.shortest + 1, "amax")
        return said / said.sum(2, keepdim=True).clamp(min=1e-30), level.view(len(seen), length)

    def _alike(self, seen: Tensor, length: int) -> tuple[Tensor, ...]:
        """Row, place from 0 and earlier position of each pair of places whose last `shortest` tokens agree."""
        code = seen
        for back in range(1, self.shortest):
            earlier = torch.nn.functional.pad(seen[:, :-back], (back, 0))
            code = code * (self.vocabulary + 1) + earlier
        positions = torch.arange(seen.shape[1] - 1, device=seen.device)
        here = self.reach + torch.arange(length, device=seen.device)[:, None]
        near = (positions < here) & (positions >= here - self.window)  # (T, reach + T - 1)
        return torch.nonzero((code[:, self.reach :, None] == code[:, None, :-1]) & near, as_tuple=True)
