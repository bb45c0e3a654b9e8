"""What keeps a net from learning the training split by heart, as far as it concerns the loop.

Dropout lives in the nets, label smoothing in the tasks' losses, augmentation in `Task.prepare`; here are weight decay
that spares norms and biases, gradient clipping, and early stopping.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fathom.metrics import Metric
from fathom.nets.dropout import Share, share_draws
from fathom.training import distributed

RATE_SHARE = "rate_share"
"""The attribute of a module that says at which share of the learning rate its parameters learn."""


def weight_decay_groups(
    net: nn.Module, weight_decay: float, only: Sequence[nn.Parameter] | None = None, lr: float = 1.0
) -> list[dict[str, Any]]:
    """Parameter groups: matrices and kernels decay; vectors (biases, norms) and embeddings do not.

    A module with a `RATE_SHARE` learns at that share of the rate: a head that was fitted, or features that were learned
    elsewhere.

    Shrinking a bias or a norm's scale restrains no function that the net could learn, and pulls it away from the data's
    own mean and size (Goodfellow et al. 2016, section 7.1).

    Args:
        net: whose parameters are sorted.
        weight_decay: of those that decay.
        only: the parameters that are to be sorted; None for all of the net.
        lr: the learning rate of which modules may have a share.

    Returns:
        groups as an optimizer of PyTorch takes them; an empty one is left out.
    """
    embeddings = {id(m.weight) for m in net.modules() if isinstance(m, nn.Embedding)}
    shares = {id(p): m.rate_share for m in net.modules() if hasattr(m, RATE_SHARE) for p in m.parameters()}
    groups: dict[tuple[Any, bool], list[nn.Parameter]] = {}
    for p in only if only is not None else net.parameters():
        if p.requires_grad:
            decays = p.ndim > 1 and id(p) not in embeddings
            groups.setdefault((shares.get(id(p), 1.0), decays), []).append(p)
    return [
        {"params": groups[share, decays], "weight_decay": weight_decay if decays else 0.0}
        | ({"lr": lr * share} if share != 1.0 else {})
        for share, decays in sorted(groups, reverse=True)
    ]


def clip_gradient(net: nn.Module, largest: float) -> Tensor | None:
    """Scale the whole gradient down to the norm `largest` where it is longer (Pascanu et al. 2013); 0 leaves it.

    Args:
        net: after the backward pass.
        largest: norm of all gradients together.

    Returns:
        the norm before it was cut, ``()``; None where nothing is to be cut.
    """
    if not largest:
        return None
    return torch.nn.utils.clip_grad_norm_(net.parameters(), largest)


EPOCHS_AFTER_PERFECT = 10
"""Epochs that a training goes on after a dev figure that cannot be beaten, unless it was told how long to wait. The
weights that are kept are settled by then; the epochs are for who looks at the curves.
"""


class EarlyStopping:
    """Says when to give up.

    Args:
        patience: epochs without improvement to wait for; 0 waits for ever; None waits for ever, too, unless there is
            nothing left to improve.
        metric: of the dev figure; only a share of mistakes has a best (`Metric.is_perfect`).
    """

    def __init__(self, patience: int | None, metric: Metric) -> None:
        self.patience, self.metric = patience, metric

    def reason_to_stop(self, epoch: int, best_epoch: int, best: float) -> str:
        """Why to end the training.

        Args:
            epoch: that has just ended, from 1.
            best_epoch: the one with the best dev figure.
            best: this figure; lower is better.

        Returns:
            the reason; empty where there is none.
        """
        since = epoch - best_epoch
        if self.patience and since >= self.patience:
            return f"no better dev figure for {self.patience} epochs"
        if self.patience is None and self.metric.is_perfect(best) and since >= EPOCHS_AFTER_PERFECT:
            return f"dev {self.metric.label} is {self.metric.show(best)} since epoch {best_epoch}: it cannot be better"
        return ""


def seed_dropout(seed: int, device: str, examples: int = 0) -> None:
    """Seed what is random in one step. `torch.manual_seed` asks every kind of device in turn, which costs 0.5 ms.

    Args:
        seed: of this step.
        device: on which it is computed: cpu, cuda or mps.
        examples: in the batch of all processes; 0 where this one is alone.
    """
    rank, processes = distributed.rank(), distributed.world_size()
    shared = examples and processes > 1
    share_draws(Share(examples, rank, processes, torch.Generator().manual_seed(seed)) if shared else None)
    seed = seed + rank if shared else seed  # what is drawn by PyTorch's own layers is drawn apart
    torch.default_generator.manual_seed(seed)
    if device.startswith("cuda"):
        torch.cuda.manual_seed(seed)
    elif device == "mps":
        torch.mps.manual_seed(seed)
