"""Interpolated n-grams as a module: they are counted elsewhere, and asked here for all tokens that may come next.

Each longer context is mixed with the next shorter one by the rule of Witten & Bell (1991, *The zero-frequency
problem*): a context that was seen n times, with t different tokens after it, trusts itself by n / (n + t). The shortest
is mixed with equal chances, so that nothing is impossible.

A run of tokens is known by one number: its digits in base `vocabulary`, the last token first, after all numbers of
shorter runs. How many runs there are is known only once they are counted; until then there are none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

Table = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Of one length: runs and their counts, ``(n,)``; contexts, what followed them, and how many kinds, ``(m,)``."""


class NGrams(nn.Module):
    """What followed the last few tokens in the training text.

    Args:
        vocabulary: how many tokens there are.
        order: tokens of the longest run, with the one that is predicted; fewer where there are too many tokens.

    Attributes:
        complete: it says something of every place.
        reach: how many tokens before a text it needs.
        levels: kinds of places, which may be trusted differently.
        grams, counts: runs in rising order, and how often each was seen, ``(n,)``.
        contexts, totals, kinds: runs that something followed, how often, and how many different ones, ``(m,)``.
    """

    complete, levels = True, 1
    grams: Tensor
    counts: Tensor
    contexts: Tensor
    totals: Tensor
    kinds: Tensor

    def __init__(self, vocabulary: int, order: int) -> None:
        super().__init__()
        self.vocabulary, self.order = vocabulary, longest_order(vocabulary, order)
        self.reach = self.order - 1
        for name in _NAMES:
            self.register_buffer(name, torch.zeros(0, dtype=torch.int64))

    @property
    def fitted(self) -> bool:
        """Whether anything was counted."""
        return len(self.grams) > 0

    def take(self, tables: Sequence[Table]) -> None:
        """Take up what was counted, the runs of one token first, each numbered from 0 within its length."""
        before = [self._before(length) for length in range(len(tables) + 1)]
        device = self.grams.device
        parts = [
            (grams + before[k + 1], counts, contexts + before[k], totals, kinds)
            for k, (grams, counts, contexts, totals, kinds) in enumerate(tables)
        ]
        for name, each in zip(_NAMES, zip(*parts, strict=True), strict=True):
            setattr(self, name, torch.cat(each).to(device))

    def clear(self) -> None:
        """Know nothing."""
        for name in _NAMES:
            setattr(self, name, getattr(self, name)[:0].clone())

    def take_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Make room for the runs of a file."""
        for name in _NAMES:
            if name in shapes:
                setattr(self, name, torch.zeros(shapes[name], dtype=torch.int64, device=self.grams.device))

    def _before(self, length: int) -> int:
        """How many runs are shorter."""
        return sum(self.vocabulary**k for k in range(length))

    def begin(self, tokens: Tensor) -> Tensor:
        """What is taken to stand before ``(batch, T)`` tokens: the first of them, ``(batch, reach)``."""
        return tokens[:, :1].long().expand(-1, self.reach)

    def forward(self, tokens: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """What may come next, and how sure it is.

        Args:
            tokens: ``(batch, T)``.
            before: what was read before, ``(batch, reach)``.

        Returns:
            probabilities ``(batch, T, vocabulary)``, and levels ``(batch, T)``, all 0.
        """
        batch, length = tokens.shape
        seen = torch.cat([before, tokens.long()], 1)  # (batch, reach + T)
        said = torch.full((batch, length, self.vocabulary), 1 / self.vocabulary, device=tokens.device)
        every = torch.arange(self.vocabulary, device=tokens.device)
        context, scale = torch.zeros_like(tokens, dtype=torch.int64), 1
        for k in range(self.order):  # tokens of the context
            if k:
                context = context + scale * seen[:, seen.shape[1] - length - k + 1 : seen.shape[1] - k + 1]
                scale *= self.vocabulary
            key = self._before(k) + context
            total, kinds = (_find(self.contexts, of, key)[..., None] for of in (self.totals, self.kinds))
            follows = self._before(k + 1) + context[..., None] * self.vocabulary + every  # (batch, T, vocabulary)
            count = _find(self.grams, self.counts, follows)
            said = torch.where(total > 0, (count + kinds * said) / (total + kinds).clamp(min=1), said)
        return said, torch.zeros_like(tokens, dtype=torch.int64)

    def _load_from_state_dict(self, state_dict: Mapping[str, Tensor], prefix: str, *rest: object) -> None:
        """Refuse counts that are of no runs: a file may be damaged."""
        found = {name: state_dict[prefix + name] for name in _NAMES if prefix + name in state_dict}
        if len(found) == len(_NAMES):
            runs, contexts = len(found["grams"]), len(found["contexts"])
            whole = len(found["counts"]) == runs and len(found["totals"]) == len(found["kinds"]) == contexts
            if not whole or any(bool((found[n] < 1).any()) for n in ("counts", "totals", "kinds")):
                raise ValueError("the n-grams are of no one kind")
            self.take_shapes({name: tuple(tensor.shape) for name, tensor in found.items()})
        super()._load_from_state_dict(state_dict, prefix, *rest)


def longest_order(vocabulary: int, order: int) -> int:
    """The order that was asked for, or the longest of which every run has a number of 64 bits."""
    return max(1, min(order, int(62 / max(1.0, math.log2(vocabulary)))))


def _find(keys: Tensor, values: Tensor, wanted: Tensor) -> Tensor:
    """The value of each key that is wanted; 0 where there is none."""
    search = bisected if torch.compiler.is_exporting() else torch.searchsorted  # which ONNX has no word for
    place = search(keys, wanted).clamp(max=len(keys) - 1)
    return torch.where(keys[place] == wanted, values[place], 0)


def bisected(keys: Tensor, wanted: Tensor) -> Tensor:
    """How many keys are less than each that is wanted, as `torch.searchsorted` tells, in steps that are halved.

    Args:
        keys: in rising order, ``(n,)``.
        wanted: of any shape.
    """
    count = len(keys)
    found = torch.zeros_like(wanted)
    for power in reversed(range(count.bit_length())):
        further = found + 2**power
        less = (further <= count) & (keys[(further - 1).clamp(max=count - 1)] < wanted)
        found = torch.where(less, further, found)
    return found


_NAMES = ("grams", "counts", "contexts", "totals", "kinds")
"""The buffers."""
