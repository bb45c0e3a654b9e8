"""The nets of `own_training` in PyTorch, in float64, with the same weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

Array = NDArray[Any]
Spec = Sequence[tuple[Any, ...]]
Weights = Mapping[str, Tensor]
BASE = 10_000.0


def twin(spec: Spec, weights: Sequence[Sequence[Mapping[str, Array]]]) -> nn.Sequential:
    """The net.

    Args:
        spec: kind and sizes of each part.
        weights: of each part, layer by layer, as the learner's framework has them.
    """
    parts = []
    for (kind, *sizes), layers in zip(spec, weights):
        told = [{name: torch.as_tensor(np.array(w)) for name, w in one.items()} for one in layers]
        parts.append(_Block(sizes[0], told) if kind == "block" else _layer(kind, sizes, told[0]))
    return nn.Sequential(*parts).double()


def _layer(kind: str, sizes: Sequence[int], weights: Weights) -> nn.Module:
    match kind:
        case "dense" | "logits" | "everywhere":
            return _linear(weights)
        case "convolution":
            channels, filters, width, stride, pad = sizes
            made = nn.Conv2d(channels, filters, width, stride, pad)
            made.load_state_dict({"weight": weights["w"], "bias": weights["b"]})
            return made
        case "rnn" | "lstm" | "gru":
            return _States(kind, sizes, weights)
        case "pool":
            return nn.MaxPool2d(sizes[0])
        case _:
            return {"relu": nn.ReLU(), "flatten": nn.Flatten(), "rows": nn.Flatten(0, 1), "places": _Places()}[kind]


def _linear(weights: Weights) -> nn.Linear:
    inputs, outputs = weights["w"].shape
    made = nn.Linear(inputs, outputs)
    made.load_state_dict({"weight": weights["w"].T, "bias": weights["b"]})
    return made


class _States(nn.Module):
    """A recurrent layer: all states, without the last one that PyTorch also gives.

    PyTorch's has two biases, of which one suffices; and it orders the parts of an LSTM otherwise.
    """

    def __init__(self, kind: str, sizes: Sequence[int], weights: Weights) -> None:
        super().__init__()

        def ordered(w: Tensor) -> Tensor:
            if kind != "lstm":
                return w
            i, f, o, g = w.chunk(4, -1)
            return torch.cat([i, f, g, o], -1)

        self.layer = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind](*sizes)
        b = ordered(weights["b"])
        self.layer.load_state_dict({
            "weight_ih_l0": ordered(weights["wx"]).T, "weight_hh_l0": ordered(weights["wh"]).T,
            "bias_ih_l0": b, "bias_hh_l0": torch.zeros_like(b),
        })  # fmt: skip
        self.layer.get_parameter("bias_hh_l0").requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """(time, batch, features) → (time, batch, units)."""
        return self.layer(x)[0]


class _Places(nn.Module):
    """Waves that say where each token stands (Vaswani et al. 2017)."""

    def forward(self, x: Tensor) -> Tensor:
        """(time, batch, width) → the same."""
        steps, _, width = x.shape
        rate = BASE ** (-torch.arange(0, width, 2, dtype=x.dtype) / width)
        angle = torch.arange(steps, dtype=x.dtype)[:, None] * rate
        return x + torch.stack([angle.sin(), angle.cos()], 2).reshape(steps, 1, width)


class _Block(nn.Module):
    """A block of a Transformer with the norms in front."""

    def __init__(self, width: int, weights: Sequence[Weights]) -> None:
        super().__init__()
        first, look, second, up, _, down = weights
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        for norm, w in zip(self.norms, (first, second)):
            norm.load_state_dict({"weight": w["gamma"], "bias": w["beta"]})
        self.look = nn.ParameterDict({name: nn.Parameter(w.clone()) for name, w in look.items()})
        self.up, self.down = _linear(up), _linear(down)

    def forward(self, x: Tensor) -> Tensor:
        """(time, batch, width) → the same."""
        h = self.norms[0](x).transpose(0, 1)
        q, k, v = (h @ self.look[name] for name in ("q", "k", "v"))
        x = x + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(0, 1)
        return x + self.down(self.up(self.norms[1](x)).relu())
