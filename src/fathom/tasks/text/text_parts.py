"""A net, n-grams, or both: the linear part is fitted on train, and dev says what is kept.

What has the least loss on dev is kept, of those that do not surely make more mistakes there than another. Two parts
that err differently are better together than either, and where dev is too small to tell by how much, leaving one of
them out gains nothing (on 150 to 1,000 reviews, six drawings each, both had 0.1 to 1.1 points less error on new ones
than the better part alone).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fathom.nets.text.joined import BesideNeighbours
from fathom.records import Kept
from fathom.task import Batch
from fathom.tasks.text.judged_parts import Linear, Targets, targets_of

STRENGTH = 10.0
"""Inverse strength of the regularization of the linear part, where there is no dev to choose by."""
STRENGTHS = (1.0, 3.0, 10.0, 30.0)
"""Those that dev chooses among, by its loss."""
OFTEN = 1_000
"""Training texts from which on neighbours of a single text are left out, as are those that train does not have."""
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Weights of a part that are tried."""
_AT_ONCE = 256


@torch.no_grad()
def fit_linear_part(
    net: BesideNeighbours, train: Batch, weights: NDArray[np.float32] | None, dev: Batch | None = None
) -> None:
    """Set the linear part to the logistic regression of the labels on the neighbours of train.

    Args:
        net: whose linear part is set.
        train: all encoded training texts.
        weights: how much each counts, ``(n,)``.
        dev: all encoded dev texts, by which the strength of the regularization is chosen.
    """
    from scipy.sparse import csr_matrix, diags

    count, places = len(train["tokens"]), len(net.rarity)
    rows, columns = _neighbours(net, train)
    seen = csr_matrix((np.ones(len(rows)), (rows, columns)), (count, places))
    texts = np.bincount(seen.indices, minlength=places)
    rarity = np.log((1 + count) / (1 + texts)) + 1
    rarity[texts < (2 if count >= OFTEN else 1)] = 0
    length = np.sqrt(np.bincount(rows, rarity[columns] ** 2, count))  # each occurrence counts
    used = np.flatnonzero(rarity)
    values = (diags(1 / np.maximum(length, 1e-6)) @ seen @ diags(rarity))[:, used]
    net.rarity.copy_(torch.from_numpy(rarity))
    net.parts.copy_(torch.tensor([1.0, 0.0]))
    judged = dev is not None and bool(targets_of(dev).known().any())
    labels, best, found = targets_of(train), np.inf, None
    for strength in STRENGTHS if judged else (STRENGTH,):
        model = labels.fit(values, strength, weights)
        _set_linear(net, model, used)
        loss = _loss_of_linear(net, dev) if judged and dev is not None else 0.0
        if found is None or loss < best:
            best, found = loss, model
    assert found is not None
    _set_linear(net, found, used)


def _set_linear(net: BesideNeighbours, model: Linear, used: NDArray[np.int64]) -> None:
    """Write what was fitted on the places that are used into the net; all others say nothing."""
    weight, bias, which = model
    linear, shift = torch.zeros(net.linear.shape), torch.full(net.linear_bias.shape, -20.0)
    linear[torch.from_numpy(used)[:, None], torch.from_numpy(which)] = torch.tensor(weight.T, dtype=torch.float32)
    shift[which] = torch.tensor(bias, dtype=torch.float32)
    net.linear.copy_(linear)
    net.linear_bias.copy_(shift)


def _loss_of_linear(net: BesideNeighbours, dev: Batch) -> float:
    """The loss of the linear part on dev, at the scale that suits it best."""
    device, logits, order = net.parts.device, [], []
    for tokens, lengths, rows in _in_pieces(dev):
        logits.append(net.linear_logits(tokens.to(device), lengths.to(device)).float().cpu())
        order.append(rows)
    said, labels = torch.cat(logits), targets_of(dev)[torch.cat(order)]
    known = labels.known()
    return min(float(labels[known].losses(scale * said[known]).mean()) for scale in SCALES)


