"""A speech encoder of the Hugging Face hub (wav2vec 2.0 and its kin) with a new head that writes down what it hears.

It hears samples, not spectrograms. Reference: Baevski, Zhou, Mohamed & Auli 2020, *wav2vec 2.0*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets import hub
from fathom.nets.audio.classifier import length_mask
from fathom.nets.dropout import Dropout

SAMPLE_RATE = 16_000
"""Samples a second that these encoders expect."""


class HubCTC(nn.Module):
    """The encoder, and the symbols of each place.

    Shapes: samples ``(batch, n)`` and lengths ``(batch,)`` to logits ``(batch, places, symbols)`` and places
    ``(batch,)``.

    Args:
        config: the encoder's configuration, as the hub has it.
        symbols: how many, the blank included.
        dropout: of what the encoder says.

    Raises:
        UserError: no such encoder can be built, or it does not hear samples.
        MissingExtra: transformers is not installed.
    """

    def __init__(self, config: Mapping[str, Any], symbols: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        conv_strides(config)
        # Its own masking and layer dropout draw from generators that are not seeded step by step.
        quiet = {"apply_spec_augment": False, "layerdrop": 0.0}
        self.body, width = hub.hub_body({**config, **quiet})
        self.alone = config.get("feat_extract_norm") != "layer"
        self.config = dict(config)
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(width, symbols)

    def forward(self, wave: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits and the number of places."""
        wave = wave.float() * length_mask(length, wave.shape[1])
        count = torch.tensor([output_frames(self.config, n) for n in length.tolist()], device=wave.device)
        if self.alone:  # its first norm is over all time: padding would change what is said of the rest
            rows = [self.body(row[None, :n]).last_hidden_state[0] for row, n in zip(wave, length.tolist(), strict=True)]
            heard = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        else:
            heard = self.body(wave, attention_mask=length_mask(length, wave.shape[1]).long()).last_hidden_state
        return self.head(self.dropout(heard)), count


def conv_strides(config: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Side and stride of each convolution over samples.

    Raises:
        UserError: it has none: the encoder does not hear samples.
    """
    sides, steps = config.get("conv_kernel"), config.get("conv_stride")
    if not sides or not steps or len(sides) != len(steps):
        raise UserError("this encoder does not hear samples: choose one such as wav2vec 2.0, HuBERT or WavLM")
    return [(int(side), int(step)) for side, step in zip(sides, steps, strict=True)]


def output_frames(config: Mapping[str, Any], samples: int) -> int:
    """The places that so many samples give; 0 where they are too few."""
    for side, step in conv_strides(config):
        samples = (samples - side) // step + 1
    return max(0, samples)
