"""Dropout: while training, each unit is silent with probability p, and the others speak up for it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

STEPS = 2**16
"""Random numbers are drawn in whole sixteen-bit steps, four from one draw of 64 bits."""


class Dropout(nn.Dropout):
    """`torch.nn.Dropout`, several times faster on a processor.

    There PyTorch draws one double for each unit, which is a fifth of a step of a small dense net; here one draw of 64
    bits serves four units. `p` is rounded to the nearest 1/65536, and the scale is that of the rounded one, so that the
    mean stays as it was.

    Shapes: any, in and out.

    Reference: Srivastava et al. 2014, *Dropout: a simple way to prevent neural networks from overfitting*.
    """

    def forward(self, units: Tensor) -> Tensor:
        """Silence some units, while training."""
        silent = round(self.p * STEPS)
        if not self.training or not silent or silent == STEPS or units.device.type != "cpu":
            return super().forward(units)
        draws = torch.empty((units.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)  # all 64 bits
        level = draws.view(torch.int16)[: units.numel()].view(units.shape)  # uniform on -32768 .. 32767
        kept = (level >= silent - STEPS // 2).to(units.dtype)
        return units * kept.mul_(STEPS / (STEPS - silent))