@torch.no_grad()
def choose(net: BesideNeighbours, dev: Batch | None, precision: str) -> Kept | None:
    """Weigh the parts by what they make of dev.

    Args:
        net: with its best weights; its weights of the parts are set.
        dev: all encoded dev texts; None leaves the encoder alone.
        precision: fp32 or bf16, of the encoder.

    Returns:
        what was kept, and why; None where there was nothing to judge by.
    """
    net.parts.copy_(torch.tensor([1.0, 0.0]))
    if dev is None or not bool(targets_of(dev).known().any()):
        return None
    encoder, linear, order = [], [], []
    device = net.parts.device
    for tokens, lengths, rows in _in_pieces(dev):
        tokens, lengths = tokens.to(device), lengths.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            encoder.append(net(tokens, lengths).float().cpu())
        linear.append(net.linear_logits(tokens, lengths).float().cpu())
        order.append(rows)
    labels = targets_of(dev)[torch.cat(order)]
    known = labels.known()
    weights, kept = weigh_parts(torch.cat(encoder)[known], torch.cat(linear)[known], labels[known], net.trained_part)
    net.parts.copy_(torch.tensor(weights))
    return kept


def weigh_parts(
    encoder: Tensor, linear: Tensor, labels: Targets, trained: str = "encoder"
) -> tuple[tuple[float, float], Kept]:
    """The weights of both parts, and what is kept.

    Each way is scaled to its least loss. One that makes more mistakes than another by over a standard error of the
    difference, paired text by text, is not kept, however low its loss.

    Args:
        encoder, linear: logits, ``(examples, classes)``.
        labels: what is true.
        trained: what the other part than the n-grams is called.
    """
    ways = {
        trained: [(a, 0.0) for a in SCALES],
        "n-grams": [(0.0, b) for b in SCALES],
        "both": [(a, b) for a in SCALES for b in SCALES],
    }
    best, losses, wrong, errors = {}, {}, {}, {}
    for name, tried in ways.items():
        found = [labels.losses(a * encoder + b * linear) for a, b in tried]
        at = int(np.argmin([float(each.mean()) for each in found]))
        a, b = best[name] = tried[at]
        losses[name] = found[at].double().numpy()
        wrong[name] = labels.wrong(a * encoder + b * linear)
        errors[name] = labels.figure(a * encoder + b * linear)
    fewest = min(wrong, key=lambda name: float(wrong[name].mean()))
    more = {name: each - wrong[fewest] for name, each in wrong.items()}
    open_to = [name for name, each in more.items() if each.mean() <= each.std() / len(each) ** 0.5]
    by_loss = sorted(losses, key=lambda name: float(losses[name].mean()))  # parts alone where all are alike
    kept = next(name for name in by_loss if name in open_to)
    rival = next(name for name in by_loss if name != kept)
    gap = losses[kept] - losses[rival]
    spread, means = 1.96 * float(gap.std()) / len(gap) ** 0.5, {n: float(x.mean()) for n, x in losses.items()}
    return best[kept], Kept(kept, errors, means, rival, float(gap.mean()) - spread, float(gap.mean()) + spread)


def _in_pieces(batch: Batch) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Tokens, lengths and rows, some texts of about one length at a time."""
    for rows in torch.argsort(batch["tokens_length"], stable=True).split(_AT_ONCE):
        lengths = batch["tokens_length"][rows]
        yield batch["tokens"][rows, : int(lengths.max())], lengths, rows


def _neighbours(net: BesideNeighbours, train: Batch) -> Sequence[NDArray[np.int64]]:
    """Row and place of each piece, pair and triple of these texts: both ``(n,)``."""
    rows, columns = [], []
    for tokens, lengths, which in _in_pieces(train):
        places, there = net.neighbours(tokens.to(net.parts.device), lengths.to(net.parts.device))
        row, column = there.nonzero(as_tuple=True)
        rows.append(which[row.cpu()].numpy())
        columns.append(places[row, column].cpu().numpy())
    return np.concatenate(rows), np.concatenate(columns)
