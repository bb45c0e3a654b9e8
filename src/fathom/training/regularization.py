"""What keeps a net from learning the training split by heart, as far as it concerns the loop.

Dropout lives in the nets, label smoothing in the tasks' losses, augmentation in `Task.prepare`; here are weight decay
that spares norms and biases, gradient clipping, and early stopping.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


def weight_decay_groups(
    net: nn.Module, weight_decay: float, only: Sequence[nn.Parameter] | None = None
) -> list[dict[str, Any]]:
    """Parameter groups: matrices and kernels decay; vectors (biases, norms) and embeddings do not.

    Shrinking a bias or a norm's scale restrains no function that the net could learn, and pulls it away from the data's
    own mean and size (Goodfellow et al. 2016, section 7.1).

    Args:
        net: whose parameters are sorted.
        weight_decay: of those that decay.
        only: the parameters that are to be sorted; None for all of the net.

    Returns:
        groups as an optimizer of PyTorch takes them; an empty one is left out.
    """
    embeddings = {id(m.weight) for m in net.modules() if isinstance(m, nn.Embedding)}
    chosen = [p for p in (only if only is not None else list(net.parameters())) if p.requires_grad]
    decayed = [p for p in chosen if p.ndim > 1 and id(p) not in embeddings]
    spared = [p for p in chosen if p.ndim <= 1 or id(p) in embeddings]
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": spared, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


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


class EarlyStopping:
    """Keeps account of the best dev figure, and says when to give up.

    Args:
        patience: epochs without improvement to wait for; 0 waits for ever.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience

    def should_stop(self, epoch: int, best_epoch: int) -> bool:
        """Whether the best is too long ago.

        Args:
            epoch: that has just ended, from 1.
            best_epoch: the one with the best dev figure.

        Returns:
            whether to end the training.
        """
        return bool(self.patience) and epoch - best_epoch >= self.patience


def seed_dropout(seed: int, device: str) -> None:
    """Seed what is random in one step. `torch.manual_seed` asks every kind of device in turn, which costs 0.5 ms.

    Args:
        seed: of this step.
        device: on which it is computed: cpu, cuda or mps.
    """
    torch.default_generator.manual_seed(seed)
    if device.startswith("cuda"):
        torch.cuda.manual_seed(seed)
    elif device == "mps":
        torch.mps.manual_seed(seed)
