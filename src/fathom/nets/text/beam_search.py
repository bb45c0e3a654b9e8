"""Beam search: the likeliest sequence, by keeping the few likeliest beginnings.

All sequences of a batch are searched side by side, and those that have ended leave the batch now and then. With a beam
of 1 it is greedy: at each place the likeliest symbol.

Reference: Graves 2012, *Sequence transduction with recurrent neural networks*; the length normalization: Wu et al.
2016, in its simple form log p / length^α.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fathom.nets.text.encoder_decoder import EncoderDecoder, Memory
from fathom.sequence_symbols import BEGIN, END, LENGTH_PENALTY, PADDING

_SHARE_TO_LEAVE = 0.75
"""Those that have ended leave the batch once so few are left: to copy what is remembered of the others takes time."""


@torch.inference_mode()
def beam_search(net: EncoderDecoder, memory: Memory, *, beam: int, longest: Tensor) -> list[list[int]]:
    """What the net writes for each example of the batch, without begin and end.

    Args:
        net: writes.
        memory: what it read, the batch as first axis.
        beam: beginnings that are kept.
        longest: symbols of each at most, ``(batch,)``.
    """
    rows = len(memory[0])
    device = memory[0].device
    memory = tuple(_each(part, beam) for part in memory)
    state = net.begin(memory)
    said = torch.full((rows, beam, 1), BEGIN, device=device)
    scores = torch.full((rows, beam), -torch.inf, device=device)
    scores[:, 0] = 0.0  # all beginnings are still the same
    found: list[list[int]] = [[] for _ in range(rows)]
    alive = torch.arange(rows, device=device)
    pending = torch.ones(rows, dtype=torch.bool, device=device)  # of those alive, whose end is not yet found
    longest = longest.to(device)
    for place in range(int(longest.max())):
        logits, state, _ = net.go_on(said[:, :, -1].reshape(-1, 1), memory, state)
        logs, symbols = top_tokens(logits[:, 0].float(), beam)  # (rows · beam, beam)
        ended = (said[:, :, -1] == END).view(-1, 1)
        first = torch.arange(logs.shape[1], device=device) == 0
        logs = logs.where(~ended, torch.where(first, 0.0, -torch.inf))  # what has ended stays as it is
        symbols = symbols.where(~ended, END)
        scores, chosen = (scores.view(-1, 1) + logs).view(len(alive), -1).topk(beam, 1)  # (rows, beam)
        parent, symbol = chosen // logs.shape[1], symbols.view(len(alive), -1).gather(1, chosen)
        said = torch.cat([said.gather(1, parent[:, :, None].expand_as(said)), symbol[:, :, None]], 2)
        origin = (torch.arange(len(alive), device=device)[:, None] * beam + parent).flatten()  # (rows · beam,)
        done = pending & ((symbol == END).all(1) | (longest[alive] <= place + 1))
        if done.any():
            for row, best in zip(alive[done].tolist(), _best(said[done], scores[done]), strict=True):
                found[row] = best
            pending = pending & ~done
            if not pending.any():
                break
            if pending.sum() <= _SHARE_TO_LEAVE * len(pending):
                both = pending.repeat_interleave(beam)
                alive, said, scores, origin = alive[pending], said[pending], scores[pending], origin[both]
                memory = tuple(part[both] for part in memory)
                pending = pending[pending]
        if len(origin) < len(state[0]) or beam > 1:
            state = tuple(part[origin] for part in state)
    return found


def top_tokens(logits: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """The likeliest symbols and the logarithms of their probabilities: ``(n, symbols)`` to twice ``(n, most)``."""
    total = logits.logsumexp(1, keepdim=True)  # before what may never be said is left out, as in training
    logits[:, [PADDING, BEGIN]] = -torch.inf
    best, symbols = logits.topk(min(most, logits.shape[1]), 1)
    return best - total, symbols


def _each(part: Tensor, beam: int) -> Tensor:
    return part.repeat_interleave(beam, 0)


def _best(said: Tensor, scores: Tensor) -> list[list[int]]:
    """The best of each beam by its normalized score: ``(rows, beam, T)`` and ``(rows, beam)``."""
    lengths = ((said != END).sum(2) - 1 + 1).clamp(min=1)  # without begin, with one end
    best = (scores / lengths**LENGTH_PENALTY).argmax(1)
    chosen = said[torch.arange(len(said), device=said.device), best, 1:].tolist()
    return [[s for s in row if s != END] for row in chosen]
