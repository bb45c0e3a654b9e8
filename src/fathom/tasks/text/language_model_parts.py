"""Net, n-grams, or both: the n-grams are counted on train, and dev says what they weigh.

Both are kept unless one alone is better on dev by more than a standard error of the difference, paired text by text.
On the names that this was found on (dinosaurs and surnames, 68 to 1,305 of them), the mixture was better than either
part in each of fourteen trials, whichever the settings of the net.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fathom.nets.text.mixed_lm import MixedLM
from fathom.records import Kept
from fathom.task import Batch, Task
from fathom.tasks.text.language_model_baselines import WittenBell
from fathom.training.batching import deal_to_rows, first_rows_of_state

SHARES = tuple(i / 20 for i in range(1, 20))
"""Weights of the n-grams that are tried."""
_ROWS = 64
Losses = NDArray[np.float64]


def count_ngrams(net: MixedLM, train: Batch, running: bool) -> None:
    """Count the n-grams of the training texts, and give them to the net.

    Args:
        net: that has a place for them.
        train: all encoded texts.
        running: they are consecutive pieces, so that contexts reach over their edges.
    """
    lengths = train["tokens_length"].tolist()
    texts = [row[:n].numpy().astype(np.int64) for row, n in zip(train["tokens"], lengths, strict=True)]
    if running:
        texts = [np.concatenate([texts[0][:1], *(text[1:] for text in texts)])]
    counted = WittenBell(texts, net.ngrams.vocabulary, net.order).tables
    net.ngrams.take([tuple(torch.from_numpy(part.astype(np.int64)) for part in table) for table in counted])  # type: ignore[misc]


@torch.no_grad()
def choose(net: MixedLM, task: Task, dev: Batch | None) -> Kept | None:
    """Weigh the n-grams by what both parts make of dev.

    Args:
        net: with its best weights; its share is set.
        task: that prepares the texts.
        dev: all encoded dev texts; None leaves the net alone.

    Returns:
        what was kept, and why; None where there was nothing to judge by.
    """
    net.share.fill_(0.0)
    if dev is None or not len(dev["tokens"]):
        net.ngrams.clear()
        return None
    nats = {share: np.zeros(0) for share in (0.0, *SHARES, 1.0)}
    characters = np.zeros(0)
    for one, ngrams, batch in _said(net, task, dev):
        real = batch["target"] >= 0
        wanted = batch["target"].clamp(min=0)[..., None]
        p, q = (part.gather(2, wanted)[..., 0].double() for part in (one.softmax(2), ngrams))  # (batch, T)
        characters = np.append(characters, batch["characters"].double().numpy())
        for share in nats:
            each = -((1 - share) * p + share * q).clamp(min=1e-30).log().where(real, 0.0).sum(1)
            nats[share] = np.append(nats[share], each.numpy())
    share, kept = weigh(nats, characters)
    net.share.fill_(share)
    if not share:
        net.ngrams.clear()
    return kept


def weigh(nats: dict[float, Losses], characters: Losses) -> tuple[float, Kept]:
    """The share of the n-grams, and what is kept.

    Args:
        nats: of each dev text, ``(n,)``, for each share; that of 0 is the net alone, that of 1 the n-grams.
        characters: of each dev text, ``(n,)``.
    """
    best = min(SHARES, key=lambda share: float(nats[share].sum()))
    shares = {"n-grams": 1.0, "net": 0.0, "both": best}
    losses = {name: nats[share] / characters.mean() for name, share in shares.items()}
    means = {name: float(each.mean()) for name, each in losses.items()}
    alone = "n-grams" if means["n-grams"] <= means["net"] else "net"
    gap = losses[alone] - losses["both"]
    surely = gap.mean() < -gap.std() / max(len(gap), 1) ** 0.5
    part = alone if surely else "both"
    rival = min((name for name in shares if name != part), key=means.__getitem__)
    gap = losses[part] - losses[rival]
    spread, middle = 1.96 * float(gap.std()) / max(len(gap), 1) ** 0.5, float(gap.mean())
    figures = {name: mean / float(np.log(2)) for name, mean in means.items()}
    return shares[part], Kept(part, figures, means, rival, middle - spread, middle + spread)


def _said(net: MixedLM, task: Task, dev: Batch) -> Iterator[tuple[Tensor, Tensor, Batch]]:
    """Logits and probabilities of both parts, and what was meant, a batch of dev at a time, on the host."""
    everything = np.arange(len(dev["tokens"]))
    if task.stateful:
        batches = deal_to_rows(everything, min(_ROWS, len(everything)))
    else:
        batches = np.array_split(everything, -(-len(everything) // _ROWS))
    state = None
    for places in batches:
        batch = task.prepare({name: part[places] for name, part in dev.items()}, None)
        held = first_rows_of_state(state, len(places)) if task.stateful else None
        logits, ngrams, state = net.apart(batch["tokens"].to(net.share.device), held)
        assert ngrams is not None, "they were counted before training"
        yield logits.float().cpu(), ngrams.float().cpu(), batch
