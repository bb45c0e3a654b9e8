"""Optimizers by the names that the field uses, in teaching order; each is PyTorch's own.

    sgd        θ ← θ − η g
    momentum   v ← 0.9 v + g,  θ ← θ − η v                             (Polyak 1964)
    nesterov   the gradient taken where the momentum will have led       (Nesterov 1983; Sutskever et al. 2013)
    rmsprop    g divided by the root of its running mean square          (Hinton 2012, lecture 6e)
    adam       momentum and rmsprop, both corrected for their start      (Kingma & Ba 2015)
    adamw      adam with the weight decay taken out of the gradient      (Loshchilov & Hutter 2019)
    muon       momentum made orthogonal, for hidden matrices; adamw for the rest   (Jordan et al. 2024)

`build_optimizers` returns a list, since muon needs a companion; the loop steps each of them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from fathom.errors import UserError
from fathom.spelling import choice
from fathom.training.names import OPTIMIZERS
from fathom.training.regularization import weight_decay_groups


def build_optimizers(net: nn.Module, name: str, lr: float, weight_decay: float) -> list[Optimizer]:
    """Return the optimizers of that name over all trainable parameters of the net.

    Args:
        net: its norms, biases and embeddings are spared the weight decay.
        name: one of `OPTIMIZERS`.
        lr: peak learning rate; each group remembers it as ``peak``, and the schedule scales it.
        weight_decay: strength; decoupled from the gradient for adamw and muon.

    Raises:
        UserError: there is no optimizer of this name.
    """
    if name not in OPTIMIZERS:
        raise UserError(f"there is no optimizer '{name[:40]}'{choice(name, OPTIMIZERS)}")
    if name == "muon":
        optimizers = _muon_and_companion(net, lr, weight_decay)
    else:
        optimizers = [_single(weight_decay_groups(net, weight_decay, lr=lr), name, lr)]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return optimizers


def _single(groups: list[dict[str, Any]], name: str, lr: float) -> Optimizer:
    match name:
        case "sgd":
            return torch.optim.SGD(groups, lr=lr)
        case "momentum":
            return torch.optim.SGD(groups, lr=lr, momentum=0.9)
        case "nesterov":
            return torch.optim.SGD(groups, lr=lr, momentum=0.9, nesterov=True)
        case "rmsprop":
            return torch.optim.RMSprop(groups, lr=lr)
        case "adam":
            return torch.optim.Adam(groups, lr=lr, fused=True)
        case _:
            return torch.optim.AdamW(groups, lr=lr, fused=True)


def _muon_and_companion(net: nn.Module, lr: float, weight_decay: float) -> list[Optimizer]:
    """Muon for the matrices between the first and the last layer; adamw for everything else.

    Muon's update has the size of the matrix, not of the gradient, so its usual rate is about 20 times adamw's.
    """
    trainable = [p for p in net.parameters() if p.requires_grad]
    matrices = [p for p in trainable if p.ndim == 2][1:-1]
    hidden = {id(p) for p in matrices}
    rest = [p for p in trainable if id(p) not in hidden]
    companion = torch.optim.AdamW(weight_decay_groups(net, weight_decay, only=rest, lr=lr), lr=lr, fused=True)
    if not matrices:
        return [companion]
    return [torch.optim.Muon(matrices, lr=20 * lr, weight_decay=weight_decay), companion]
