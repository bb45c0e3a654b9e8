"""A net, what stands beside it, or both: n-grams are counted on train, and dev says what the other part weighs.

Both are kept unless one alone is better on dev by more than a standard error of the difference, paired text by text.
On the names that this was found on (dinosaurs and surnames, 68 to 1,305 of them), net and n-grams together were better
than either in each of fourteen trials, whichever the settings of the net. On dev of a play (the last tenth of 1.1 MB of
Shakespeare) the cache took a net from 2.35 to 2.08 bits of a character.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from fathom.nets.text.mixed_lm import BesideLSTM
from fathom.nets.text.ngrams import NGrams
from fathom.records import Kept
from fathom.task import Batch, Task
from fathom.tasks.text.language_model_baselines import WittenBell
from fathom.training.batching import deal_to_rows, first_rows_of_state

SHARES = tuple(i / 20 for i in range(20))
"""Weights of the other part that are tried."""
_FEWEST = 30
"""Tokens from which a level has a share of its own."""
_ROWS, _PIECES_OF_ROW = 64, 100
Floats = NDArray[np.float64]


class Said(NamedTuple):
    """What both parts make of dev.

    Attributes:
        net, beside: the probability of what came, ``(tokens,)`` each.
        level: of the other part, ``(tokens,)``.
        text: the number of the text, ``(tokens,)``.
        characters: of each text, ``(n,)``.
    """

    net: Floats
    beside: Floats
    level: NDArray[np.int64]
    text: NDArray[np.int64]
    characters: Floats


def count_ngrams(net: BesideLSTM, train: Batch, running: bool) -> None:
    """Count the n-grams of the training texts, where the net has a place for them.

    Args:
        net: is given them.
        train: all encoded texts.
        running: they are consecutive pieces, so that contexts reach over their edges.
    """
    if not isinstance(net.beside, NGrams):
        return
    lengths = train["tokens_length"].tolist()
    texts = [row[:n].numpy().astype(np.int64) for row, n in zip(train["tokens"], lengths, strict=True)]
    if running:
        texts = [np.concatenate([texts[0][:1], *(text[1:] for text in texts)])]
    counted = WittenBell(texts, net.beside.vocabulary, net.beside.order).tables
    net.beside.take([tuple(torch.from_numpy(part.astype(np.int64)) for part in table) for table in counted])  # type: ignore[misc]


@torch.no_grad()
def choose(net: BesideLSTM, task: Task, dev: Batch | None) -> Kept | None:
    """Weigh the other part by what both make of dev.

    Args:
        net: with its best weights; its shares are set.
        task: that prepares the texts.
        dev: all encoded dev texts; None leaves the net alone.

    Returns:
        what was kept, and why; None where there was nothing to judge by.
    """
    net.shares.zero_()
    if dev is None or not len(dev["tokens"]):
        return None
    said = what_both_say(net, task, dev)
    shares, kept = weigh(said, len(net.shares), "n-grams" if net.beside.complete else None)
    net.shares.copy_(torch.from_numpy(shares))
    if isinstance(net.beside, NGrams) and not shares.any():
        net.beside.clear()
    return kept


def weigh(said: Said, levels: int, alone: str | None) -> tuple[Floats, Kept]:
    """The shares of the other part, and what is kept.

    Args:
        said: what both say.
        levels: of the other part.
        alone: what it is called where it may be kept alone; None where it does not speak of every place.
    """
    best = np.zeros(levels)
    for level in range(levels):
        at = said.level == level
        best[level] = best[max(level - 1, 0)]
        if at.sum() >= _FEWEST or levels == 1:
            p, q = said.net[at], said.beside[at]
            best[level] = min(SHARES, key=lambda s: -np.log(np.maximum((1 - s) * p + s * q, 1e-30)).sum())
    ways = {**({alone: np.ones(levels)} if alone else {}), "net": np.zeros(levels), "both": best}
    losses = {name: _nats(said, shares) / said.characters.mean() for name, shares in ways.items()}
    return _judged(ways, losses)


def _judged(ways: Mapping[str, Floats], losses: Mapping[str, Floats]) -> tuple[Floats, Kept]:
    """The shares of what is kept, and why; the losses are of each text, so that their means are of a character."""
    means = {name: float(each.mean()) for name, each in losses.items()}
    single = min((name for name in ways if name != "both"), key=means.__getitem__)
    gap = losses[single] - losses["both"]
    surely = gap.mean() < -gap.std() / len(gap) ** 0.5
    part = single if surely else "both"
    rival = min((name for name in ways if name != part), key=means.__getitem__)
    gap = losses[part] - losses[rival]
    spread, middle = 1.96 * float(gap.std()) / len(gap) ** 0.5, float(gap.mean())
    figures = {name: mean / float(np.log(2)) for name, mean in means.items()}
    return ways[part], Kept(part, figures, means, rival, middle - spread, middle + spread)


def _nats(said: Said, shares: Floats) -> Floats:
    """Of each text, ``(n,)``."""
    share = shares[said.level]
    each = -np.log(np.maximum((1 - share) * said.net + share * said.beside, 1e-30))
    return np.bincount(said.text, each, len(said.characters)).astype(np.float64)


def what_both_say(net: BesideLSTM, task: Task, dev: Batch) -> Said:
    """What both parts make of the encoded dev texts, a few rows at a time."""
    every = np.arange(len(dev["tokens"]))
    rows = -(-len(every) // _PIECES_OF_ROW)
    batches = deal_to_rows(every, min(_ROWS, rows)) if task.stateful else np.array_split(every, -(-len(every) // _ROWS))
    state, found = None, []
    for places in batches:
        batch = task.prepare({name: part[places] for name, part in dev.items()}, None)
        held = first_rows_of_state(state, len(places)) if task.stateful else None
        logits, said, state = net.apart(batch["tokens"].to(net.shares.device), held)
        assert said is not None, "it was fitted before training"
        target = batch["target"].to(logits.device)  # (batch, T)
        real, wanted = target >= 0, target.clamp(min=0)[..., None]
        p, q = (part.gather(2, wanted)[..., 0][real] for part in (logits.float().softmax(2), said[0]))
        number = torch.from_numpy(places).to(real.device)[:, None].expand_as(target)[real]
        found.append([part.cpu().numpy() for part in (p.double(), q.double(), said[1][real], number)])
    whole = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return Said(whole[0], whole[1], whole[2], whole[3], dev["characters"].double().numpy())
